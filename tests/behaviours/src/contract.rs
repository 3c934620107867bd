//! What every lesson that listens does alike: its arguments, its errors, its exit statuses.

use std::io::{BufRead, BufReader, PipeReader};
use std::process::Output;
use std::sync::mpsc;
use std::thread;

use assert_cmd::assert::{Assert, OutputAssertExt};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_match, starts_with};
use shared::socket_table::{self, Entry, State};
use stage::fault::same;
use stage::{Deadline, Fault, Program, Server, Verdict, kernel};

/// Runs a lesson with `arguments` alone, to its end.
pub fn run(program: &Program, arguments: &[&str]) -> Result<Assert, Fault> {
    Ok(program.start(arguments)?.ends(program.deadline)?.assert())
}

/// `--help` says how the program is used, and that is not an error.
pub fn help_explains(program: &Program) -> Verdict {
    run(program, &["--help"])?
        .try_success()?
        .try_stdout(contains("Usage: lesson-0"))?
        .try_stderr("")?;
    Ok(())
}

/// A word that the program does not know is one clear line, and status 2.
pub fn a_bad_argument_is_one_line_and_status_2(program: &Program) -> Verdict {
    let wrong: [&[&str]; 9] = [
        &["localhost:7788"],
        &["127.0.0.1"],
        &["127.0.0.1:65536"],
        &["7788"],
        &["127.0.0.1:0", "127.0.0.1:0"],
        &["--nonsense"],
        &["--forged\nerror: line"],
        &["\x1b[2J"],
        &[""],
    ];
    for arguments in wrong {
        run(program, arguments)?
            .try_code(2)?
            .try_stdout("")?
            .try_stderr(is_match("^error: [^\n\x1b]+\n$")?)?;
    }
    Ok(())
}

/// A port on which another program listens is an error with a hint, and status 1.
pub fn a_port_in_use_is_an_error_with_a_hint(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let address = server.address().to_string();
    // Windows words it in another way.
    let in_use = if cfg!(unix) { "Address already in use" } else { "" };
    let explained = starts_with(format!("error: bind {address}: {in_use}"))
        .and(is_match(format!("\nhint: [^\n]*{address}[^\n]*lesson-04"))?)
        .and(is_match("^[^\n]+\n[^\n]+\n$")?);
    run(program, &[&address])?.try_code(1)?.try_stdout("")?.try_stderr(explained)?;
    Ok(())
}

/// An address that this machine does not have is an error with a hint. No machine has an address
/// in 192.0.2.0/24 (RFC 5737).
pub fn an_address_of_another_machine_is_an_error_with_a_hint(program: &Program) -> Verdict {
    run(program, &["192.0.2.1:7788"])?.try_code(1)?.try_stderr(is_match(
        "^error: bind 192.0.2.1:7788: [^\n]+\nhint: [^\n]+127.0.0.1[^\n]+\n$",
    )?)?;
    Ok(())
}

/// An IPv6 address is written in brackets, before the port and in the transcript.
pub fn ipv6_is_served_too(program: &Program) -> Verdict {
    let server = Server::start_on(program, "[::1]:0".parse()?)?;
    let client = server.connect_client()?;
    client.sends("hello")?;
    client.half_closes()?;
    let printed = server.ends()?.assert().try_success()?;
    printed.try_stdout(
        starts_with("[::1]:").and(contains("]:0>>>").not()).and(contains(">>>hello\n")),
    )?;
    Ok(())
}

/// A server that meets no error writes only `listening on` to standard error.
pub fn standard_error_says_where_it_listens_and_no_more(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let address = server.address();
    let client = server.connect_client()?;
    client.sends("hello")?;
    client.closes_gracefully()?;
    server.ends()?.assert().try_success()?.try_stderr(format!("listening on {address}\n"))?;
    Ok(())
}

/// It listens on the address that it was given and on no other: not on every address of the machine.
pub fn it_listens_where_it_was_told_to_and_nowhere_else(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let table = socket_table::read()?;
    let ports = |entry: &&Entry| entry.local.port() == server.address().port();
    let listening = table.iter().filter(ports).filter(|entry| entry.state == State::Listen);
    let addresses: Vec<_> = listening.map(|entry| entry.local).collect();
    same(&addresses.contains(&server.address()), &true)?;
    same(&addresses.iter().any(|address| address.ip().is_unspecified()), &false)
}

/// `lesson-NN | head -1` ends quietly when head has had its line.
pub fn a_closed_output_ends_it_quietly(program: &Program) -> Verdict {
    let (read_end, write_end) = std::io::pipe()?;
    let server = Server::start_printing_to(program, write_end)?;
    let address = server.address();
    let client = server.connect_client()?;
    client.sends("one")?;
    head(read_end, program.deadline)?;
    // A process that another test is just starting may hold a copy of the read end for a moment.
    server.is_sent_bytes_until_it_ends(&client, "two")?;
    server.ends()?.assert().try_success()?.try_stderr(format!("listening on {address}\n"))?;
    Ok(())
}

/// Reads one line and closes, as `head -1` does.
fn head(pipe: PipeReader, deadline: Deadline) -> Verdict {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(BufReader::new(pipe).read_line(&mut String::new())));
    told.recv_timeout(deadline.left())??;
    Ok(())
}

/// If standard output is closed, the program ends quietly, even before the first line.
pub fn a_closed_standard_output_ends_it_quietly(program: &Program) -> Verdict {
    let (read_end, write_end) = std::io::pipe()?;
    drop(read_end);
    let server = Server::start_printing_to(program, write_end)?;
    let address = server.address();
    let client = server.connect_client()?;
    server.is_sent_bytes_until_it_ends(&client, "one")?;
    server.ends()?.assert().try_success()?.try_stderr(format!("listening on {address}\n"))?;
    Ok(())
}

/// If the program can't write its transcript, it does not exit with success.
pub fn a_full_disk_is_an_error(program: &Program) -> Verdict {
    let full = std::fs::File::options().write(true).open("/dev/full")?;
    let server = Server::start_printing_to(program, full)?;
    let client = server.connect_client()?;
    client.sends("one")?;
    server.ends()?.assert().try_code(1)?.try_stderr(is_match("\nerror: [^\n]+\n$")?)?;
    Ok(())
}

/// Ctrl-C ends it at once while it waits for a client, and the port is free.
pub fn ctrl_c_ends_it_while_it_waits_for_a_client(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let address = server.address();
    server.gets_ctrl_c()?;
    ended_by_ctrl_c(&server.ends()?)?;
    kernel::keeps_nothing_on(program.deadline, address)
}

/// Ctrl-C ends it at once in mid call, and the kernel closes for it: the server has closed first.
pub fn ctrl_c_ends_it_during_a_connection(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let address = server.address();
    let mut client = server.connect_client()?;
    kernel::has_accepted(program.deadline, address)?;
    server.gets_ctrl_c()?;
    client.receives_the_end()?;
    ended_by_ctrl_c(&server.ends()?)?;
    kernel::fin_is_acknowledged(program.deadline, address)?;
    client.closes();
    kernel::shows(program.deadline, State::TimeWait, address)
}

fn ended_by_ctrl_c(ended: &Output) -> Verdict {
    let how = ended.status.to_string();
    same(&ended.stdout.len(), &0)?;
    // Where it listens, and from lesson 06 on who has connected.
    let said = String::from_utf8_lossy(&ended.stderr);
    same(&said.lines().filter(|line| !line.ends_with(" connected (1 now)")).count(), &1)?;
    if how.contains("SIGINT") { Ok(()) } else { Err(Fault::new(how)) }
}
