//! Solution of exercise 03: let the client close first. 练习三的答案：让客户端先关闭。

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use shared::{CommandLine, Failure};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: solution-03 [ADDRESS]\n").read();
    shared::exit_status(serve(arguments.address))
}

fn serve(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;

    // 2 bind 绑定
    listener.bind(&address.into()).map_err(|error| Failure::bind(address, error))?;

    // 3 listen 监听
    listener.listen(128)?;

    // 4 accept 等待连接
    let (mut connection, _client) = listener.accept()?;

    // 5 recv/send 收发: while write_all waits for space, nothing is received. The kernel stores it.
    let mut buffer = [0; 64 * 1024];
    loop {
        let count = connection.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        connection.write_all(&buffer[..count])?;
    }

    // 6 close 关闭: the client has half-closed first, so TIME_WAIT is on its side.
    drop(connection);
    drop(listener);
    Ok(())
}
