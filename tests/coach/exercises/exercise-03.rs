//! Exercise 03: let the caller hang up first. 练习三：让对方先挂断。
//!
//! What to build: a server that sends every byte back as it comes, until the client has half-closed
//! and everything is sent back, however long it is silent in between; only then it closes, and ends with exit status 0. It prints nothing.
//!
//! 要写的：收到的每个字节立刻原样发回，直到客户端半关闭、而且全部发完，中间不管
//! 它沉默多久；这时才关闭，以退出状态 0
//! 结束。什么也不用打印。
//!
//! How to be checked 检查: `cargo coach check 03`. A hint 提示: `cargo coach hint 03`.

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
    let (mut connection, _caller) = listener.accept()?;

    // 5 recv/send 收发
    let mut buffer = [0; 1024];
    let count = connection.read(&mut buffer)?;
    connection.write_all(&buffer[..count])?;
    // TODO: go on until the client has closed its half. 一直进行，直到客户端关闭它那一半。

    // 6 close 关闭
    drop(connection);
    drop(listener);
    Ok(())
}
