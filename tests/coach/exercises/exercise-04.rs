//! Exercise 04: restart immediately. 练习四：立刻重新启动。
//!
//! What to build: a server that sends `再见` ("goodbye") in GBK to its first client. The client sends
//! nothing. The server closes first and ends with exit status 0. You can restart it immediately on
//! the same port. While it listens, a second copy must fail with another exit status.
//!
//! 要求：向第一个客户端发送 GBK 编码的“再见”（客户端什么也不发）；服务器先关闭，以退出状态 0 结束。
//! 马上可以在同一个端口再启动。它监听的时候，再启动一个同样的程序必须失败，退出状态不是 0。
//!
//! Check it 检查: `cargo coach check 04`. A hint 提示: `cargo coach hint 04`.

#![allow(unused)] // until it is done 写完可以删掉

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use shared::{CommandLine, Failure};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: exercise-04 [ADDRESS]\n").read();
    shared::exit_status(serve(arguments.address))
}

fn serve(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // TODO: set the option that lets the next server start immediately. 设置一个选项，让下一次能立刻启动。

    // 2 bind 绑定
    listener.bind(&address.into()).map_err(|error| Failure::bind(address, error))?;

    // 3 listen 监听
    listener.listen(128)?;

    // 4 accept 等待连接
    let (mut connection, _client) = listener.accept()?;

    // 5 send 发送
    connection.write_all(&shared::gbk("再见"))?;

    // 6 close 关闭
    drop(connection);
    drop(listener);
    Ok(())
}
