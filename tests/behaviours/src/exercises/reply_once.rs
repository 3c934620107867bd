//! Exercise 01: one recv, one answer.

use shared::gbk;
use stage::{Program, Server, Verdict};

use crate::transcript::Prints;

/// What one recv brings is printed.
pub fn prints_the_bytes_of_one_recv(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends(gbk("你好，世界"))?;
    server.ends_showing(&client, &["你好，世界"])
}

/// The answer comes whole, and then the end of the stream.
pub fn sends_the_complete_reply(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("hello")?;
    client.receives(gbk("收到"))?;
    client.receives_the_end()?;
    server.exits_with_status_0().map(drop)
}

/// The server closes first.
pub fn ends_after_one_recv_even_if_the_client_stays(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("one")?;
    client.receives(gbk("收到"))?;
    server.ends_showing(&client, &["one"])
}
