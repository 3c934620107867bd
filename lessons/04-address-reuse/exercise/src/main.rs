//! Exercise 04: restart at once. 练习四：立刻重新启动。
//!
//! What to build: a server that sends `再见` in GBK to its first client, who says nothing, closes
//! first, and ends with exit status 0. Started again at once on the same port, it serves again. While
//! it listens, a second one is refused with an exit status other than 0.
//!
//! 要写的：向第一个客户端（它什么也不说）发送 GBK 的“再见”，先关闭，以退出状态 0 结束。马上在同一
//! 个端口再启动，还能服务。它监听的时候，第二个同样的程序要被拒绝，退出状态不是 0。
//!
//! How to be checked 检查: `cargo coach check 04`. A hint 提示: `cargo coach hint 04`.

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
    // TODO: ask for what lets the next one start at once. 设置一个选项，让下一次能立刻启动。

    // 2 bind 绑定
    listener.bind(&address.into()).map_err(|error| Failure::bind(address, error))?;

    // 3 listen 监听
    listener.listen(128)?;

    // 4 accept 等待连接
    let (mut connection, _caller) = listener.accept()?;

    // 5 send 发送
    connection.write_all(&shared::gbk("再见"))?;

    // 6 close 关闭
    drop(connection);
    drop(listener);
    Ok(())
}
