//! Exercise 00: the caller. 练习零：打电话的人。
//!
//! What to build: a client that sends all of its standard input (UTF-8, newlines included) in GBK,
//! half-closes, prints the whole reply, decoded, and ends with exit status 0. Where the call is
//! refused or reset, it says so and ends with another exit status.
//!
//! 要写的：把标准输入（UTF-8，包括换行）全部用 GBK 发送，半关闭，把回答全部解码、打印，以退出状态 0
//! 结束。连接被拒绝或被重置时，说明原因，退出状态不是 0。
//!
//! How to be checked 检查: `cargo coach check 00`. A hint 提示: `cargo coach hint 00`.

#![allow(unused)] // until it is done 写完可以删掉

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::ExitCode;

use shared::{CommandLine, Failure, Replies};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: exercise-00 [ADDRESS]\n").read();
    shared::exit_status(call(arguments.address))
}

fn call(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字, 2 connect 连接
    let mut connection = TcpStream::connect(address).map_err(|e| Failure::connect(address, e))?;

    // 3 send 发送
    let mut input = Vec::new();
    io::stdin().read_to_end(&mut input)?;
    // TODO: `shared::encode_line(&input, "gbk", true)` turns it into GBK; send it. 转成 GBK，发送。
    // TODO: say that you have sent everything: the half-close. 告诉对方发完了：半关闭。

    // 4 recv 接收
    let mut replies = Replies::new("gbk");
    let mut buffer = [0; 1024];
    let count = connection.read(&mut buffer)?;
    replies.received(&buffer[..count])?;
    // TODO: receive the whole reply, until the server has closed. 接收全部回答，直到服务器关闭。
    replies.end()?;

    // 5 close 关闭
    drop(connection);
    Ok(())
}
