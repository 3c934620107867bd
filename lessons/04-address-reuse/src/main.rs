//! Lesson 04: Address already in use. 第四课：地址复用，为什么“地址已被占用”。
//!
//! A demonstration that needs no client: a server closes first, the kernel remembers its connection
//! in TIME_WAIT, and new servers try to bind the same port. The kernel gives every result.

use std::io::{self, ErrorKind, IsTerminal, Read};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use shared::socket_table::{self, Entry, State};
use shared::{CommandLine, Failure, print_line};
use socket2::{Domain, SockRef, Socket, Type};

const HELP: &str = "\
Lesson 04: tests when bind fails with Address already in use, on free ports of this machine.

Usage: lesson-04 [--wait]

  --wait  waits until bind works again without an option, and prints how long it took
";

const ELSEWHERE: &str = "
Other systems, according to their documentation:
  macOS    TIME_WAIT lasts 2 x 15 s (xnu, tcp_timer.h); on Linux it lasts 60 s (TCP_TIMEWAIT_LEN).
  Windows  SO_REUSEADDR lets a program take the port of a server that is listening. Do not set it
           on Windows; set SO_EXCLUSIVEADDRUSE. There is no SO_REUSEPORT.";

const FREE_PORT: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// The socket option that is set before bind, by its name in C.
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug)]
enum Choice {
    Nothing,
    SO_REUSEADDR,
    #[cfg(unix)]
    SO_REUSEPORT,
}
use Choice::*;

fn main() -> ExitCode {
    let arguments = CommandLine::new(HELP).without_address().flag("wait").read();
    shared::exit_status(demonstrate(arguments.has("wait")))
}

fn demonstrate(wait: bool) -> Result<(), Failure> {
    let left = server_closes_first(Nothing)?;
    let closed = Instant::now();
    print_line(&format!("A server closed first and has ended. The kernel remembers\n  {left}"))?;

    print_line("\nNew servers on the port of an old server in TIME_WAIT:")?;
    print_row("old set", "new sets", "bind and listen")?;
    try_new(left.local, Nothing, &[Nothing, SO_REUSEADDR])?;
    let left_reusable = server_closes_first(SO_REUSEADDR)?;
    try_new(left_reusable.local, SO_REUSEADDR, &[Nothing, SO_REUSEADDR])?;

    print_line("\nNew servers on the port of a server that is listening:")?;
    print_row("old set", "new sets", "bind and listen")?;
    #[cfg(unix)]
    let all = [Nothing, SO_REUSEADDR, SO_REUSEPORT];
    #[cfg(not(unix))]
    let all = [Nothing, SO_REUSEADDR];
    for old in all {
        let listener = bind_and_listen(FREE_PORT, old)?;
        try_new(shared::ip_and_port(&listener.local_addr()?), old, &all)?;
    }

    let by_std = SockRef::from(&TcpListener::bind(FREE_PORT)?).reuse_address()?;
    print_line(&format!("\nstd::net::TcpListener::bind sets SO_REUSEADDR by itself: {by_std}"))?;
    print_line(ELSEWHERE)?;
    if wait { wait_for_plain_bind(left.local, closed) } else { Ok(()) }
}

/// One connection in which the server closes first. Returns what the kernel remembers of it.
fn server_closes_first(option: Choice) -> Result<Entry, Failure> {
    let listener = bind_and_listen(FREE_PORT, option)?;
    let address = shared::ip_and_port(&listener.local_addr()?);
    let mut client = TcpStream::connect(address)?;

    // 4 accept 等待连接
    let (connection, _client) = listener.accept()?;

    // 5 recv/send 收发: nothing to send. 6 close 关闭: the server first, then the client.
    drop(connection);
    drop(listener);
    client.read_to_end(&mut Vec::new())?;
    // Its FIN is acknowledged. If it sent that again, to no client, the RST would end TIME_WAIT.
    find(State::FinWait2, address)?;
    drop(client);
    find(State::TimeWait, address)
}

fn bind_and_listen(address: SocketAddr, option: Choice) -> io::Result<Socket> {
    // 1 socket 创建套接字: set the option before bind.
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    match option {
        Nothing => {}
        SO_REUSEADDR => socket.set_reuse_address(true)?,
        #[cfg(unix)]
        SO_REUSEPORT => socket.set_reuse_port(true)?,
    }
    // 2 bind 绑定
    socket.bind(&address.into())?;
    // 3 listen 监听
    socket.listen(128)?;
    Ok(socket)
}

/// The packets of a close may still be on their way: looks for the state for up to a second.
fn find(state: State, address: SocketAddr) -> Result<Entry, Failure> {
    for _attempt in 0..100 {
        let entries = socket_table::on(address)?;
        if let Some(entry) = entries.into_iter().find(|entry| entry.state == state) {
            return Ok(entry);
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(Failure::new(format!("the kernel shows no {state} on {address}")))
}

fn try_new(address: SocketAddr, old: Choice, all: &[Choice]) -> Result<(), Failure> {
    for new in all {
        let result = bind_and_listen(address, *new);
        let result = result.map_or_else(|error| error.to_string(), |_socket| "works".into());
        print_row(&format!("{old:?}"), &format!("{new:?}"), &result)?;
    }
    Ok(())
}

fn print_row(old: &str, new: &str, result: &str) -> Result<(), Failure> {
    print_line(&format!("  {old:<13} {new:<13} {result}"))
}

/// Tries to bind until it works, for five minutes: TIME_WAIT ends by itself, after four at most (RFC
/// 9293, section 3.4.2).
fn wait_for_plain_bind(address: SocketAddr, closed: Instant) -> Result<(), Failure> {
    while let Err(error) = bind_and_listen(address, Nothing) {
        if error.kind() != ErrorKind::AddrInUse || closed.elapsed().as_secs() > 300 {
            return Err(Failure::bind(address, error));
        }
        if io::stderr().is_terminal() {
            eprint!("\rwaiting for {address}: {} s ", closed.elapsed().as_secs());
        }
        thread::sleep(Duration::from_millis(100));
    }
    let seconds = closed.elapsed().as_secs_f64();
    print_line(&format!("\nA plain bind took {address} again {seconds:.1} s after the close."))
}
