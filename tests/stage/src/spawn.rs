//! Starting processes, one at a time.
//!
//! From its fork to its exec a child holds a copy of every descriptor of this process, for a moment
//! and on a busy machine for longer. If this process closes a socket during this time, the socket
//! stays open: its FIN or RST is late, and its port is still in use.

use std::io;
use std::process::{Child, Command};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// Written by whoever starts a process, read by whoever closes a socket.
static STARTING: RwLock<()> = RwLock::new(());

/// Starts a process. When this returns, its exec has happened.
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    let _starting = STARTING.write().unwrap_or_else(PoisonError::into_inner);
    command.spawn()
}

/// Waits until no process is being started, and lets none start until it is dropped.
pub fn none_starts() -> RwLockReadGuard<'static, ()> {
    STARTING.read().unwrap_or_else(PoisonError::into_inner)
}
