//! Exercise 05: the parcel. 练习五：包裹。
//!
//! What to build: a server for messages that begin with their length. The length has four bytes, the
//! highest first, and counts the bytes of the text, which is GBK. The server prints each message as
//! `IP:PORT>>>TEXT` and replies `收到 N 字节`, framed the same way. N is the length of the message.
//!
//! - A message may be empty, and has at most 4096 bytes. If it is longer, or if the client closes
//!   before it is complete, the server reports this in one line on standard error and closes the
//!   connection. It does not reserve memory for a length that is too large.
//! - It serves one client after the other, until Ctrl-C. A client that resets does not end it.
//! - Each reply leaves in one write.
//!
//! 要求：每条消息前面有 4 字节的长度（大端，高位在前），数的是正文的字节数，正文是 GBK。服务器把每条
//! 消息打印成 `IP:PORT>>>文字`，回复 `收到 N 字节`，回复前面也有 4 字节的长度。N 是消息的字节数。
//!
//! - 消息可以是空的，最多 4096 字节。消息太长，或者没发完客户端就关闭了，服务器在标准错误上报告一行，
//!   然后关闭这个连接。长度字段太大时，不要按它分配内存。
//! - 一个客户端接一个客户端地服务，直到 Ctrl-C。客户端重置连接，服务器不能退出。
//! - 每个回复用一次 write 发出。
//!
//! Check it 检查: `cargo coach check 05`. A hint 提示: `cargo coach hint 05`.
//! Try it 试一试: `cargo run -p lesson-00 -- --length`.

#![allow(unused)] // until it is done 写完可以删掉

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;

use shared::{CommandLine, Failure, gbk, print_message, say};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: exercise-05 [ADDRESS]\n").read();
    shared::exit_status(serve(arguments.address))
}

fn serve(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字, 2 bind 绑定, 3 listen 监听
    let listener = TcpListener::bind(address).map_err(|error| Failure::bind(address, error))?;
    loop {
        // 4 accept 等待连接
        let (connection, client) = listener.accept()?;
        talk(connection, client)?;
        // TODO: a lost connection must not end the server. 连接断了，服务器不能退出。
        // 6 close 关闭: `talk` owned the connection, so it is closed here.
    }
}

fn talk(mut connection: TcpStream, client: SocketAddr) -> Result<(), Failure> {
    // 5 recv/send 收发
    let mut buffer = [0; 4096];
    let count = connection.read(&mut buffer)?;
    // TODO: read the length, check it, then read so many bytes. 先读长度，检查，再读这么多字节。
    print_message(client, &buffer[..count])?;
    // TODO: the reply begins with its length, too. 回复前面也有长度。
    connection.write_all(&gbk(&format!("收到 {count} 字节")))?;
    // TODO: repeat until the client closes. 重复，直到客户端关闭。
    Ok(())
}
