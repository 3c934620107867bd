//! Waits for a client until a deadline. The timeout of a socket limits one recv or one send alone:
//! a client that sends a byte now and then would never exceed it.

use std::io::{Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use shared::{gbk, is_timeout_or_signal};
use socket2::SockRef;

use crate::limits::{LINGER, LINGER_BYTES};

/// One recv. `None` means that the deadline has passed.
pub fn receive(mut from: &TcpStream, buffer: &mut [u8], until: Instant) -> Result<Option<usize>> {
    while let Some(left) = left(until) {
        from.set_read_timeout(Some(left))?;
        match from.read(buffer) {
            Err(error) if is_timeout_or_signal(&error) => {}
            received => return received.map(Some),
        }
    }
    Ok(None)
}

/// Sends all of `bytes`. `false` means that the deadline has passed: the client does not read.
pub fn send(mut to: &TcpStream, mut bytes: &[u8], within: Duration) -> Result<bool> {
    let until = Instant::now() + within;
    while !bytes.is_empty() {
        let Some(left) = left(until) else {
            reset(to);
            return Ok(false);
        };
        to.set_write_timeout(Some(left))?;
        match to.write(bytes) {
            Err(error) if is_timeout_or_signal(&error) => {}
            sent => bytes = &bytes[sent?..],
        }
    }
    Ok(true)
}

fn left(until: Instant) -> Option<Duration> {
    until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

/// Sends the last words, half-closes, then reads until the client closes, and discards all: the
/// lingering close. With bytes unread, close would send RST, and the client might lose the words.
pub fn end(connection: &TcpStream, words: &str, write: Duration) -> Result<()> {
    send(connection, &gbk(words), write)?;
    connection.shutdown(Shutdown::Write)?;
    let (until, mut discarded, mut buffer) = (Instant::now() + LINGER, 0, [0; 4096]);
    while discarded < LINGER_BYTES {
        match receive(connection, &mut buffer, until)? {
            Some(count) if count > 0 => discarded += count,
            _ => break,
        }
    }
    Ok(())
}

/// Makes close send RST. Otherwise the kernel keeps for minutes what the client does not read.
pub fn reset(connection: &TcpStream) {
    let _ = SockRef::from(connection).set_linger(Some(Duration::ZERO));
}
