//! Exercise 01: reply once. 练习一：只回复一次。
//!
//! 要求：
//! - 只接收一次，最多 1024 字节；
//! - 打印 `CLIENT>>>TEXT`，CLIENT 是客户端的 IP:PORT，TEXT 按 GBK 解码；
//! - 用 GBK 发送“收到”二字，一次 write 没有写完也要全部发完；
//! - 关闭，以退出状态 0 结束。
//!
//! What to build: a server that
//! - receives once, up to 1024 bytes;
//! - prints `CLIENT>>>TEXT`, where CLIENT is the client's IP:PORT and TEXT is decoded from GBK;
//! - sends the complete reply `收到` ("received") in GBK, even if one write accepts only a part;
//! - closes, and ends with exit status 0.
//!
//! Check it 检查: `cargo coach check 01`. A hint 提示: `cargo coach hint 01`.

#![allow(unused)] // until it is done 写完可以删掉

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use shared::{CommandLine, Failure, Transcript};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: exercise-01 [ADDRESS]\n").read();
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
    let (mut connection, client) = listener.accept()?;
    let mut transcript = Transcript::of(&client);

    // 5 recv/send 收发
    let mut buffer = [0; 1024];
    // TODO: receive once into `buffer`. 接收一次，放进 `buffer`。
    // TODO: print the text: `transcript.received(…)`, then `transcript.end()`. 打印收到的内容。
    // TODO: send all of `shared::gbk("收到")`. 发送“收到”，一个字节也不能少。

    // 6 close 关闭
    drop(connection);
    drop(listener);
    Ok(())
}
