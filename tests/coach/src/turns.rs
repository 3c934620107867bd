//! Examinations take place side by side, but one that is in doubt takes place alone. During it, no
//! other examination uses the machine, neither in this process nor in those that share a file.

use std::fs::File;
use std::sync::{OnceLock, PoisonError, RwLock};

/// Written while one behaviour is examined alone, read while it is not.
static HERE: RwLock<()> = RwLock::new(());

/// Locked as [`HERE`] is, by all processes that share it.
static EVERYWHERE: OnceLock<File> = OnceLock::new();

/// Takes turns with the other processes that do this with the same file. Each examines one program.
pub fn share(file: File) {
    let _ = EVERYWHERE.set(file);
}

/// Does something that takes the machine's time while no behaviour is examined alone.
pub fn beside_others<T>(work: impl FnOnce() -> T) -> T {
    let _here = HERE.read().unwrap_or_else(PoisonError::into_inner);
    let _everywhere = lock(false);
    work()
}

/// Does something while nothing else is done that takes the machine's time.
pub fn alone<T>(work: impl FnOnce() -> T) -> T {
    let _here = HERE.write().unwrap_or_else(PoisonError::into_inner);
    let _everywhere = lock(true);
    work()
}

/// The lock is given back when what this returns is dropped. Where the system does not give it, each
/// process takes its own time.
#[cfg(unix)]
fn lock(alone: bool) -> Option<nix::fcntl::Flock<File>> {
    use nix::fcntl::{Flock, FlockArg};
    let how = if alone { FlockArg::LockExclusive } else { FlockArg::LockShared };
    Flock::lock(EVERYWHERE.get()?.try_clone().ok()?, how).ok()
}

#[cfg(not(unix))]
fn lock(_alone: bool) {}
