//! Lesson 00: the caller. 第零课：客户端，打电话的人。
//!
//! Every other lesson's second terminal: it sends each line that you type, prints what the server
//! answers, and hangs up at the end of your input. One thread for the keyboard, one for the server.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use shared::{CommandLine, Failure, Replies, is_reset, say};

const HELP: &str = "\
Lesson 00: a TCP client that sends what you type and prints what comes back.

Usage: lesson-00 [ADDRESS] [--encoding gbk|utf-8] [--line]

  ADDRESS     IP:PORT to call [default: 127.0.0.1:7788]
  --encoding  of what is sent and of what comes back [default: gbk]
  --line      sends the newline at the end of each line too
";

// What the thread at the keyboard has done, for the one that ends the program.
static HUNG_UP: AtomicBool = AtomicBool::new(false);
static LINE_NOT_SENT: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    let known = CommandLine::new(HELP).flag("line").choice("encoding", &["gbk", "utf-8"]);
    let given = known.read();
    shared::exit_status(call(given.address, given.chosen("encoding"), given.has("line")))
}

fn call(address: SocketAddr, encoding: &'static str, newline: bool) -> Result<(), Failure> {
    // 1 socket 创建套接字, 2 connect 连接: the kernel chooses a port for this end.
    let mut connection = TcpStream::connect(address).map_err(|e| Failure::connect(address, e))?;
    say(format!("connected to {address}; Ctrl-D (on Windows Ctrl-Z, Enter) hangs up"));

    // 3 send/recv 收发: one thread sends what is typed, this one prints what comes.
    let to_server = connection.try_clone()?;
    thread::spawn(move || send_lines(to_server, encoding, newline));
    let mut replies = Replies::new(encoding);
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
    if !HUNG_UP.load(SeqCst) {
        say("the server closed first");
    }

    // 4 close 关闭: the end of the process does it, even while the other thread waits for a key.
    if LINE_NOT_SENT.load(SeqCst) { Err(Failure::new("not every line was sent")) } else { Ok(()) }
}

fn send_lines(mut connection: TcpStream, encoding: &str, newline: bool) {
    for line in shared::typed_lines(encoding, newline) {
        match line {
            // A lost connection is noticed, and reported, by the thread that receives.
            Ok(bytes) => _ = connection.write_all(&bytes),
            Err(error) => {
                say(format!("error: {error}; this line was not sent"));
                LINE_NOT_SENT.store(true, SeqCst);
            }
        }
    }
    // The half-close: the server's recv returns 0, and it can still answer.
    HUNG_UP.store(true, SeqCst);
    _ = connection.shutdown(Shutdown::Write);
}
