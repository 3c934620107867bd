//! Exercise 03: send everything back, and let the caller hang up first.

use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::Duration;

use shared::socket_table::State;
use stage::act::Act;
use stage::{Connection, Fault, Program, Server, Verdict, kernel, retry_on_eintr, sent};

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

/// The kernel's buffers of both directions are full before the first byte is read.
pub fn a_client_that_reads_late_gets_everything_back(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.takes(Act::Fill);
    let taken = sends_until_full(&client)?;
    client.takes(Act::Drain);
    comes_back(&client, &pattern(taken))?;
    client.half_closes()?;
    client.receives_the_end()?;
    server.exits_with_status_0().map(drop)
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
        match retry_on_eintr(|| stream.write(block)) {
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
            return Err(Fault::ClosedTooEarly);
        }
        let back = &buffer[..count];
        if !rest.starts_with(back) {
            let same = rest.iter().zip(back).take_while(|(sent, back)| sent == back).count();
            let at = sent.len() - rest.len() + same;
            return Err(Fault::SentBackOther(at + 1));
        }
        rest = &rest[count..];
    }
    Ok(())
}

/// Bytes that do not repeat where a buffer's length would.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}
