//! Solution of exercise 04: restart immediately. 练习四的答案：立刻重新启动。

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use shared::{CommandLine, Failure};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: solution-04 [ADDRESS]\n").read();
    shared::exit_status(serve(arguments.address))
}

fn serve(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Set it in every run, because this run may leave TIME_WAIT for the next one.
    listener.set_reuse_address(true)?;

    // 2 bind 绑定
    listener.bind(&address.into()).map_err(|error| Failure::bind(address, error))?;

    // 3 listen 监听
    listener.listen(128)?;

    // 4 accept 等待连接
    let (mut connection, _client) = listener.accept()?;

    // 5 send 发送
    connection.write_all(&shared::gbk("再见"))?;

    // 6 close 关闭: the server first
    drop(connection);
    drop(listener);
    Ok(())
}
