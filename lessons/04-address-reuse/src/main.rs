//! Lesson 04: Address already in use. 第四课：地址复用，为什么“地址已被占用”。
//!
//! A demonstration that runs by itself: a server closes first, the kernel keeps its connection in
//! TIME_WAIT, and new servers try to take the same port. Every answer is the kernel's own.

use std::io::{self, ErrorKind, IsTerminal, Read};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use shared::socket_table::{self, Entry, State};
use shared::{CommandLine, Failure, print_line};
use socket2::{Domain, SockRef, Socket, Type};

const HELP: &str = "\
Lesson 04: why an address is still in use, tried out on free ports of this machine.

Usage: lesson-04 [--wait]

  --wait  goes on until a plain bind takes the port again, and prints the seconds it took
";

const ELSEWHERE: &str = "
Elsewhere, by the systems' own documents:
  macOS    keeps TIME_WAIT for 2 x 15 s (xnu, tcp_timer.h), Linux for 60 s (TCP_TIMEWAIT_LEN).
  Windows  SO_REUSEADDR takes a port away from a server that is listening: never ask for it there,
           but for SO_EXCLUSIVEADDRUSE. There is no SO_REUSEPORT.";

const FREE_PORT: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// What a socket asks for before bind, by the kernel's own names.
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug)]
enum Asked {
    Nothing,
    SO_REUSEADDR,
    #[cfg(unix)]
    SO_REUSEPORT,
}
use Asked::*;

fn main() -> ExitCode {
    let arguments = CommandLine::new(HELP).without_address().flag("wait").read();
    shared::exit_status(demonstrate(arguments.has("wait")))
}

fn demonstrate(wait: bool) -> Result<(), Failure> {
    let left = server_closes_first(Nothing)?;
    let closed = Instant::now();
    print_line(&format!("A server closed first, and has ended. The kernel keeps\n  {left}"))?;

    print_line("\nNew servers on the port of an old one that left TIME_WAIT:")?;
    print_row("old asked", "new asks", "bind and listen")?;
    try_new(left.local, Nothing, &[Nothing, SO_REUSEADDR])?;
    let left_reusable = server_closes_first(SO_REUSEADDR)?;
    try_new(left_reusable.local, SO_REUSEADDR, &[Nothing, SO_REUSEADDR])?;

    print_line("\nNew servers on the port of one that is listening:")?;
    print_row("old asked", "new asks", "bind and listen")?;
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

/// One whole call in which the server closes first. Returns what the kernel keeps of it.
fn server_closes_first(asked: Asked) -> Result<Entry, Failure> {
    let listener = bind_and_listen(FREE_PORT, asked)?;
    let address = shared::ip_and_port(&listener.local_addr()?);
    let mut client = TcpStream::connect(address)?;

    // 4 accept 等待连接
    let (connection, _caller) = listener.accept()?;

    // 5 recv/send 收发: nothing to say. 6 close 关闭: the server first, then the client.
    drop(connection);
    drop(listener);
    client.read_to_end(&mut Vec::new())?;
    drop(client);
    find_time_wait(address)
}

fn bind_and_listen(address: SocketAddr, asked: Asked) -> io::Result<Socket> {
    // 1 socket 创建套接字, and what it asks for: it must be said before bind.
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    match asked {
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

/// The last packets of a close may be on their way yet: looks for TIME_WAIT for up to a second.
fn find_time_wait(address: SocketAddr) -> Result<Entry, Failure> {
    for _attempt in 0..100 {
        let entries = socket_table::on(address)?;
        if let Some(entry) = entries.into_iter().find(|entry| entry.state == State::TimeWait) {
            return Ok(entry);
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(Failure::new(format!("the kernel shows no TIME_WAIT on {address}")))
}

fn try_new(address: SocketAddr, old: Asked, all: &[Asked]) -> Result<(), Failure> {
    for new in all {
        let answer = match bind_and_listen(address, *new) {
            Ok(_socket) => "works".to_string(),
            Err(error) => error.to_string(),
        };
        print_row(&format!("{old:?}"), &format!("{new:?}"), &answer)?;
    }
    Ok(())
}

fn print_row(old: &str, new: &str, answer: &str) -> Result<(), Failure> {
    print_line(&format!("  {old:<13} {new:<13} {answer}"))
}

/// Binds again and again until the kernel has let go of `address`: TIME_WAIT ends by itself.
fn wait_for_plain_bind(address: SocketAddr, closed: Instant) -> Result<(), Failure> {
    while let Err(error) = bind_and_listen(address, Nothing) {
        if error.kind() != ErrorKind::AddrInUse {
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
