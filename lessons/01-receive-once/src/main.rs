//! Lesson 01: receive once. 第一课：只接收一次。
//!
//! The shortest TCP server: six steps, one client, one recv. It has a bug on purpose. It loses the
//! bytes after the first 1024 and the bytes that arrive later, but its exit status is 0.

use std::io::Read;
use std::net::SocketAddr;
use std::process::ExitCode;

use shared::{CommandLine, Failure, Transcript, is_reset, say};
use socket2::{Domain, Socket, Type};

const HELP: &str = "\
Lesson 01: a TCP server that receives once.

Usage: lesson-01 [ADDRESS]

  ADDRESS  IP:PORT to listen on; port 0 means any free port [default: 127.0.0.1:7788]
";

fn main() -> ExitCode {
    let arguments = CommandLine::new(HELP).read();
    shared::exit_status(serve(arguments.address))
}

fn serve(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字: buy a phone. It has no number yet.
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;

    // 2 bind 绑定: insert the SIM card. Now the phone has a number, IP:PORT.
    listener.bind(&address.into()).map_err(|error| Failure::bind(address, error))?;

    // 3 listen 监听: switch the ringer on. The kernel answers now, and about 128 can wait.
    listener.listen(128)?;
    say(format!("listening on {}", shared::ip_and_port(&listener.local_addr()?)));

    // 4 accept 等待连接: pick up the first connection, on a new socket. The old one stays.
    let (mut connection, client) = listener.accept()?;
    let mut transcript = Transcript::of(&client);

    // 5 recv 接收, by `read`: listen once. It returns 1024 bytes at most; later ones are never read.
    let mut buffer = [0; 1024];
    match connection.read(&mut buffer) {
        Ok(count) => transcript.received(&buffer[..count])?,
        Err(error) if is_reset(&error) => say("the client reset the connection"),
        Err(error) => return Err(error.into()),
    }
    transcript.end()?;

    // 6 close 关闭, by `drop`: end the call, even if the client has more to send.
    drop(connection);
    drop(listener);
    Ok(())
}
