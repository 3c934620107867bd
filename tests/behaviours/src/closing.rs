//! How a connection ends, and what the kernel keeps of it.

use assert_cmd::assert::OutputAssertExt;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_match, starts_with};
use shared::gbk;
use shared::socket_table::State;
use stage::loopback::own_address;
use stage::{Program, Server, Verdict, kernel};

use crate::contract::run;
use crate::transcript::{self, Prints};

/// All that a server says of a reset: one line, and lesson 03 what the kernel keeps.
const RESET: &str = "^listening on [^\n]+\nthe client reset the connection\n(the kernel keeps nothing on port [0-9]+\n)?$";

/// If a client resets the connection before it has sent anything, the server reports this in one
/// line, and ends as after any connection.
pub fn a_reset_before_any_byte_is_reported(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let mut client = server.connect_client()?;
    client.resets()?;
    server.ends()?.assert().try_success()?.try_stdout("")?.try_stderr(is_match(RESET)?)?;
    Ok(())
}

/// If a client sends some bytes and then resets the connection, the bytes stay printed.
pub fn a_reset_after_some_bytes_leaves_them_printed(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let mut client = server.connect_client()?;
    client.sends("hello")?;
    server.shows(&client, &["hello"])?;
    client.resets()?;
    let printed = transcript::of(&client, &["hello"]);
    server.ends()?.assert().try_success()?.try_stdout(printed)?.try_stderr(is_match(RESET)?)?;
    Ok(())
}

/// What had come is printed, then the total (exercise 02).
pub fn a_reset_ends_the_connection_with_the_total(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let mut client = server.connect_client()?;
    client.sends("hello")?;
    client.waits_until_received()?;
    client.resets()?;
    server.ends_with_total(&client, &["hello"])
}

/// A client that has said everything (FIN) is heard to the end, and sees the server close.
pub fn receives_everything_from_a_half_closing_client(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("last words")?;
    client.closes_gracefully()?;
    server.ends_showing(&client, &["last words"])
}

/// A half-closing client gets its reply, and then the end of the stream.
pub fn a_half_closing_client_gets_its_reply(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends(gbk("你好"))?;
    client.half_closes()?;
    client.receives(gbk("收到 4 字节\n"))?;
    client.receives_the_end()?;
    server.ends_showing(&client, &["你好"])
}

/// Each piece is answered with its number of bytes, as soon as it has come.
pub fn each_piece_is_answered_with_its_size(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("hello")?;
    client.receives(gbk("收到 5 字节\n"))?;
    client.sends(gbk("你好，世界"))?;
    client.receives(gbk("收到 10 字节\n"))?;
    client.closes_gracefully()?;
    server.ends_showing(&client, &["hello", "你好，世界"])
}

/// The side that closes first keeps TIME_WAIT. A client that closes first leaves the server's port
/// free at once: the same server, which asks for no SO_REUSEADDR, starts on it again.
pub fn a_client_that_closes_first_leaves_the_port_free_at_once(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let address = server.address();
    let client = server.connect_client()?;
    client.sends("hello")?;
    client.closes_gracefully()?;
    server.exits_with_status_0()?;

    kernel::shows_client(program.deadline, State::TimeWait, client.address(), address)?;
    kernel::keeps_nothing_on(program.deadline, address)?;
    let again = Server::start_on(program, address)?;
    let mut client = again.connect_client()?;
    client.closes();
    again.exits_with_status_0().map(drop)
}

/// The server says which side closed first, and what the kernel keeps on its port.
pub fn the_server_says_that_the_client_closed_first(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let mut client = server.connect_client()?;
    client.closes();
    let kept = contains("keeps nothing on port").or(contains("LAST_ACK"));
    let said = contains("\nthe client closed first\n").and(kept).and(contains("TIME_WAIT").not());
    server.ends()?.assert().try_success()?.try_stderr(said)?;
    Ok(())
}

/// While the client's end is still open, the server that closed first is in FIN_WAIT2 (FIN_WAIT1
/// until the client's kernel has acknowledged), and says so.
pub fn a_server_that_closes_first_is_left_in_fin_wait(program: &Program) -> Verdict {
    let server = Server::start_with(program, own_address(), &["--server-first"])?;
    let address = server.address();
    let client = server.connect_client()?;
    client.sends("hello")?;
    client.receives(gbk("收到 5 字节\n"))?;
    client.receives_the_end()?;
    let end = format!("{address} -> {}", client.address());
    let said = contains("\nthe server closed first\n")
        .and(contains(format!("the kernel keeps {end} FIN_WAIT")));
    server.ends()?.assert().try_success()?.try_stderr(said)?;
    kernel::shows(program.deadline, State::FinWait2, address)
}

/// A server that closes first leaves TIME_WAIT on its own port: the same command fails at once,
/// and says why.
pub fn a_server_that_closes_first_can_not_start_again(program: &Program) -> Verdict {
    let server = Server::start_with(program, own_address(), &["--server-first"])?;
    let address = server.address();
    let mut client = server.connect_client()?;
    client.sends("hello")?;
    client.receives(gbk("收到 5 字节\n"))?;
    client.receives_the_end()?;
    kernel::fin_is_acknowledged(program.deadline, address)?;
    client.closes();
    server.exits_with_status_0()?;
    kernel::shows(program.deadline, State::TimeWait, address)?;

    let refused =
        starts_with(format!("error: bind {address}: Address already in use (os error 98)\n"))
            .and(contains("\nhint: "))
            .and(contains("TIME_WAIT"))
            .and(contains("lesson-04"));
    let again = run(program, &[&address.to_string(), "--server-first"])?;
    again.try_code(1)?.try_stdout("")?.try_stderr(refused)?;
    Ok(())
}

/// A client that is reset leaves no TIME_WAIT anywhere.
pub fn a_reset_leaves_nothing_behind(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let address = server.address();
    let mut client = server.connect_client()?;
    client.sends("hello")?;
    server.shows(&client, &["hello"])?;
    client.resets()?;
    server.exits_with_status_0()?;
    kernel::keeps_nothing_on(program.deadline, address)?;
    kernel::keeps_neither_end(program.deadline, client.address(), address)
}

/// A server that closes with bytes unread resets the connection, but the client can still read the
/// reply that it sent before.
pub fn a_reply_before_a_reset_can_still_be_read(program: &Program) -> Verdict {
    let server = Server::start_with(program, own_address(), &["--server-first"])?;
    let address = server.address();
    let client = server.connect_client()?;
    client.sends("x".repeat(3000))?;
    server.has_said("the server closed first")?;
    client.receives(gbk("收到 1024 字节\n"))?;
    client.is_reset()?;
    server.exits_with_status_0()?;
    kernel::keeps_nothing_on(program.deadline, address)
}
