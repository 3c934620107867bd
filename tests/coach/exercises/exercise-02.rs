//! Exercise 02: the whole call. 练习二：听完整个电话。
//!
//! What to build: a server that prints each recv (of up to 1024 bytes) at once as `CLIENT>>>TEXT`,
//! where CLIENT is the client's IP:PORT and TEXT is GBK, with every character whole, however it was
//! split. At the end of the stream it prints one last line and no other,
//! `total: N bytes, M characters`. Bytes that are no GBK are U+FFFD; so is half a character at the
//! end, on a line of its own before the total. A reset ends it with that same total, and every end
//! is exit status 0.
//!
//! 要写的：每次 recv（最多 1024 字节）立刻打印成 `CLIENT>>>TEXT`，CLIENT 是客户端的 IP:PORT，TEXT
//! 按 GBK 解码，不管字符怎样被拆开，都要完整。流结束时只再打印
//! 最后一行 `total: N bytes, M characters`。不是 GBK 的字节打印成 U+FFFD；结尾剩下的半个字符也是，
//! 单独一行，在 total 之前。连接被重置时同样打印 total。无论怎样结束，退出状态都是 0。
//!
//! How to be checked 检查: `cargo coach check 02`. A hint 提示: `cargo coach hint 02`.

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
    let (mut connection, caller) = listener.accept()?;
    let caller = ip_and_port(&caller);

    // 5 recv 接收
    let mut text = Text::new("gbk");
    let (mut bytes, mut characters) = (0, 0);
    let mut buffer = [0; 1024];
    let mut line = String::new();
    let count = connection.read(&mut buffer)?;
    text.decode(&buffer[..count], &mut line);
    print_line(&format!("{caller}>>>{line}"))?;
    // TODO: receive again and again, until recv returns 0. 反复接收，直到 recv 返回 0。
    // TODO: print a line only where a recv completed a character; then `line.clear()`, because
    //   `decode` appends. 只有凑成了字符才打印一行；然后 `line.clear()`，因为 `decode` 是追加。
    // TODO: count the bytes, and the characters (`line.chars()`). 数一数字节和字符。
    // TODO: at the end, `text.finish(…)` has what is left of a character. 结尾剩下的半个字符。
    // TODO: a reset (`is_reset(&error)`) ends the call like any other end. 被重置也算结束。
    print_line(&format!("total: {bytes} bytes, {characters} characters"))?;

    // 6 close 关闭
    drop(connection);
    drop(listener);
    Ok(())
}
