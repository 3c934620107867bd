//! A rush: many clients connect to a server at the same moment, and none of them sends anything.
//! 大量客户端同时连接。

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use shared::socket_table::{self, State};
use shared::{CommandLine, Failure, print_line};
use socket2::{Domain, Socket, Type};

const HELP: &str = "\
Connects many clients to a server at the same moment. Then it counts on both sides.

Usage: rush [ADDRESS] [--clients N]

  ADDRESS      IP:PORT of a server that is running: lesson-06 [default: 127.0.0.1:7788]
  --clients N  how many [default: 5000]; for so many you may need `ulimit -n 12000`
";

fn main() -> ExitCode {
    let arguments = CommandLine::new(HELP).number("clients").read();
    let clients = arguments.number("clients").unwrap_or(5000);
    shared::exit_status(rush(arguments.address, clients))
}

fn rush(address: SocketAddr, count: u32) -> Result<(), Failure> {
    let mut clients = Vec::new();
    for _client in 0..count {
        clients.push(begin_to_connect(address)?);
    }
    // No client waits for another one: all of these connections are being made now. The kernel sends
    // SYN again after 1 s, so those that are not connected after 3 s have to wait for long.
    let until = Instant::now() + Duration::from_secs(3);
    let mut connected = 0;
    while connected < clients.len() && Instant::now() < until {
        thread::sleep(Duration::from_millis(50));
        connected = clients.iter().filter(|client| client.peer_addr().is_ok()).count();
    }
    print_line(&format!("connect succeeded for {connected} of {count} clients"))?;
    let known = socket_table::on(address)?
        .into_iter()
        .filter(|entry| entry.local.port() == address.port() && entry.state == State::Established);
    print_line(&format!("the server has {} connections", known.count()))
}

/// Sends the SYN, and does not wait for what comes back.
fn begin_to_connect(address: SocketAddr) -> Result<Socket, Failure> {
    let client = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    client.set_nonblocking(true)?;
    match client.connect(&address.into()) {
        Err(error) if !is_under_way(&error) => Err(Failure::connect(address, error)),
        _ => Ok(client),
    }
}

/// EINPROGRESS, which is 115 on Linux and 36 on macOS; or WSAEWOULDBLOCK.
fn is_under_way(error: &Error) -> bool {
    error.kind() == ErrorKind::WouldBlock || matches!(error.raw_os_error(), Some(115 | 36))
}
