//! Exercise 04: close first, and start again at once.

use shared::gbk;

use super::{Behaviour, behaviour};
use stage::{Connection, Program, Server, Verdict};

/// What exercise 04 asks for.
pub const BEHAVIOURS: &[Behaviour] = &[
    behaviour!(
        the_first_client_is_bidden_farewell,
        (
            "the first client receives 再见 in GBK, and then the end (FIN)",
            "第一个客户端收到 GBK 的“再见”，然后流结束（FIN）"
        ),
        (
            "a server that closes first says so by FIN; a reset could overtake its last words",
            "先关闭的服务器用 FIN 告别；如果重置连接，最后发送的内容可能会丢失",
        ),
        ("send, then close; no SO_LINGER", "发送，然后关闭；不要用 SO_LINGER"),
    ),
    behaviour!(
        it_starts_again_at_once_on_the_same_port,
        (
            "started again at once on the same port it serves again, five times",
            "马上在同一端口重新启动，还能服务，连续五次"
        ),
        (
            "after a close by the server the kernel keeps TIME_WAIT on its port for a minute",
            "服务器先关闭，内核会在它的端口上保留 TIME_WAIT 一分钟",
        ),
        (
            "SO_REUSEADDR before bind, on every socket: the old one must have asked for it too",
            "在 bind 之前设置 SO_REUSEADDR，每一次都要：旧的套接字也必须设置过",
        ),
    ),
    behaviour!(
        a_second_one_is_refused_while_it_listens,
        ("while it listens, a second one is refused", "它正在监听时，再启动一个会被拒绝"),
        (
            "SO_REUSEPORT would let two servers share the port, and share the callers between them",
            "SO_REUSEPORT 会让两个服务器共用端口，客户端被分给两边",
        ),
        (
            "SO_REUSEADDR, not SO_REUSEPORT; and an exit status other than 0",
            "用 SO_REUSEADDR，不要用 SO_REUSEPORT；退出状态不是 0"
        ),
    ),
];

/// 再见, and FIN.
pub fn the_first_client_is_bidden_farewell(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    is_bidden_farewell(&client)?;
    server.ends_well().map(drop)
}

/// The client closes after the server, as any client, so that TIME_WAIT stays on the server's port.
pub fn it_starts_again_at_once_on_the_same_port(program: &Program) -> Verdict {
    let address = program.address()?;
    for _start in 1..=6 {
        let server = Server::start_on(program, address)?;
        let mut client = server.is_called()?;
        is_bidden_farewell(&client)?;
        client.closes();
        server.ends_well()?;
    }
    Ok(())
}

/// The first one waits for its client meanwhile, and serves him then.
pub fn a_second_one_is_refused_while_it_listens(program: &Program) -> Verdict {
    // A call would end the first one, so it is the kernel that is asked whether it listens.
    let address = program.address()?;
    let first = Server::start_on(program, address)?;
    first.listens()?;
    Server::start_on(program, address)?.is_refused()?;
    let client = first.is_called()?;
    is_bidden_farewell(&client)?;
    first.ends_well().map(drop)
}

fn is_bidden_farewell(client: &Connection) -> Verdict {
    client.receives(gbk("再见"))?;
    client.receives_the_end()
}
