//! Waits for a client until a deadline. The timeout of a socket limits one recv or one send alone:
//! a client that sends a byte now and then would never exceed it.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// One recv. `None` means that the deadline has passed.
pub fn receive(mut from: &TcpStream, buffer: &mut [u8], until: Instant) -> Result<Option<usize>> {
    while let Some(left) = left(until) {
        from.set_read_timeout(Some(left))?;
        match from.read(buffer) {
            Err(error) if is_no_failure(&error) => {}
            received => return received.map(Some),
        }
    }
    Ok(None)
}

/// Sends all of `bytes`. `false` means that the deadline has passed.
pub fn send(mut to: &TcpStream, mut bytes: &[u8], until: Instant) -> Result<bool> {
    while !bytes.is_empty() {
        let Some(left) = left(until) else { return Ok(false) };
        to.set_write_timeout(Some(left))?;
        match to.write(bytes) {
            Err(error) if is_no_failure(&error) => {}
            sent => bytes = &bytes[sent?..],
        }
    }
    Ok(true)
}

fn left(until: Instant) -> Option<Duration> {
    until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

/// The timeout of the socket, or a signal, which also ends a call with a timeout.
fn is_no_failure(error: &Error) -> bool {
    // On Windows TimedOut is the timeout. Elsewhere it means that the client has vanished.
    let on_windows = cfg!(windows) && error.kind() == ErrorKind::TimedOut;
    on_windows || matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
