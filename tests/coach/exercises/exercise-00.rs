//! Exercise 00: the client. 练习零：写一个客户端。
//!
//! 要求：
//! - 把标准输入（UTF-8，包括换行）全部按 GBK 编码发送，然后半关闭；
//! - 接收全部回复，解码后打印，以退出状态 0 结束；
//! - 连接被拒绝或被重置时，打印错误，退出状态不是 0。
//!
//! What to build: a client that
//! - sends all of its standard input (UTF-8, newlines included) in GBK, then half-closes;
//! - receives the complete reply, prints it decoded, and ends with exit status 0;
//! - prints an error and ends with a nonzero exit status if the connection is refused or reset.
//!
//! Check it 检查: `cargo coach check 00`. A hint 提示: `cargo coach hint 00`.

#![allow(unused)] // until it is done 写完可以删掉

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::ExitCode;

use shared::{CommandLine, Failure, Replies};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: exercise-00 [ADDRESS]\n").read();
    shared::exit_status(talk(arguments.address))
}

fn talk(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字, 2 connect 连接
    let mut connection = TcpStream::connect(address).map_err(|e| Failure::connect(address, e))?;

    // 3 send 发送
    let mut input = Vec::new();
    io::stdin().read_to_end(&mut input)?;
    // TODO: `shared::encode_line(&input, "gbk", true)` makes GBK of it. Send that. 转成 GBK，发送。
    // TODO: half-close, so that the server knows that you have sent everything. 半关闭。

    // 3 recv 接收
    let mut replies = Replies::new("gbk");
    let mut buffer = [0; 1024];
    let count = connection.read(&mut buffer)?;
    replies.received(&buffer[..count])?;
    // TODO: receive the complete reply, until recv returns 0. 接收全部回复，直到 recv 返回 0。
    replies.end()?;

    // 4 close 关闭
    drop(connection);
    Ok(())
}
