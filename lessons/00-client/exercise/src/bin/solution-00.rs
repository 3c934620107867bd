//! Solution of exercise 00: the client. 练习零的答案：写一个客户端。

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::ExitCode;

use shared::{CommandLine, Failure, Replies};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: solution-00 [ADDRESS]\n").read();
    shared::exit_status(talk(arguments.address))
}

fn talk(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字, 2 connect 连接
    let mut connection = TcpStream::connect(address).map_err(|e| Failure::connect(address, e))?;

    // 3 send 发送: everything, then half-close.
    let mut input = Vec::new();
    io::stdin().read_to_end(&mut input)?;
    let bytes = shared::encode_line(&input, "gbk", true)?;
    connection.write_all(&bytes)?;
    connection.shutdown(Shutdown::Write)?;

    // 3 recv 接收: until the server has closed too, and recv returns 0.
    let mut replies = Replies::new("gbk");
    let mut buffer = [0; 1024];
    loop {
        let count = connection.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        replies.received(&buffer[..count])?;
    }
    replies.end()?;

    // 4 close 关闭
    drop(connection);
    Ok(())
}
