//! Lesson 01: receive once. 第一课：只接收一次。
//!
//! The shortest TCP server: six steps, one caller, one recv. It is also wrong, and that is what it
//! shows: what the caller sends after the first 1024 bytes, or a moment later, is lost, and the
//! exit status is 0 all the same.

use std::io::Read;
use std::net::SocketAddr;
use std::process::ExitCode;

use shared::{CommandLine, Failure, Transcript, is_reset, say};
use socket2::{Domain, Socket, Type};

const HELP: &str = "\
Lesson 01: a TCP server that receives once.

Usage: lesson-01 [ADDRESS]

  ADDRESS  IP:PORT to listen on; port 0 is any free one [default: 127.0.0.1:7788]
";

fn main() -> ExitCode {
    let arguments = CommandLine::new(HELP).read();
    shared::exit_status(serve(arguments.address))
}

fn serve(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字: buy a phone. It has no number yet, and nobody can call it.
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;

    // 2 bind 绑定: put in the card. Now it has a number, IP:PORT.
    listener.bind(&address.into()).map_err(|error| Failure::bind(address, error))?;

    // 3 listen 监听: let it ring. The kernel answers callers now, and lets about 128 of them wait.
    listener.listen(128)?;
    say(format!("listening on {}", shared::ip_and_port(&listener.local_addr()?)));

    // 4 accept 等待连接: take the first caller, on a socket of his own; the listening one stays.
    let (mut connection, caller) = listener.accept()?;
    let mut transcript = Transcript::of(&caller);

    // 5 recv 接收, by `read`: once, and at most 1024 bytes. Whatever comes later is never read.
    let mut buffer = [0; 1024];
    match connection.read(&mut buffer) {
        Ok(count) => transcript.received(&buffer[..count])?,
        Err(error) if is_reset(&error) => say("the client reset the connection"),
        Err(error) => return Err(error.into()),
    }
    transcript.end()?;

    // 6 close 关闭, by `drop`: hang up, whatever the caller still had to say, and put the phone away.
    drop(connection);
    drop(listener);
    Ok(())
}
