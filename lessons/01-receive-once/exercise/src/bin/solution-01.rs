//! Solution of exercise 01: reply once. 练习一的答案：只回复一次。

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use shared::{CommandLine, Failure, Transcript};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: solution-01 [ADDRESS]\n").read();
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

    // 5 recv/send 收发: one recv and one reply. `write` may accept only a part of it and returns how
    //   much; `write_all` repeats until every byte is accepted.
    let mut buffer = [0; 1024];
    let count = connection.read(&mut buffer)?;
    transcript.received(&buffer[..count])?;
    transcript.end()?;
    connection.write_all(&shared::gbk("收到"))?;

    // 6 close 关闭
    drop(connection);
    drop(listener);
    Ok(())
}
