//! Exercise 01: one recv, one answer.

use shared::gbk;
use stage::{Program, Server, Verdict};

use crate::transcript::Prints;

/// What one recv brings is printed.
pub fn what_one_recv_brings_is_printed(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(gbk("你好，世界"))?;
    server.ends_showing(&client, &["你好，世界"])
}

/// The answer comes whole, and then the end of the stream.
pub fn the_answer_comes_whole(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("hello")?;
    client.receives(gbk("收到"))?;
    client.receives_the_end()?;
    server.ends_well().map(drop)
}

/// The server closes first.
pub fn a_silent_client_is_not_waited_for_twice(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("one")?;
    client.receives(gbk("收到"))?;
    server.ends_showing(&client, &["one"])
}
