//! The conversation with one client.

use std::io::Result;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use shared::{Limits, reply_to_all, report_incomplete};

use crate::clients::{Client, WHY, say_goodbye};
use crate::wait::{end, receive, send};

/// Set at closing time.
pub static IS_CLOSING: AtomicBool = AtomicBool::new(false);

/// Receives messages and replies until the connection ends. Returns how it ended.
pub fn talk(client: &Client, limits: Limits) -> Result<String> {
    let (mut buffer, mut has_begun) = ([0; 4096], false);
    let mut deadline = Instant::now() + limits.idle;
    let (words, ending) = loop {
        // Closing time can begin just before the client is added, or while the reply is sent.
        if IS_CLOSING.load(Ordering::SeqCst) {
            say_goodbye(client, &mut client.turn.lock().expect(WHY));
        }
        // 5 recv/send 收发
        let received = receive(&client.connection, &mut buffer, deadline);
        let mut turn = client.turn.lock().expect(WHY);
        let Some(messages) = &mut *turn else { break ("", "was told goodbye") };
        match received? {
            Some(0) => {
                report_incomplete(messages, client.address);
                return Ok("closed".into());
            }
            Some(count) => messages.add(&buffer[..count]),
            None if has_begun => break ("消息太慢\n", "was too slow"),
            None => break ("太久没有消息，再见\n", "was silent too long"),
        }
        let (replies, fits) =
            reply_to_all(messages, client.address).unwrap_or_else(|failure| shared::exit(failure));
        if !send(&client.connection, &replies, limits.write)? {
            return Ok("does not read".into());
        }
        if !fits {
            break ("", "sent a message longer than 4096 bytes");
        }
        // However many recvs a message takes, its deadline stays the same.
        if !has_begun || !replies.is_empty() {
            has_begun = messages.rest() > 0;
            deadline = Instant::now() + if has_begun { limits.message } else { limits.idle };
        }
    };
    client.turn.lock().expect(WHY).take(); // It has had its last words.
    let _ = end(&client.connection, words, limits.write);
    Ok(ending.into())
}
