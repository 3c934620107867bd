//! Exercise 01: one recv, one answer.

use shared::gbk;

use super::{Behaviour, behaviour};
use stage::{Program, Server, Verdict};

/// What exercise 01 asks for.
pub const BEHAVIOURS: &[Behaviour] = &[
    behaviour!(
        what_one_recv_brings_is_printed,
        (
            "what one recv brings is printed as CLIENT>>>TEXT",
            "一次 recv 收到的内容，打印成 CLIENT>>>TEXT"
        ),
        (
            "bytes become text only when somebody says which encoding they are in; here it is GBK",
            "字节要按某种编码才能变成文字，这里是 GBK",
        ),
        (
            "give what recv brought, and not the whole buffer, to the transcript",
            "把 recv 收到的那一部分（不是整个缓冲区）交给 transcript",
        ),
    ),
    behaviour!(
        the_answer_comes_whole,
        (
            "the answer 收到 comes whole, in GBK, and then the server closes",
            "“收到”以 GBK 完整发来，然后服务器关闭"
        ),
        (
            "write may take fewer bytes than it was given, and says so only in its return value",
            "write 写出的字节可能比给它的少，只有返回值会告诉你",
        ),
        ("write_all goes on until every byte is taken", "write_all 会一直写到每个字节都写出"),
    ),
    behaviour!(
        a_silent_client_is_not_waited_for_twice,
        (
            "after one recv and one answer the program ends, although the client stays",
            "接收一次、回答一次就结束，哪怕客户端还连着"
        ),
        (
            "a server that receives once does not wait for the client to close: it closes first",
            "只接收一次的服务器不等客户端关闭：它先关闭",
        ),
        ("receive once, without a loop", "只接收一次，不要循环"),
    ),
    behaviour!(
        of_3000_bytes_1024_are_printed_and_answered,
        (
            "of 3000 bytes the first 1024 are printed, and answered whole",
            "发来 3000 字节，打印前 1024 字节，回答完整"
        ),
        (
            "one recv takes what fits in its buffer; this is what receiving once loses",
            "一次 recv 只能拿走缓冲区装得下的部分；这就是只接收一次会丢的东西",
        ),
        ("a buffer of 1024 bytes, and one recv into it", "用 1024 字节的缓冲区，接收一次"),
    ),
];

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

/// More than the buffer holds: the answer is whole, though the connection may be reset behind it.
pub fn of_3000_bytes_1024_are_printed_and_answered(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("x".repeat(3000))?;
    client.receives(gbk("收到"))?;
    server.ends_showing(&client, &[&"x".repeat(1024)])
}
