//! The write-write-read trap: a client sends each message in two writes, and measures how long it
//! waits for each reply. 一条消息分两次 write：Nagle 算法碰上延迟确认。

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use shared::{CommandLine, Failure, print_line};

const HELP: &str = "\
Measures how long a client waits for a reply of lesson 05. It sends the text and the newline of each
message in two writes, then in one. It prints the median of 20 messages.

Usage: two-writes [ADDRESS]

  ADDRESS  IP:PORT of a server that is running: lesson-05 [default: 127.0.0.1:7788]
";

fn main() -> ExitCode {
    let arguments = CommandLine::new(HELP).read();
    shared::exit_status(measure(arguments.address))
}

fn measure(address: SocketAddr) -> Result<(), Failure> {
    let two: &[&[u8]] = &[b"hello", b"\n"];
    let one: &[&[u8]] = &[b"hello\n"];
    let rows = [
        ("two writes", two, false),
        ("two writes, TCP_NODELAY", two, true),
        ("one write", one, false),
    ];
    for (name, writes, nodelay) in rows {
        let waited = median_wait(address, writes, nodelay)?;
        print_line(&format!("{name}: {:.2} ms", waited.as_secs_f64() * 1000.0))?;
    }
    Ok(())
}

/// The median of 20 waits. One more comes before them and does not count: at the beginning of a
/// connection Linux acknowledges immediately.
fn median_wait(address: SocketAddr, writes: &[&[u8]], nodelay: bool) -> Result<Duration, Failure> {
    let connection = TcpStream::connect(address).map_err(|e| Failure::connect(address, e))?;
    connection.set_nodelay(nodelay)?;
    let mut replies = BufReader::new(&connection);
    let mut waits = Vec::new();
    for _message in 0..=20 {
        let begin = Instant::now();
        for bytes in writes {
            (&connection).write_all(bytes)?;
        }
        replies.skip_until(b'\n')?;
        waits.push(begin.elapsed());
    }
    waits.remove(0);
    waits.sort();
    Ok(waits[waits.len() / 2])
}
