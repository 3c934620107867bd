//! Exercise 02: receive until the end. 练习二：循环接收到底。
//!
//! 分三步，每一步都能单独通过：
//! 1. 每次 recv（最多 1024 字节）立刻打印成 `CLIENT>>>TEXT`，CLIENT 是客户端的 IP:PORT，TEXT 按 GBK
//!    解码；recv 返回 0 以后关闭，退出状态是 0；
//! 2. 一个字符被拆到两次 recv 里，也要完整地打印一次；不是 GBK 的字节打印成 U+FFFD；recv 返回 0
//!    以后，如果还剩半个字符，把它打印成 U+FFFD，单独一行；
//! 3. 最后打印一行 `total: N bytes, M characters`；连接被重置时，同样打印 total，退出状态是 0。
//!
//! What to build: a server, in three steps, each of which can pass alone:
//! 1. It prints each recv (up to 1024 bytes) immediately as `CLIENT>>>TEXT`, where CLIENT is the
//!    client's IP:PORT and TEXT is decoded from GBK. After recv has returned 0 it closes, and ends
//!    with exit status 0.
//! 2. A character that is split between two recvs is printed once, complete. A byte that is not valid
//!    GBK is printed as U+FFFD. Half a character that is left after recv has returned 0 is printed as
//!    U+FFFD, on its own line.
//! 3. At the end it prints `total: N bytes, M characters`. It prints the same after a reset, and ends
//!    with exit status 0.
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
    // TODO 1: receive in a loop, until recv returns 0. After each line call `line.clear()`, because
    //   `decode` appends. 循环接收，直到 recv 返回 0。`decode` 是追加，打印后要 `line.clear()`。
    // TODO 2: print a line only if a recv completed a character. 只有凑成了字符才打印一行。
    // TODO 2: at the end, `text.finish(…)` adds U+FFFD for half a character. 结尾剩下的半个字符。
    // TODO 3: count the bytes, and the characters (`line.chars()`). 数一数字节和字符。
    // TODO 3: a reset (`is_reset(&error)`) is an end like any other. 被重置也算结束。
    print_line(&format!("total: {bytes} bytes, {characters} characters"))?;

    // 6 close 关闭
    drop(connection);
    drop(listener);
    Ok(())
}
