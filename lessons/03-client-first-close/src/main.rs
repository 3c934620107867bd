//! Lesson 03: let the client close first. 第三课：让客户端先关闭。
//!
//! On the side that closes first, the kernel remembers the connection in the state TIME_WAIT. If the
//! client closes first, you can restart the server immediately. With `--server-first` the server
//! closes first. If you restart it then, bind fails.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use shared::{CommandLine, Failure, Transcript, is_reset, say, socket_table};
use socket2::{Domain, Socket, Type};

const HELP: &str = "\
Lesson 03: a TCP server that replies, and lets the client close first.

Usage: lesson-03 [ADDRESS] [--server-first]

  ADDRESS         IP:PORT to listen on; port 0 is any free one [default: 127.0.0.1:7788]
  --server-first  closes after the first reply, before the client closes
";

fn main() -> ExitCode {
    let arguments = CommandLine::new(HELP).flag("server-first").read();
    shared::exit_status(serve(arguments.address, arguments.has("server-first")))
}

fn serve(address: SocketAddr, server_first: bool) -> Result<(), Failure> {
    // 1 socket 创建套接字
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;

    // 2 bind 绑定: without SO_REUSEADDR, to see the kernel's default behaviour.
    listener.bind(&address.into()).map_err(|error| Failure::bind(address, error))?;

    // 3 listen 监听
    listener.listen(128)?;
    let address = shared::ip_and_port(&listener.local_addr()?);
    say(format!("listening on {address}"));

    // 4 accept 等待连接
    let (mut connection, client) = listener.accept()?;
    let mut transcript = Transcript::of(&client);

    // 5 recv/send 收发: reply to each piece, until recv returns 0: the client has closed.
    // If the client resets, either call can fail.
    let mut buffer = [0; 1024];
    let ending = loop {
        let count = match connection.read(&mut buffer) {
            Ok(0) => break "the client closed first",
            Ok(count) => count,
            Err(error) if is_reset(&error) => break "the client reset the connection",
            Err(error) => return Err(error.into()),
        };
        transcript.received(&buffer[..count])?;
        match connection.write_all(&shared::gbk(&format!("收到 {count} 字节\n"))) {
            Ok(()) if server_first => break "the server closed first",
            Ok(()) => {}
            Err(error) if is_reset(&error) => break "the client reset the connection",
            Err(error) => return Err(error.into()),
        }
    };
    transcript.end()?;

    // 6 close 关闭: the client has closed, so close too. Then look up what the kernel remembers.
    drop(connection);
    drop(listener);
    say(ending);
    let left = socket_table::on(address)?;
    if left.is_empty() {
        say(format!("the kernel keeps nothing on port {}", address.port()));
    }
    for entry in left {
        say(format!("the kernel keeps {entry}"));
    }
    Ok(())
}
