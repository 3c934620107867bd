//! Solution of exercise 05: the parcel. 练习五的答案：包裹。

use std::io::{Error, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;

use shared::{CommandLine, Failure, gbk, print_message, say};

/// The most bytes that a message may have.
const LONGEST: u32 = 4096;

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: solution-05 [ADDRESS]\n").read();
    shared::exit_status(serve(arguments.address))
}

fn serve(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字, 2 bind 绑定, 3 listen 监听
    let listener = TcpListener::bind(address).map_err(|error| Failure::bind(address, error))?;
    loop {
        // 4 accept 等待连接
        let (mut connection, client) = listener.accept()?;
        while let Some(message) = next_message(&mut connection, client) {
            print_message(client, &message)?;
            if let Err(error) = connection.write_all(&parcel(message.len())) {
                say(format!("{client}: {error}"));
                break;
            }
        }
        // 6 close 关闭: `connection` ends here.
    }
}

/// The next message of a client; `None`, and a line on standard error, if there is not one.
fn next_message(connection: &mut TcpStream, client: SocketAddr) -> Option<Vec<u8>> {
    receive(connection).unwrap_or_else(|error| {
        match error.kind() {
            ErrorKind::UnexpectedEof => say(format!("{client}: incomplete message")),
            _ => say(format!("{client}: {error}")),
        }
        None
    })
}

/// Receives one message: its length, then so many bytes. `None` is the end between two messages.
fn receive(connection: &mut TcpStream) -> Result<Option<Vec<u8>>, Error> {
    // 5 recv 接收: read_exact receives until the buffer is full. Before the first byte the stream
    // may end.
    let mut length = [0; 4];
    let count = connection.read(&mut length)?;
    if count == 0 {
        return Ok(None);
    }
    connection.read_exact(&mut length[count..])?;
    let length = u32::from_be_bytes(length);
    // Check it first. Only then reserve memory for it.
    if length > LONGEST {
        let problem = format!("message longer than {LONGEST} bytes: {length}");
        return Err(Error::new(ErrorKind::InvalidData, problem));
    }
    let mut message = vec![0; length as usize];
    connection.read_exact(&mut message)?;
    Ok(Some(message))
}

/// The reply to a message of `count` bytes: length and text in one piece, for one write.
fn parcel(count: usize) -> Vec<u8> {
    let text = gbk(&format!("收到 {count} 字节"));
    let length = (text.len() as u32).to_be_bytes();
    [&length, &*text].concat()
}
