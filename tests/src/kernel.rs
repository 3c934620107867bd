//! What the kernel's socket table shows, and waiting for it to show something.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::Instant;

use shared::socket_table::{self, Entry, State};

use crate::{DEADLINE, Fault, LOOK_AGAIN};

/// The sockets whose own address is `address`.
pub fn sockets_on(address: SocketAddr) -> io::Result<Vec<Entry>> {
    let mut entries = socket_table::on_port(address.port())?;
    entries.retain(|entry| entry.local == address);
    Ok(entries)
}

/// One end of a connection.
pub(crate) fn connection(local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Entry>> {
    Ok(sockets_on(local)?.into_iter().find(|entry| entry.remote == remote))
}

/// Waits until a socket on `address` is in `state`.
pub fn shows(state: State, address: SocketAddr) -> Result<(), Fault> {
    wait_for(&format!("{state} on {address}"), || {
        Ok(sockets_on(address)?.iter().any(|entry| entry.state == state))
    })
}

/// Waits until the kernel keeps nothing on `address`. What leaves TIME_WAIT there never gets so
/// far: it stays for a minute, and the deadline is shorter.
pub fn keeps_nothing_on(address: SocketAddr) -> Result<(), Fault> {
    wait_for(&format!("nothing on {address}"), || Ok(sockets_on(address)?.is_empty()))
}

/// Looks at the table again and again until `holds`.
pub(crate) fn wait_for(
    wanted: &str,
    holds: impl Fn() -> io::Result<bool>,
) -> Result<(), Fault> {
    let deadline = Instant::now() + DEADLINE;
    while !holds()? {
        if Instant::now() > deadline {
            return Err(Fault::new(format!("waited for the kernel to show {wanted}")));
        }
        thread::sleep(LOOK_AGAIN);
    }
    Ok(())
}
