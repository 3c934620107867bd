//! Lesson 02: receive in a loop. 第二课：循环接收，直到对方关闭。
//!
//! TCP carries a stream of bytes, not messages. The server cannot know in advance how many recvs it
//! needs, so it calls recv in a loop. Only the return value 0 means that no more bytes will come.

use std::io::Read;
use std::net::SocketAddr;
use std::process::ExitCode;

use shared::{CommandLine, Failure, Transcript, is_reset, say};
use socket2::{Domain, Socket, Type};

const HELP: &str = "\
Lesson 02: a TCP server that receives until the client has closed.

Usage: lesson-02 [ADDRESS]

  ADDRESS  IP:PORT to listen on; port 0 means any free port [default: 127.0.0.1:7788]
";

fn main() -> ExitCode {
    let arguments = CommandLine::new(HELP).read();
    shared::exit_status(serve(arguments.address))
}

fn serve(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;

    // 2 bind 绑定
    listener.bind(&address.into()).map_err(|error| Failure::bind(address, error))?;

    // 3 listen 监听
    listener.listen(128)?;
    say(format!("listening on {}", shared::ip_and_port(&listener.local_addr()?)));

    // 4 accept 等待连接
    let (mut connection, client) = listener.accept()?;
    let mut transcript = Transcript::of(&client);

    // 5 recv 接收: it returns the bytes that have arrived, at most 1024. A small count means
    // nothing. Only 0 means the end of the stream, so check for 0 before you print.
    let mut buffer = [0; 1024];
    loop {
        match connection.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => transcript.received(&buffer[..count])?,
            Err(error) if is_reset(&error) => {
                say("the client reset the connection");
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    transcript.end()?;

    // 6 close 关闭: first the connection, then the listening socket: two sockets, two closes.
    drop(connection);
    drop(listener);
    Ok(())
}
