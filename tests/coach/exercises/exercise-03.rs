//! Exercise 03: let the client close first. 练习三：让客户端先关闭。
//!
//! What to build: a server that sends every byte back immediately. It waits for a silent client.
//! When the client has half-closed and all bytes are sent back, the server closes and ends with exit
//! status 0. It prints nothing.
//!
//! 要求：收到的每个字节立刻原样发回；客户端不发数据时，一直等待。客户端半关闭、数据全部发回以后，
//! 才关闭连接，以退出状态 0 结束。什么也不打印。
//!
//! Check it 检查: `cargo coach check 03`. A hint 提示: `cargo coach hint 03`.

#![allow(unused)] // until it is done 写完可以删掉

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use shared::{CommandLine, Failure};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: exercise-03 [ADDRESS]\n").read();
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

    // 5 recv/send 收发
    let mut buffer = [0; 1024];
    let count = connection.read(&mut buffer)?;
    connection.write_all(&buffer[..count])?;
    // TODO: repeat until the client has half-closed. 反复接收、发回，直到客户端半关闭。

    // 6 close 关闭
    drop(connection);
    drop(listener);
    Ok(())
}
