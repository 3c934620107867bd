//! What the kernel's socket table shows, and waiting for it to show something.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::Instant;

use shared::socket_table::{self, Entry, State};

use crate::{Connection, DEADLINE, Fault, LOOK_AGAIN};

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

/// Waits until the server has taken the call of `client` out of the accept queue.
pub fn has_been_accepted(client: &Connection) -> Result<(), Fault> {
    // In this order: a connection is put in the queue before it is ESTABLISHED (Linux,
    // tcp_check_req in net/ipv4/tcp_minisocks.c).
    shows(State::Established, client.peer())?;
    shows_waiting_callers(0, client.peer())
}

/// Waits until exactly `count` callers of the listening socket on `address` wait to be accepted.
pub fn shows_waiting_callers(count: u32, address: SocketAddr) -> Result<(), Fault> {
    wait_for(&format!("{count} callers waiting on {address}"), || {
        let sockets = sockets_on(address)?;
        let listening = sockets.iter().find(|entry| entry.state == State::Listen);
        Ok(listening.is_some_and(|entry| entry.receive_queue == Some(count)))
    })
}

/// Looks at the table again and again until `holds`.
pub(crate) fn wait_for(wanted: &str, holds: impl Fn() -> io::Result<bool>) -> Result<(), Fault> {
    let deadline = Instant::now() + DEADLINE;
    while !holds()? {
        if Instant::now() > deadline {
            return Err(Fault::new(format!("waited for the kernel to show {wanted}")));
        }
        thread::sleep(LOOK_AGAIN);
    }
    Ok(())
}
