//! Helpers for servers that serve until Ctrl-C.

use std::io::Write;
use std::time::{Duration, Instant};

use stage::fault::Stop;
use stage::{Connection, Fault, Program, Server, Verdict, sent};

/// How many replies are timed. One comes before them: at the beginning of a connection Linux
/// acknowledges at once, so that the first exchange is never late.
const REPLIES: usize = 20;

/// The longest that the median of them may take. A late acknowledgement takes 40 ms or more.
const LIMIT: Duration = Duration::from_millis(20);

/// How often they are timed: a busy machine may be late by itself, but not each time.
const ATTEMPTS: usize = 3;

/// Starts a server, and examines it, which it has to survive.
pub fn serving(program: &Program, examine: impl Fn(&Server) -> Verdict) -> Verdict {
    serving_with(program, &[], examine)
}

/// The same with options.
pub fn serving_with(
    program: &Program,
    options: &[&str],
    examine: impl Fn(&Server) -> Verdict,
) -> Verdict {
    let server = Server::start_with(program, program.address()?, options)?;
    examine(&server).map_err(|fault| or_ended(&server, fault))?;
    server.still_runs()
}

/// Starts a server, examines it, and ends it by Ctrl-C.
pub fn serving_until_ctrl_c(program: &Program, examine: impl Fn(&Server) -> Verdict) -> Verdict {
    let server = Server::start(program)?;
    examine(&server).map_err(|fault| or_ended(&server, fault))?;
    server.ends_at_ctrl_c().map(drop)
}

/// What a fault means if the server has ended.
fn or_ended(server: &Server, fault: Fault) -> Fault {
    if is_end(&fault) { server.or_ended(fault) } else { fault }
}

/// Whether a fault is what the end of a program looks like to its client.
fn is_end(fault: &Fault) -> bool {
    match fault {
        Fault::Stopped(stop) | Fault::Sent { stop: Some(stop), .. } => *stop != Stop::Silence,
        _ => false,
    }
}

/// Connects one more client to a server that has served another one before.
pub fn next_client(server: &Server) -> Result<Connection, Fault> {
    server.connect_client().map_err(|fault| match fault {
        Fault::NeverListened(Some(ending)) | Fault::PortInTimeWait(Some(ending)) => {
            Fault::EndedByItself(ending)
        }
        other => other,
    })
}

/// Waits until the server ends the connection, by FIN or by RST, and sends nothing before.
pub fn is_ended(client: &Connection) -> Verdict {
    match client.receives_the_end() {
        Err(Fault::Stopped(Stop::Reset)) => Ok(()),
        verdict => verdict,
    }
}

/// Sends `message` again and again, and waits for each `reply`. They come at once.
pub fn replies_come_at_once(client: &Connection, message: &[u8], reply: &[u8]) -> Verdict {
    // The first two are noted as steps; the others are like them.
    for _message in 0..2 {
        client.sends(message)?;
        client.receives(reply)?;
    }
    for _attempt in 0..ATTEMPTS {
        if median_wait(client, message, reply)? < LIMIT {
            return Ok(());
        }
    }
    Err(Fault::SlowReplies { count: REPLIES, limit: LIMIT })
}

fn median_wait(client: &Connection, message: &[u8], reply: &[u8]) -> Result<Duration, Fault> {
    let mut stream = client.try_clone()?;
    let mut waits = Vec::new();
    for _message in 0..REPLIES {
        let begin = Instant::now();
        sent(stream.write_all(message))?;
        receives_bytes(client, reply.len())?;
        waits.push(begin.elapsed());
    }
    waits.sort();
    Ok(waits[REPLIES / 2])
}

/// A client receives so many bytes, whatever they are.
pub fn receives_bytes(client: &Connection, mut count: usize) -> Verdict {
    let mut buffer = [0; 65_536];
    while count > 0 {
        let room = count.min(buffer.len());
        match client.reads(&mut buffer[..room])? {
            0 => return Err(Fault::Stopped(Stop::Closed)),
            received => count -= received,
        }
    }
    Ok(())
}
