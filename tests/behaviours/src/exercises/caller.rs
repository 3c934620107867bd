//! Exercise 00: the client. The coach is its server.

use shared::gbk;
use stage::loopback::own_port;
use stage::{Client, Fault, Listener, Program, Verdict, exited_with_status_0};

use crate::transcript::same;

/// Chinese, ASCII and newlines.
pub fn sends_its_input_in_gbk(program: &Program) -> Verdict {
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
pub fn prints_the_complete_reply(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let mut client = Client::start(program, server.address()?, &[])?;
    client.ends_its_input();
    let mut call = server.accepts()?;
    call.receives_the_end()?;
    call.sends(b"first \xc4")?;
    call.waits_until_received()?;
    call.sends(b"\xe3\xba\xc3\n")?;
    call.waits_until_received()?;
    call.sends("x".repeat(5000))?;
    call.closes();
    prints(client, &format!("first 你好\n{}", "x".repeat(5000)))
}

/// No server listens there.
pub fn a_refused_connection_is_an_error(program: &Program) -> Verdict {
    let mut client = Client::start(program, own_port()?, &[])?;
    client.ends_its_input();
    fails_in_words(client)
}

/// The server resets the connection in the middle of its reply.
pub fn a_reset_connection_is_an_error(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let mut client = Client::start(program, server.address()?, &[])?;
    client.ends_its_input();
    let mut call = server.accepts()?;
    call.receives_the_end()?;
    call.sends("half a rep")?;
    call.waits_until_received()?;
    call.resets()?;
    fails_in_words(client)
}

fn prints(client: Client, expected: &str) -> Verdict {
    let output = exited_with_status_0(client.ends()?)?;
    let printed = String::from_utf8_lossy(&output.stdout);
    // The client may print a newline after the reply, because that is useful on a terminal.
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
