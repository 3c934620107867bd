//! How the server ends a connection so that its last words arrive.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use shared::{gbk, say};
use socket2::SockRef;

use crate::clients::{Client, Turn};
use crate::limits::{LINGER, LINGER_BYTES};
use crate::wait::{receive, send};

/// Sends the last words, and then ends the connection.
pub fn end(connection: &TcpStream, words: &str, write: Duration) {
    match send(connection, &gbk(words), Instant::now() + write) {
        Ok(true) => linger(connection),
        Ok(false) | Err(_) => reset(connection),
    }
}

/// The lingering close: half-closes, then reads until the client closes, and discards all. With
/// bytes unread, close would send RST, and the client might lose the last words.
pub fn linger(connection: &TcpStream) {
    let _ = connection.shutdown(Shutdown::Write);
    let (until, mut discarded, mut buffer) = (Instant::now() + LINGER, 0, [0; 4096]);
    while discarded < LINGER_BYTES {
        match receive(connection, &mut buffer, until) {
            Ok(Some(count)) if count > 0 => discarded += count,
            _ => return,
        }
    }
}

/// Makes close send RST. Without this, the kernel keeps the replies for minutes if the client does
/// not read.
pub fn reset(connection: &TcpStream) {
    let _ = SockRef::from(connection).set_linger(Some(Duration::ZERO));
}

/// Closing time for one client. Its next bytes are discarded.
pub fn say_goodbye(client: &Client, turn: &mut Turn) {
    report_incomplete(client, turn);
    turn.has_said_goodbye = true;
    // If the send buffer is full, the other clients must not wait for this one.
    let _ = client.connection.set_write_timeout(Some(Duration::from_millis(1)));
    let _ = (&client.connection).write(&gbk("再见\n"));
    let _ = client.connection.shutdown(Shutdown::Write);
}

/// Bytes without a newline are not a message.
pub fn report_incomplete(client: &Client, turn: &Turn) {
    let rest = turn.messages.rest();
    if rest > 0 {
        say(format!("{}: incomplete message of {rest} bytes", client.address));
    }
}
