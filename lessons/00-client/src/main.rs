//! Lesson 00: the client. 第零课：客户端。
//!
//! The client for the second terminal in all other lessons. It sends each line that you type and
//! prints the server's replies. At the end of your input it half-closes. One thread reads the
//! keyboard, the other one receives.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use shared::{CommandLine, Failure, Framing, Replies, is_reset, say};

const HELP: &str = "\
Lesson 00: a TCP client that sends what you type and prints what comes back.

Usage: lesson-00 [ADDRESS] [--encoding gbk|utf-8] [--line|--length]

  ADDRESS     IP:PORT to connect to [default: 127.0.0.1:7788]
  --encoding  text encoding, for sending and receiving [default: gbk]
  --line      also sends the newline at the end of each line
  --length    sends the length of each line before it, in 4 bytes; expects such replies
";

// The keyboard thread sets them, the main thread reads them.
static HALF_CLOSED: AtomicBool = AtomicBool::new(false);
static LINE_NOT_SENT: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    let known = CommandLine::new(HELP).choice("encoding", &["gbk", "utf-8"]);
    let given = known.one_flag_of(&["line", "length"]).read();
    let framing = Framing::asked_for(&given);
    shared::exit_status(talk(given.address, given.chosen("encoding"), framing))
}

fn talk(address: SocketAddr, encoding: &'static str, framing: Framing) -> Result<(), Failure> {
    // 1 socket 创建套接字, 2 connect 连接: the kernel chooses a port for this end.
    let mut connection = TcpStream::connect(address).map_err(|e| Failure::connect(address, e))?;
    say(format!("connected to {address}; press Ctrl-D to finish (on Windows: Ctrl-Z, Enter)"));

    // 3 send/recv 收发: another thread sends what you type; this one prints the replies.
    let to_server = connection.try_clone()?;
    thread::spawn(move || send_lines(to_server, encoding, framing));
    let mut replies = Replies::new(encoding).to(framing);
    let mut buffer = [0; 1024];
    let ending = loop {
        match connection.read(&mut buffer) {
            Ok(0) => break Ok(()),
            Ok(count) => replies.received(&buffer[..count])?,
            Err(error) if is_reset(&error) => break Err("the server reset the connection"),
            Err(error) => return Err(error.into()),
        }
    };
    replies.end()?;
    ending.map_err(Failure::new)?;
    if !HALF_CLOSED.load(SeqCst) {
        say("the server closed first");
    }

    // 4 close 关闭: the kernel does it when the process ends, even if the other thread still waits.
    if LINE_NOT_SENT.load(SeqCst) { Err(Failure::new("some lines were not sent")) } else { Ok(()) }
}

fn send_lines(mut connection: TcpStream, encoding: &str, framing: Framing) {
    for line in shared::typed_lines(encoding, framing) {
        match line {
            // If the connection is lost, the receiving thread reports it.
            Ok(bytes) => _ = connection.write_all(&bytes),
            Err(error) => {
                say(format!("error: {error}"));
                LINE_NOT_SENT.store(true, SeqCst);
            }
        }
    }
    // The half-close: the server's recv returns 0, and the server can still reply.
    HALF_CLOSED.store(true, SeqCst);
    _ = connection.shutdown(Shutdown::Write);
}
