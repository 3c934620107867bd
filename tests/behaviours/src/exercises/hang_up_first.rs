//! Exercise 03: send everything back, and let the caller hang up first.

use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::Duration;

use shared::socket_table::State;

use super::{Behaviour, behaviour};
use stage::fault::{Fault, Kind};
use stage::{Connection, Program, Server, Verdict, kernel};
use stage::{sent, uninterrupted};

/// What exercise 03 asks for.
pub const BEHAVIOURS: &[Behaviour] = &[
    behaviour!(
        every_byte_comes_back_at_once,
        ("every byte comes back as it was, and at once", "每个字节原样发回，而且立刻发回"),
        (
            "who asks waits for the answer before he goes on; a server that waits for more waits for ever",
            "对方等到回答才会继续；还在等更多内容的服务器会一直等下去",
        ),
        (
            "send back what each recv brings, before the next recv",
            "每次 recv 收到的，先发回去，再接收下一次"
        ),
    ),
    behaviour!(
        a_half_closing_client_gets_everything_back,
        (
            "a client that half-closes gets everything back, and then the end",
            "半关闭的客户端收回全部内容，然后流结束"
        ),
        (
            "a half-close means: I have said everything. It does not mean: I am gone",
            "半关闭的意思是“我说完了”，不是“我走了”",
        ),
        (
            "close only after recv has returned 0 and all is sent",
            "recv 返回 0、而且全部发完之后才关闭"
        ),
    ),
    behaviour!(
        a_silent_client_is_waited_for,
        ("a client that is silent for a second is waited for", "客户端沉默一秒，服务器要等它"),
        ("silence is not the end; only recv's 0 is", "沉默不是结束，recv 返回 0 才是"),
        ("no timeout here", "这里不要设超时"),
    ),
    behaviour!(
        time_wait_is_the_clients,
        (
            "the client closes first, so TIME_WAIT is the client's",
            "客户端先关闭，TIME_WAIT 留在客户端"
        ),
        (
            "the side that closes first keeps the connection for a minute, and the server needs its port",
            "先关闭的一方要把连接再保留一分钟，而服务器还要用它的端口",
        ),
        ("wait for the client's FIN before you close", "等到客户端的 FIN 再关闭"),
    ),
    behaviour!(
        ten_megabytes_come_back_whole,
        (
            "10 MB come back whole while they are still being sent",
            "一边发送一边接收，10 MB 完整发回"
        ),
        ("every byte counts, however many there are", "不管有多少，一个字节都不能少"),
        ("write_all, not write", "用 write_all，不要用 write"),
    ),
    behaviour!(
        a_client_that_reads_late_gets_everything_back,
        (
            "a client that sends until nothing more is taken, and reads only then, gets everything back",
            "客户端一直发到发不动，然后才开始读，也能收回全部内容",
        ),
        (
            "where both sides wait for the other to receive, the kernel's buffers are full and nothing moves",
            "双方都在等对方接收时，内核的缓冲区满了，谁也动不了",
        ),
        (
            "do not give up when send waits; never keep everything in memory",
            "send 在等待时不要放弃；也不要把全部内容留在内存里",
        ),
    ),
];

/// One byte of every value, and a word before the next one is sent.
pub fn every_byte_comes_back_at_once(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("hello")?;
    client.receives("hello")?;
    let every: Vec<u8> = (0..=255).collect();
    client.sends(&every)?;
    client.receives(&every)?;
    client.half_closes()?;
    client.receives_the_end()?;
    server.ends_well().map(drop)
}

/// It reads only after it has half-closed.
pub fn a_half_closing_client_gets_everything_back(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("last words")?;
    client.half_closes()?;
    client.receives("last words")?;
    client.receives_the_end()?;
    server.ends_well().map(drop)
}

/// Between two words.
pub fn a_silent_client_is_waited_for(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("hello")?;
    client.receives("hello")?;
    client.is_waited_for(Duration::from_millis(1100))?;
    client.sends("still here")?;
    client.receives("still here")?;
    client.half_closes()?;
    client.receives_the_end()?;
    server.ends_well().map(drop)
}

/// The kernel shows it on the client's end, and nothing on the server's port.
pub fn time_wait_is_the_clients(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let address = server.address();
    let client = server.is_called()?;
    client.sends("hello")?;
    client.receives("hello")?;
    client.is_waited_for(Duration::from_millis(100))?;
    client.half_closes()?;
    client.receives_the_end()?;
    server.ends_well()?;
    program.steps.take("looks at the kernel's socket table", "查看内核的套接字表");
    kernel::shows_client(State::TimeWait, &client)?;
    kernel::keeps_nothing_on(address)
}

/// One thread sends, one receives.
pub fn ten_megabytes_come_back_whole(program: &Program) -> Verdict {
    let all = pattern(10_000_000);
    let server = Server::start(program)?;
    let client = server.is_called()?;
    program.steps.take(
        "the client sends 10,000,000 bytes, and receives at the same time",
        "客户端发送 10,000,000 字节，同时接收",
    );
    let mut sender = client.try_clone()?;
    let bytes = all.clone();
    let sending = thread::spawn(move || sender.write_all(&bytes));
    comes_back(&client, &all)?;
    sent_to_the_end(sending.join())?;
    client.half_closes()?;
    client.receives_the_end()?;
    server.ends_well().map(drop)
}

/// The kernel's buffers of both directions are full before the first byte is read.
pub fn a_client_that_reads_late_gets_everything_back(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    program.steps.take(
        "the client sends until the kernel takes no more, and reads nothing",
        "客户端一直发送，直到内核不再接受；这期间什么也不读",
    );
    let taken = sends_until_full(&client)?;
    program.steps.take("the client reads everything", "客户端读取全部内容");
    comes_back(&client, &pattern(taken))?;
    client.half_closes()?;
    client.receives_the_end()?;
    server.ends_well().map(drop)
}

/// What came of the thread that sends.
fn sent_to_the_end(sender: thread::Result<io::Result<()>>) -> Verdict {
    sent(sender.map_err(|_| Fault::new("the sender has panicked"))?)
}

/// Sends until nothing more is taken for a quarter of a second. Returns how many bytes were.
fn sends_until_full(client: &Connection) -> Result<usize, Fault> {
    const MOST: usize = 64 << 20;
    let mut stream = client.try_clone()?;
    let bytes = pattern(MOST);
    stream.set_write_timeout(Some(Duration::from_millis(250)))?;
    let mut taken = 0;
    while taken < MOST {
        let block = &bytes[taken..(taken + 65536).min(MOST)];
        match uninterrupted(|| stream.write(block)) {
            Ok(count) => taken += count,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                break;
            }
            Err(error) => {
                sent(Err(error))?;
                break;
            }
        }
    }
    Ok(taken)
}

/// Receives as many bytes as were sent, and compares them.
fn comes_back(client: &Connection, sent: &[u8]) -> Verdict {
    let mut buffer = vec![0; 64 << 10];
    let mut rest = sent;
    while !rest.is_empty() {
        let count = client.reads(&mut buffer)?;
        if count == 0 {
            return Err(Fault::of(
                Kind::Closed,
                "the program closed before everything had come back",
                "还没有全部发回，程序就关闭了连接",
            ));
        }
        let back = &buffer[..count];
        if !rest.starts_with(back) {
            let same = rest.iter().zip(back).take_while(|(sent, back)| sent == back).count();
            let at = sent.len() - rest.len() + same;
            return Err(Fault::of(
                Kind::Sent,
                format!("what came back differs at byte {}", at + 1),
                format!("发回的内容在第 {} 字节处不同", at + 1),
            ));
        }
        rest = &rest[count..];
    }
    Ok(())
}

/// Bytes that do not repeat where a buffer's length would.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}
