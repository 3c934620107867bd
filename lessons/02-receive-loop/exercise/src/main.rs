//! Exercise 02: receive until the end. 练习二：循环接收到底。
//!
//! 要求：
//! - 每次 recv（最多 1024 字节）立刻打印成 `CLIENT>>>TEXT`，CLIENT 是客户端的 IP:PORT，TEXT 按 GBK
//!   解码；一个字符被拆到两次 recv 里，也要完整地打印一次；
//! - 不是 GBK 的字节打印成 U+FFFD；
//! - recv 返回 0 以后，如果还剩半个字符，先把它打印成 U+FFFD，单独一行；
//! - 最后只打印一行 `total: N bytes, M characters`；
//! - 连接被重置时，同样打印 total；无论怎样结束，退出状态都是 0。
//!
//! What to build: a server that
//! - prints each recv (up to 1024 bytes) immediately as `CLIENT>>>TEXT`, where CLIENT is the client's
//!   IP:PORT and TEXT is decoded from GBK; a character that is split between two recvs is printed
//!   once, complete;
//! - prints U+FFFD for a byte that is not valid GBK;
//! - after recv has returned 0, prints U+FFFD for half a character that is left, on its own line;
//! - then prints only `total: N bytes, M characters`;
//! - prints the same total after a reset. Its exit status is always 0.
//!
//! Check it 检查: `cargo coach check 02`. A hint 提示: `cargo coach hint 02`.

#![allow(unused)] // until it is done 写完可以删掉

use std::io::Read;
use std::net::SocketAddr;
use std::process::ExitCode;

use shared::{CommandLine, Failure, Text, ip_and_port, is_reset, print_line};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: exercise-02 [ADDRESS]\n").read();
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

    // 5 recv 接收
    let mut text = Text::new("gbk");
    let (mut bytes, mut characters) = (0, 0);
    let mut buffer = [0; 1024];
    let mut line = String::new();
    let count = connection.read(&mut buffer)?;
    text.decode(&buffer[..count], &mut line);
    print_line(&format!("{client}>>>{line}"))?;
    // TODO: receive in a loop, until recv returns 0. 反复接收，直到 recv 返回 0。
    // TODO: print a line only if a recv completed a character; then call `line.clear()`, because
    //   `decode` appends. 只有凑成了字符才打印一行；然后 `line.clear()`，因为 `decode` 是追加。
    // TODO: count the bytes, and the characters (`line.chars()`). 数一数字节和字符。
    // TODO: at the end, `text.finish(…)` adds U+FFFD for half a character. 结尾剩下的半个字符。
    // TODO: a reset (`is_reset(&error)`) is an end like any other. 被重置也算结束。
    print_line(&format!("total: {bytes} bytes, {characters} characters"))?;

    // 6 close 关闭
    drop(connection);
    drop(listener);
    Ok(())
}
