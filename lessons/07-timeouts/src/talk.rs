//! The conversation with one client.

use std::io::{Error, ErrorKind};
use std::sync::atomic::Ordering;
use std::time::Instant;

use shared::{Failure, LONGEST, is_reset, reply_to_all};

use crate::clients::{Client, IS_CLOSING, WHY};
use crate::ending::{end, linger, report_incomplete, reset, say_goodbye};
use crate::limits::Limits;
use crate::wait::{receive, send};

/// Receives messages and replies until the connection ends. Returns how it ended.
pub fn talk(client: &Client, limits: Limits) -> Result<String, Failure> {
    let connection = &client.connection;
    let (mut buffer, mut has_begun) = ([0; 4096], false);
    let mut deadline = Instant::now() + limits.idle;
    loop {
        // 5 recv/send 收发
        let received = receive(connection, &mut buffer, deadline);
        let mut turn = client.turn.lock().expect(WHY);
        if turn.has_said_goodbye {
            linger(connection);
            return Ok("was told goodbye".into());
        }
        let count = match received {
            Ok(Some(0)) => {
                report_incomplete(client, &turn);
                return Ok("closed".into());
            }
            Ok(Some(count)) => count,
            Ok(None) if has_begun => {
                end(connection, "消息太慢\n", limits.write);
                return Ok("was too slow".into());
            }
            Ok(None) => {
                end(connection, "太久没有消息，再见\n", limits.write);
                return Ok("was silent too long".into());
            }
            Err(error) => return Ok(lost(&error)),
        };
        turn.messages.add(&buffer[..count]);
        let (replies, fits) = reply_to_all(&mut turn.messages, client.address)?;
        match send(connection, &replies, Instant::now() + limits.write) {
            Ok(true) => {}
            Ok(false) => {
                reset(connection);
                return Ok("does not read".into());
            }
            Err(error) => return Ok(lost(&error)),
        }
        if !fits {
            linger(connection);
            return Ok(format!("sent a message longer than {LONGEST} bytes"));
        }
        if IS_CLOSING.load(Ordering::SeqCst) {
            say_goodbye(client, &mut turn);
            continue;
        }
        // However many recvs a message takes, its deadline stays the same.
        if !has_begun || !replies.is_empty() {
            has_begun = turn.messages.rest() > 0;
            deadline = Instant::now() + if has_begun { limits.message } else { limits.idle };
        }
    }
}

fn lost(error: &Error) -> String {
    match error.kind() {
        _ if is_reset(error) => "reset the connection".into(),
        ErrorKind::TimedOut => "has vanished".into(),
        _ => format!("was lost: {error}"),
    }
}
