//! Exercise 07: closing time. 练习七：打烊。
//!
//! What to build: the server of lesson 06, with limits and an end in order. All words are GBK.
//!
//! Step 1, timeouts:
//! - `--idle SECONDS` (60): a client that sends nothing for so long after its last reply, or after it
//!   has connected, gets `太久没有消息，再见\n`. `--message SECONDS` (10): a client whose message is not
//!   complete so long after its first byte gets `消息太慢\n`. A message longer than 4096 bytes gets
//!   `消息太长\n`. `--clients N` (1000): one client more gets `忙，请稍后再拨\n`.
//! - After these words the server half-closes, and continues to read until the client closes, for at
//!   most 2 s: the words arrive even if the client continues to send. No other client waits for this.
//!
//! Step 2, closing time:
//! - At Ctrl-C each client gets `再见\n` and the end of the stream. What it sends after that is
//!   discarded. An incomplete message is reported in one line on standard error, and is not printed.
//! - The server ends with exit status 0 when all clients have closed, and at the latest after
//!   `--grace SECONDS` (3).
//!
//! 要求：在第六课的服务器上加时限和优雅退出，文字都是 GBK。
//!
//! 第一步，超时：`--idle`（60 秒）没有消息的客户端，收到 `太久没有消息，再见\n`，从连接或上一个回复算起；
//! 一条消息开始后，`--message`（10 秒）内没有发完，收到 `消息太慢\n`；超过 4096 字节，收到 `消息太长\n`；
//! 连接数超过 `--clients N`（1000）的那个客户端，收到 `忙，请稍后再拨\n`。发完这些话，服务器半关闭，
//! 继续读并丢弃，直到客户端关闭，最多 2 秒。客户端还在发送，也要能收到这些话。别的客户端不能因此等待。
//!
//! 第二步，打烊：按 Ctrl-C 后，每个客户端收到 `再见\n`，然后读到流的末尾，之后发来的内容都丢弃。没收完的
//! 消息在标准错误上报告一行，不打印。客户端都关闭后，服务器以退出状态 0 结束，最迟在 `--grace`（3 秒）之后。
//!
//! Check it 检查: `cargo coach check 07`. A hint 提示: `cargo coach hint 07`.

#![allow(unused)] // until it is done 写完可以删掉

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use shared::{Arguments, CommandLine, Failure, Messages, gbk, reply_to_all, say};

fn main() -> ExitCode {
    let line = CommandLine::new("Usage: exercise-07 [ADDRESS] [OPTIONS]\n").number("clients");
    let line = line.seconds("idle").seconds("message").seconds("grace");
    let arguments = line.read();
    let idle = arguments.seconds("idle").unwrap_or(Duration::from_secs(60));
    // TODO: the other limits. 其他的时限和上限。
    // TODO: at Ctrl-C, say goodbye to each client: `ctrlc::set_handler(|| …)`. 按 Ctrl-C 时告别。
    shared::exit_status(serve(arguments.address))
}

fn serve(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字, 2 bind 绑定, 3 listen 监听
    let listener = shared::listen(address)?;
    say(format!("listening on {}", listener.local_addr()?));
    loop {
        // 4 accept 等待连接
        let (connection, client) = listener.accept()?;
        // TODO: one client too many. 超过上限的客户端。
        thread::Builder::new().spawn(move || {
            if let Err(failure) = talk(connection, client) {
                say(format!("{client}: {failure:?}"));
            }
            // 6 close 关闭: `talk` owned the connection, so it is closed now.
        })?;
    }
}

fn talk(mut connection: TcpStream, client: SocketAddr) -> Result<(), Failure> {
    let mut messages = Messages::default();
    let mut buffer = [0; 4096];
    loop {
        // 5 recv/send 收发
        // TODO: wait no longer than the limits allow. 不能无限期等待。
        let count = connection.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        messages.add(&buffer[..count]);
        let (replies, fits) = reply_to_all(&mut messages, client)?;
        connection.write_all(&replies)?;
        if !fits {
            // TODO: 消息太长 has been sent. Will it arrive? 这句话能送到吗？
            return Ok(());
        }
    }
}
