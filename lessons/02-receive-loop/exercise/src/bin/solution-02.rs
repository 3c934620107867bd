//! Solution of exercise 02: receive until the end. 练习二的答案：循环接收到底。

use std::io::Read;
use std::net::SocketAddr;
use std::process::ExitCode;

use shared::{CommandLine, Failure, Text, ip_and_port, is_reset, print_line};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: solution-02 [ADDRESS]\n").read();
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
    let client = ip_and_port(&client);

    // 5 recv 接收: one decoder for the whole connection: it keeps half a character.
    let mut text = Text::new("gbk");
    let (mut bytes, mut characters) = (0, 0);
    let mut buffer = [0; 1024];
    let mut line = String::new();
    loop {
        let count = match connection.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if is_reset(&error) => break,
            Err(error) => return Err(error.into()),
        };
        bytes += count;
        text.decode(&buffer[..count], &mut line);
        characters += show(client, &mut line)?;
    }
    text.finish(&mut line);
    characters += show(client, &mut line)?;
    print_line(&format!("total: {bytes} bytes, {characters} characters"))?;

    // 6 close 关闭
    drop(connection);
    drop(listener);
    Ok(())
}

/// Prints the line if it has characters, and empties it. Returns how many it had.
fn show(client: SocketAddr, line: &mut String) -> Result<usize, Failure> {
    let characters = line.chars().count();
    if characters > 0 {
        print_line(&format!("{client}>>>{line}"))?;
    }
    line.clear();
    Ok(characters)
}
