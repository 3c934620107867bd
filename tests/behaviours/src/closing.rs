//! How a call ends, and what the kernel keeps of it.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_match, starts_with};
use shared::gbk;
use shared::socket_table::State;

use stage::loopback::free_address;
use stage::{Program, Server, Verdict, kernel};

/// All that a server says of a reset: one line, and lesson 03 what the kernel keeps.
const RESET: &str = "^listening on [^\n]+\nthe client reset the connection\n(the kernel keeps nothing on port [0-9]+\n)?$";

/// A caller who throws the connection away before he has said anything is reported in one line,
/// and the server ends as after any call.
pub fn a_reset_before_any_byte_is_reported(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let mut client = server.is_called()?;
    client.resets()?;
    server.ends()?.try_success()?.try_stdout("")?.try_stderr(is_match(RESET)?)?;
    Ok(())
}

/// What a caller had said stays printed when he throws the connection away.
pub fn a_reset_after_some_bytes_leaves_them_printed(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let mut client = server.is_called()?;
    client.sends("hello")?;
    server.has_printed(&client.transcript(&["hello"]))?;
    client.resets()?;
    let printed = client.transcript(&["hello"]);
    server.ends()?.try_success()?.try_stdout(printed)?.try_stderr(is_match(RESET)?)?;
    Ok(())
}

/// A client that has said everything (FIN) is heard to the end, and sees the server close.
pub fn a_half_closing_client_is_heard_to_the_end(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("last words")?;
    client.half_closes()?;
    client.receives_the_end()?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&["last words"]))?;
    Ok(())
}

/// A half-closing client gets its reply, and then the end of the stream.
pub fn a_half_closing_client_gets_its_reply(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(gbk("你好"))?;
    client.half_closes()?;
    client.receives(gbk("收到 4 字节\n"))?;
    client.receives_the_end()?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&["你好"]))?;
    Ok(())
}

/// Each piece is answered with its number of bytes, as soon as it has come.
pub fn each_piece_is_answered_with_its_size(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("hello")?;
    client.receives(gbk("收到 5 字节\n"))?;
    client.sends(gbk("你好，世界"))?;
    client.receives(gbk("收到 10 字节\n"))?;
    client.hangs_up()?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&["hello", "你好，世界"]))?;
    Ok(())
}

/// The side that closes first keeps TIME_WAIT. A client that closes first leaves the server's port
/// free at once: the same server, which asks for no SO_REUSEADDR, starts on it again.
pub fn a_client_that_closes_first_leaves_the_port_free_at_once(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let address = server.address();
    let client = server.is_called()?;
    client.sends("hello")?;
    client.hangs_up()?;
    server.ends()?.try_success()?;

    kernel::shows_client(State::TimeWait, &client)?;
    kernel::keeps_nothing_on(address)?;
    let again = Server::start_on(program, address)?;
    let mut client = again.is_called()?;
    client.closes();
    again.ends()?.try_success()?;
    Ok(())
}

/// The server says which side closed first, and what the kernel keeps on its port.
pub fn the_server_says_that_the_client_closed_first(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let mut client = server.is_called()?;
    client.closes();
    let kept = contains("keeps nothing on port").or(contains("LAST_ACK"));
    let said = contains("\nthe client closed first\n").and(kept).and(contains("TIME_WAIT").not());
    server.ends()?.try_success()?.try_stderr(said)?;
    Ok(())
}

/// While the client's end is still open, the server that closed first is in FIN_WAIT2 (FIN_WAIT1
/// until the client's kernel has acknowledged), and says so.
pub fn a_server_that_closes_first_is_left_in_fin_wait(program: &Program) -> Verdict {
    let server = Server::start_with(program, free_address(), &["--server-first"])?;
    let address = server.address();
    let client = server.is_called()?;
    client.sends("hello")?;
    client.receives(gbk("收到 5 字节\n"))?;
    client.receives_the_end()?;
    let end = format!("{address} -> {}", client.address());
    let said = contains("\nthe server closed first\n")
        .and(contains(format!("the kernel keeps {end} FIN_WAIT")));
    server.ends()?.try_success()?.try_stderr(said)?;
    kernel::shows(State::FinWait2, address)
}

/// A server that closes first leaves TIME_WAIT on its own port: the same command fails at once,
/// and says why.
pub fn a_server_that_closes_first_can_not_start_again(program: &Program) -> Verdict {
    let server = Server::start_with(program, free_address(), &["--server-first"])?;
    let address = server.address();
    let mut client = server.is_called()?;
    client.sends("hello")?;
    client.receives(gbk("收到 5 字节\n"))?;
    client.receives_the_end()?;
    client.closes();
    server.ends()?.try_success()?;
    kernel::shows(State::TimeWait, address)?;

    let refused =
        starts_with(format!("error: bind {address}: Address already in use (os error 98)\n"))
            .and(contains("hint: the kernel still keeps "))
            .and(contains("TIME_WAIT"))
            .and(contains("lesson-04"));
    let address = address.to_string();
    program
        .start(&[&address, "--server-first"])?
        .ends()?
        .try_code(1)?
        .try_stdout("")?
        .try_stderr(refused)?;
    Ok(())
}

/// A client that is reset leaves no TIME_WAIT anywhere.
pub fn a_reset_leaves_nothing_behind(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let address = server.address();
    let mut client = server.is_called()?;
    client.sends("hello")?;
    server.has_printed(&client.transcript(&["hello"]))?;
    client.resets()?;
    server.ends()?.try_success()?;
    kernel::keeps_nothing_on(address)?;
    kernel::keeps_nothing_of(&client)
}

/// A server that closes with bytes unread throws the connection away, but the reply that it sent
/// before can still be read.
pub fn a_reply_before_a_reset_can_still_be_read(program: &Program) -> Verdict {
    let server = Server::start_with(program, free_address(), &["--server-first"])?;
    let address = server.address();
    let client = server.is_called()?;
    client.sends("x".repeat(3000))?;
    server.has_said("the server closed first")?;
    client.receives(gbk("收到 1024 字节\n"))?;
    client.is_reset()?;
    server.ends()?.try_success()?;
    kernel::keeps_nothing_on(address)
}
