//! Exercise 06: the conference call. 练习六：多方通话。
//!
//! What to build: a server that sends the message of one client to all other clients. A message is a
//! line of at most 4096 bytes in GBK, as in lesson 05. The others receive `IP:PORT>>>TEXT` and a
//! newline. IP:PORT is the client that sent it, and TEXT has the same bytes that the client sent.
//!
//! - When a client connects, all clients receive `IP:PORT 来了` and a newline. The new client receives
//!   it too: it receives everything that comes after it. When a client has gone, all others receive
//!   `IP:PORT 走了`.
//! - All clients receive the lines in the same order.
//! - If a client resets, or if it closes in the middle of a message, the other clients receive nothing
//!   but `走了`. The server does not end.
//! - If a client never reads, it delays no other client, and costs at most 16 MiB of memory. It may
//!   lose messages or its connection.
//! - It serves 50 clients at once, until Ctrl-C.
//!
//! 要求：一个客户端发来的消息，服务器转发给其他所有客户端。消息是一行，最多 4096 字节，GBK 编码，和第五课
//! 一样。其他客户端收到 `IP:PORT>>>文字` 和换行。IP:PORT 是发送者，文字的字节和发来的一样。
//!
//! - 有客户端连接时，所有客户端收到 `IP:PORT 来了` 和换行。新来的客户端自己也收到这一行，从这一行开始，
//!   它收到后面的全部内容。客户端离开以后，其他客户端收到 `IP:PORT 走了`。
//! - 所有客户端收到各行的顺序都一样。
//! - 客户端重置连接，或者一条消息没发完就关闭，其他客户端只收到 `走了`，服务器不能退出。
//! - 客户端一直不接收，不能拖住别人，占用的内存不超过 16 MiB。它可以丢消息，也可以被断开。
//! - 同时为 50 个客户端服务，直到 Ctrl-C。
//!
//! Check it 检查: `cargo coach check 06`. A hint 提示: `cargo coach hint 06`.
//! Try it 试一试: `cargo run -p lesson-00 -- --line`, in three terminals 开三个终端.

#![allow(unused)] // until it is done 写完可以删掉

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;

use shared::{CommandLine, Failure, Messages, gbk, say};

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: exercise-06 [ADDRESS]\n").read();
    shared::exit_status(serve(arguments.address))
}

fn serve(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字, 2 bind 绑定, 3 listen 监听
    let listener = TcpListener::bind(address).map_err(|error| Failure::bind(address, error))?;
    loop {
        // 4 accept 等待连接
        let (connection, client) = listener.accept()?;
        // TODO: a thread for each client. 每个客户端一个线程。
        talk(connection, client)?;
    }
}

fn talk(mut connection: TcpStream, client: SocketAddr) -> Result<(), Failure> {
    // TODO: remember the connection where all threads find it. 把连接记在所有线程都能找到的地方。
    connection.write_all(&gbk(&format!("{client} 来了\n")))?;
    let mut messages = Messages::default();
    let mut buffer = [0; 4096];
    // 5 recv/send 收发
    loop {
        match connection.read(&mut buffer)? {
            0 => return Ok(()),
            count => messages.add(&buffer[..count]),
        }
        while let Ok(Some(message)) = messages.next() {
            // TODO: send it to all others. 转发给其他客户端。
        }
        // TODO: a message can be too long. 消息可能太长。
    }
    // TODO: tell the others that this client has gone. 告诉其他客户端，它走了。
}
