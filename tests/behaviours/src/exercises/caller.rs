//! Exercise 00: the caller; the coach is its server.

use shared::gbk;
use stage::loopback::own_port;
use stage::{Client, Fault, Listener, Program, Verdict, ended_well};

use crate::transcript::same;

/// Chinese, ASCII and newlines.
pub fn its_input_is_sent_in_gbk(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let mut client = Client::start(program, server.address()?, &[])?;
    client.types("你好\nTCP\n再见\n")?;
    client.ends_its_input();
    let mut call = server.accepts()?;
    call.receives(gbk("你好\nTCP\n再见\n"))?;
    call.receives_the_end()?;
    call.closes();
    prints(client, "")
}

/// In three pieces, one of which ends in the middle of a character.
pub fn the_whole_reply_is_printed(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let mut client = Client::start(program, server.address()?, &[])?;
    client.ends_its_input();
    let mut call = server.accepts()?;
    call.receives_the_end()?;
    call.sends(b"first \xc4")?;
    call.has_been_heard()?;
    call.sends(b"\xe3\xba\xc3\n")?;
    call.has_been_heard()?;
    call.sends("x".repeat(5000))?;
    call.closes();
    prints(client, &format!("first 你好\n{}", "x".repeat(5000)))
}

/// Nobody listens there.
pub fn a_refused_call_is_an_error(program: &Program) -> Verdict {
    let mut client = Client::start(program, own_port()?, &[])?;
    client.ends_its_input();
    fails_in_words(client)
}

/// The server throws the connection away in the middle of its reply.
pub fn a_reset_call_is_an_error(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let mut client = Client::start(program, server.address()?, &[])?;
    client.ends_its_input();
    let mut call = server.accepts()?;
    call.receives_the_end()?;
    call.sends("half a rep")?;
    call.has_been_heard()?;
    call.resets()?;
    fails_in_words(client)
}

fn prints(client: Client, expected: &str) -> Verdict {
    let output = ended_well(client.ends()?)?;
    let printed = String::from_utf8_lossy(&output.stdout);
    // A newline behind the reply may be there for the terminal.
    let without = printed.strip_suffix('\n').filter(|without| *without == expected);
    same(expected, without.unwrap_or(&printed))
}

fn fails_in_words(client: Client) -> Verdict {
    let output = client.ends()?;
    if output.status.success() {
        return Err(Fault::FailedWithStatus0);
    }
    if output.stderr.is_empty() && output.stdout.is_empty() {
        return Err(Fault::FailedSilently);
    }
    Ok(())
}
