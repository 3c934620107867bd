//! Lesson 05: where a message ends. 第五课：消息在哪里结束（粘包与拆包）。
//!
//! A message is a line of at most 4096 bytes. It may arrive in ten recvs, or ten messages in one: the
//! server prints each one once and replies to each one once. It serves one client after the other,
//! until Ctrl-C.

mod messages;

use std::io::{Error, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;

use messages::{LONGEST, Messages, TooLong};
use shared::{CommandLine, Failure, gbk, is_reset, print_message, say};

const HELP: &str = "\
Lesson 05: a TCP server for messages. A message is a line, in GBK, of at most 4096 bytes.

Usage: lesson-05 [ADDRESS]

  ADDRESS  IP:PORT to listen on; port 0 is any free one [default: 127.0.0.1:7788]

It serves one client after the other. Press Ctrl-C to end it.
";

fn main() -> ExitCode {
    let arguments = CommandLine::new(HELP).read();
    shared::exit_status(serve(arguments.address))
}

fn serve(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字, 2 bind 绑定, 3 listen 监听: the standard library does all three. On Unix it
    // sets SO_REUSEADDR too, so you can restart the server immediately (lesson 04).
    let listener = TcpListener::bind(address).map_err(|error| Failure::bind(address, error))?;
    say(format!("listening on {}", listener.local_addr()?));
    loop {
        // 4 accept 等待连接: in a loop from now on. The next client waits until this one has gone.
        let (connection, client) = listener.accept()?;
        let client = shared::ip_and_port(&client.into());
        if let Some(problem) = talk(connection, client)? {
            say(format!("{client}{problem}"));
        }
        // 6 close 关闭: `talk` owned the connection, so it is closed here.
    }
}

/// Serves one client until its connection ends. Returns what went wrong, if something did.
fn talk(mut connection: TcpStream, client: SocketAddr) -> Result<Option<String>, Failure> {
    // Send each reply immediately, even if the client has not acknowledged the last one. This can
    // fail only if the connection is lost, and then recv fails too.
    let _ = connection.set_nodelay(true);
    let mut messages = Messages::default();
    let mut buffer = [0; 4096];
    // 5 recv/send 收发: recv returns bytes. `messages` knows where the messages in them end.
    loop {
        match connection.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => messages.add(&buffer[..count]),
            Err(error) => return Ok(Some(lost(&error))),
        }
        let (replies, fits) = reply_to_all(&mut messages, client)?;
        // One write for all of them, not one for each: this saves packets.
        if let Err(error) = connection.write_all(&replies) {
            return Ok(Some(lost(&error)));
        }
        if !fits {
            return Ok(Some(format!(": message longer than {LONGEST} bytes")));
        }
    }
    match messages.rest() {
        0 => Ok(None),
        rest => Ok(Some(format!(": incomplete message of {rest} bytes"))),
    }
}

/// Prints each message that is complete. Returns the replies, and whether the next message fits.
fn reply_to_all(messages: &mut Messages, client: SocketAddr) -> Result<(Vec<u8>, bool), Failure> {
    let mut replies = Vec::new();
    loop {
        match messages.next() {
            Ok(Some(message)) => {
                print_message(client, &message)?;
                replies.extend(gbk(&format!("收到 {} 字节\n", message.len())));
            }
            Ok(None) => return Ok((replies, true)),
            Err(TooLong) => {
                replies.extend(gbk("消息太长\n"));
                return Ok((replies, false));
            }
        }
    }
}

/// What to say of a client whose connection is lost.
fn lost(error: &Error) -> String {
    match is_reset(error) {
        true => " reset the connection".into(),
        false => format!(": {error}"),
    }
}
