//! Every wait ends, whatever the program does that is waited for.

use std::time::{Duration, Instant};

use stage::{Deadline, Fault, Program, Server, Stage, Verdict};

/// How long the programs of these tests are examined.
const PATIENCE: Duration = Duration::from_millis(300);
/// Much longer, for a busy machine, and much shorter than without end.
const LONG: Duration = Duration::from_secs(10);

/// A program that runs, and never listens.
fn sleeper(stage: &Stage) -> Program {
    // Windows has no sleep, but a ping that takes as long.
    let command: &[&str] =
        if cfg!(windows) { &["ping", "-n", "300", "127.0.0.1"] } else { &["sleep", "300"] };
    let command = command.iter().map(|word| word.to_string()).collect();
    Program::command(stage, command).afresh(Deadline::after(PATIENCE))
}

fn ends_in_time<T>(wait: impl FnOnce() -> Result<T, Fault>, is: fn(&Fault) -> bool) {
    let begin = Instant::now();
    let fault = wait().err().expect("it never comes");
    assert!(is(&fault), "{fault:?}");
    assert!(begin.elapsed() < LONG, "waited {:?}", begin.elapsed());
}

#[test]
fn a_program_that_runs_and_never_listens_is_given_up() -> Verdict {
    let server = Server::start(&sleeper(&Stage::of_our_group()))?;
    ends_in_time(|| server.connect_client(), |fault| matches!(fault, Fault::NeverListened(None)));
    Ok(())
}

#[test]
fn a_second_program_that_is_never_refused_is_given_up() -> Verdict {
    let server = Server::start(&sleeper(&Stage::of_our_group()))?;
    ends_in_time(|| server.is_refused(), |fault| matches!(fault, Fault::DidNotEnd));
    Ok(())
}

#[test]
fn a_program_that_says_nothing_and_does_not_end_is_given_up() -> Verdict {
    let program = sleeper(&Stage::of_our_group());
    let server = Server::start(&program)?;
    ends_in_time(|| server.has_said("anything"), |fault| matches!(fault, Fault::Printed { .. }));
    ends_in_time(|| server.exits_with_status_0(), |fault| matches!(fault, Fault::DidNotEnd));
    Ok(())
}

#[test]
fn a_closed_stage_ends_its_programs_and_starts_no_other() -> Verdict {
    let stage = Stage::new();
    let program = sleeper(&stage).afresh(Deadline::after(LONG));
    let server = Server::start(&program)?;
    stage.close();
    let status = server.ends()?.status;
    assert!(!status.success(), "{status}");
    assert!(Server::start(&program).is_err());
    Ok(())
}
