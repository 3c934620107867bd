//! Exercise 03: send everything back, and let the client close first.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use shared::socket_table::State;
use stage::act::{Act, Who};
use stage::{
    Connection, Fault, Program, Server, Verdict, is_timeout, kernel, retry_on_eintr, sent,
};

use crate::transcript::Prints;

/// How often the server is suspended, once before each read of the client.
const SUSPENSIONS: usize = 20;

/// The most bytes that are missing where a few writes were short.
const A_FEW_WRITES: usize = 1 << 20;

/// One byte of every value, and a word before the next one is sent.
pub fn echoes_every_byte_immediately(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("hello")?;
    client.receives("hello")?;
    let every: Vec<u8> = (0..=255).collect();
    client.sends(&every)?;
    client.receives(&every)?;
    client.half_closes()?;
    client.receives_the_end()?;
    server.exits_with_status_0().map(drop)
}

/// It reads only after it has half-closed.
pub fn a_half_closing_client_gets_everything_back(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("last words")?;
    client.half_closes()?;
    client.receives("last words")?;
    client.receives_the_end()?;
    server.exits_with_status_0().map(drop)
}

/// Whatever it receives, its standard output stays empty.
pub fn prints_nothing(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("hello")?;
    client.receives("hello")?;
    client.half_closes()?;
    server.ends_showing(&client, &[])
}

/// Between two words.
pub fn waits_for_a_silent_client(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("hello")?;
    client.receives("hello")?;
    client.stays_silent(Duration::from_millis(1100))?;
    client.sends("still here")?;
    client.receives("still here")?;
    client.half_closes()?;
    client.receives_the_end()?;
    server.exits_with_status_0().map(drop)
}

/// The kernel shows it on the client's end, and nothing on the server's port.
pub fn time_wait_is_on_the_client_side(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let address = server.address();
    let client = server.connect_client()?;
    client.sends("hello")?;
    client.receives("hello")?;
    client.stays_silent(Duration::from_millis(100))?;
    client.half_closes()?;
    client.receives_the_end()?;
    server.exits_with_status_0()?;
    kernel::shows_client(program.deadline, State::TimeWait, client.address(), address)?;
    kernel::keeps_nothing_on(program.deadline, address)
}

/// One thread sends, one receives.
pub fn echoes_ten_megabytes(program: &Program) -> Verdict {
    let all = pattern(10_000_000);
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.takes(Act::Exchange(all.len()));
    let mut sender = client.try_clone()?;
    let bytes = all.clone();
    let sending = thread::spawn(move || sender.write_all(&bytes));
    comes_back(&client, &all)?;
    sent_to_the_end(sending.join())?;
    client.half_closes()?;
    client.receives_the_end()?;
    server.exits_with_status_0().map(drop)
}

/// The kernel's buffers of both directions are full before the first byte is read. While the client
/// reads, the server is suspended again and again (on Linux): a write that is blocked then returns a
/// short count.
pub fn a_client_that_reads_late_gets_everything_back(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.takes(Act::Fill);
    let sent = pattern(sends_until_full(program, &client, &server)?);
    client.half_closes()?;
    if cfg!(target_os = "linux") {
        server.steps.take(Who::Server, Act::Suspend);
    }
    client.takes(Act::Drain);
    let mut back = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    for number in 0.. {
        if number < SUSPENSIONS {
            server.is_suspended()?;
            server.is_resumed()?;
        }
        match client.reads(&mut buffer)? {
            0 => break,
            count => back.extend_from_slice(&buffer[..count]),
        }
    }
    all_came_back(&sent, &back)?;
    server.exits_with_status_0().map(drop)
}

fn all_came_back(sent: &[u8], back: &[u8]) -> Verdict {
    let (sent_count, back_count) = (sent.len(), back.len());
    match sent_count.saturating_sub(back_count) {
        0 => comes_back_as(sent, back, sent_count),
        // Much more than a few writes is what a server loses that gives up.
        missing if missing > A_FEW_WRITES => Err(Fault::ClosedTooEarly),
        _ => Err(Fault::LostBytes { sent: sent_count, back: back_count }),
    }
}

/// What came of the thread that sends.
fn sent_to_the_end(sender: thread::Result<io::Result<()>>) -> Verdict {
    sent(sender.map_err(|_| Fault::new("the sender has panicked"))?)
}

/// Sends until the kernel takes no more bytes during a quarter of a second, and the server is
/// blocked. With so much to receive, it can only be in a send. Returns how many bytes the kernel
/// took.
fn sends_until_full(
    program: &Program,
    client: &Connection,
    server: &Server,
) -> Result<usize, Fault> {
    const MOST: usize = 64 << 20;
    let mut stream = client.try_clone()?;
    let bytes = pattern(MOST);
    stream.set_write_timeout(Some(Duration::from_millis(250)))?;
    let mut taken = 0;
    while taken < MOST {
        let block = &bytes[taken..(taken + 65536).min(MOST)];
        match retry_on_eintr(|| stream.write(block)) {
            Ok(count) => taken += count,
            Err(error) if is_timeout(&error) => {
                if program.deadline.has_passed() || server.is_blocked()? {
                    break;
                }
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
            return Err(Fault::ClosedTooEarly);
        }
        comes_back_as(rest, &buffer[..count], sent.len())?;
        rest = &rest[count..];
    }
    Ok(())
}

/// Compares the next bytes that came `back` with the `rest` of what was sent, `all` bytes.
fn comes_back_as(rest: &[u8], back: &[u8], all: usize) -> Verdict {
    let same = rest.iter().zip(back).take_while(|(sent, back)| sent == back).count();
    match back.get(same) {
        None => Ok(()),
        Some(found) => Err(Fault::SentBackOther { at: all - rest.len() + same + 1, found: *found }),
    }
}

/// Bytes that do not repeat where a buffer's length would.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}
