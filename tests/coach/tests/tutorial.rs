//! What the book says of the two programs that the course grew out of.

use assert_cmd::assert::OutputAssertExt;
use shared::socket_table::{self, State};
use stage::{Fault, Program, Server, Stage, Verdict};

use crate::other_languages::have;

/// The server of a beginner's tutorial, and where it listens; none without Python.
fn tutorial(program: &str) -> Result<Option<Server>, Fault> {
    if !have("python3") {
        return Ok(None);
    }
    let file = format!("{}/other-languages/{program}", env!("CARGO_MANIFEST_DIR"));
    let command = ["python3", &file, "{port}"].map(str::to_owned);
    Server::start(&Program::command(&Stage::of_our_group(), command.into())).map(Some)
}

#[test]
fn tutorial_servers_crash_on_half_a_character() -> Verdict {
    let programs = ["tutorial_once.py", "tutorial_loop.py"];
    // Half a character, and a byte that is not valid GBK.
    for (program, bytes) in
        programs.iter().flat_map(|program| [(program, b"\xc4"), (program, b"\xff")])
    {
        let Some(server) = tutorial(program)? else { return Ok(()) };
        server.connect_client()?.sends(bytes)?;
        let output = server.ends()?.assert().code(1);
        let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(said.contains("UnicodeDecodeError: 'gbk' codec"), "{program}: {said}");
    }
    Ok(())
}

#[test]
fn tutorial_loop_prints_an_empty_line_at_the_end() -> Verdict {
    let Some(server) = tutorial("tutorial_loop.py")? else { return Ok(()) };
    let client = server.connect_client()?;
    client.sends("hello")?;
    client.half_closes()?;
    let output = server.ends()?.assert().success();
    let printed = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    let texts: Vec<_> = printed.lines().filter_map(|line| line.split_once(">>>")).collect();
    assert_eq!(texts.iter().map(|(_, text)| *text).collect::<Vec<_>>(), ["hello", ""]);
    Ok(())
}

#[test]
fn tutorial_loop_crashes_on_a_reset() -> Verdict {
    let Some(server) = tutorial("tutorial_loop.py")? else { return Ok(()) };
    server.connect_client()?.resets()?;
    let output = server.ends()?.assert().code(1);
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(said.contains("ConnectionResetError"), "{said}");
    Ok(())
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reads the kernel's table")]
fn tutorial_servers_listen_on_every_address() -> Verdict {
    let Some(server) = tutorial("tutorial_once.py")? else { return Ok(()) };
    server.listens()?;
    let sockets = socket_table::on(server.address())?;
    let listener = sockets.iter().find(|entry| entry.state == State::Listen);
    assert!(listener.is_some_and(|entry| entry.local.ip().is_unspecified()));
    Ok(())
}
