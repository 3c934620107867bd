//! Clients that misbehave, each in its own way. 五种不守规矩的客户端。

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use shared::{CommandLine, Failure, Replies, is_reset, is_timeout_or_signal, print_line};

const HELP: &str = "\
A client that misbehaves. It prints the replies, and how long the server tolerated it.

Usage: bad-client HOW [ADDRESS]

  HOW      silent   connects, and sends nothing
           slow     sends one byte of a message every 300 ms
           deaf     sends messages, and never reads the replies
           endless  sends a line without an end
           many     connects 2000 times, and sends nothing
  ADDRESS  IP:PORT of the server [default: 127.0.0.1:7788]
";

fn main() -> ExitCode {
    let kinds = &["silent", "slow", "deaf", "endless", "many"];
    let arguments = CommandLine::new(HELP).one_word_of(kinds).read();
    let begin = Instant::now();
    let ended = misbehave(arguments.word(), arguments.address)
        .and_then(|how| print_line(&format!("{how} after {:.1} s", begin.elapsed().as_secs_f64())));
    shared::exit_status(ended)
}

/// Returns what the server did in the end.
fn misbehave(how: &str, address: SocketAddr) -> Result<String, Failure> {
    match how {
        "slow" => send_slowly(connect(address)?),
        "deaf" => send(connect(address)?, b"hello\n", false),
        "endless" => send(connect(address)?, b"endless", true),
        "many" => connect_often(address),
        _ => receive(&connect(address)?),
    }
}

fn connect(address: SocketAddr) -> Result<TcpStream, Failure> {
    TcpStream::connect(address).map_err(|error| Failure::connect(address, error))
}

/// Prints all that comes, until the server ends the connection.
fn receive(mut connection: &TcpStream) -> Result<String, Failure> {
    let mut replies = Replies::new("gbk");
    let mut buffer = [0; 4096];
    let ending = loop {
        match connection.read(&mut buffer) {
            Ok(0) => break "the server closed".into(),
            Ok(count) => replies.received(&buffer[..count])?,
            Err(error) if is_reset(&error) => break "the server reset the connection".into(),
            Err(error) => return Err(error.into()),
        }
    };
    replies.end()?;
    Ok(ending)
}

/// Sends a byte every 300 ms, and looks for a reply in between.
fn send_slowly(mut connection: TcpStream) -> Result<String, Failure> {
    connection.set_read_timeout(Some(Duration::from_millis(300)))?;
    loop {
        if connection.write_all(b"x").is_err() {
            return receive(&connection);
        }
        match connection.peek(&mut [0]) {
            Err(error) if is_timeout_or_signal(&error) => {}
            _ => {
                // A well-mannered end: the server lingers for this FIN.
                let _ = connection.shutdown(Shutdown::Write);
                return receive(&connection);
            }
        }
    }
}

/// Sends `text` again and again until send fails. A client that `reads` prints what came before.
fn send(mut connection: TcpStream, text: &[u8], reads: bool) -> Result<String, Failure> {
    let text = text.repeat(1000);
    while connection.write_all(&text).is_ok() {}
    if reads {
        return receive(&connection);
    }
    Ok("the server reset the connection".into())
}

/// Connects 2000 times, or less often if the system allows fewer, until the server has closed all.
fn connect_often(address: SocketAddr) -> Result<String, Failure> {
    let clients: Vec<_> = (0..2000).map_while(|_| TcpStream::connect(address).ok()).collect();
    print_line(&format!("{} connections", clients.len()))?;
    for mut client in clients {
        // A reset ends the connection too.
        let _ = io::copy(&mut client, &mut io::sink());
    }
    Ok("the server closed all".into())
}
