//! Who may take an address that is still in use: lesson 04's table.

use std::time::Duration;

use assert_cmd::assert::OutputAssertExt;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_match};

use stage::fault::same;
use stage::{Deadline, Fault, Program, Verdict};

use crate::contract::run;

/// What the table of lesson 04 must say on Linux, row by row.
const ON_LINUX: [(&str, &str, &str, bool); 13] = [
    ("TIME_WAIT", "Nothing", "Nothing", false),
    ("TIME_WAIT", "Nothing", "SO_REUSEADDR", false),
    ("TIME_WAIT", "SO_REUSEADDR", "Nothing", false),
    ("TIME_WAIT", "SO_REUSEADDR", "SO_REUSEADDR", true),
    ("listening", "Nothing", "Nothing", false),
    ("listening", "Nothing", "SO_REUSEADDR", false),
    ("listening", "Nothing", "SO_REUSEPORT", false),
    ("listening", "SO_REUSEADDR", "Nothing", false),
    ("listening", "SO_REUSEADDR", "SO_REUSEADDR", false),
    ("listening", "SO_REUSEADDR", "SO_REUSEPORT", false),
    ("listening", "SO_REUSEPORT", "Nothing", false),
    ("listening", "SO_REUSEPORT", "SO_REUSEADDR", false),
    ("listening", "SO_REUSEPORT", "SO_REUSEPORT", true),
];

/// The option must have been set on the old socket too, and no option but SO_REUSEPORT on both
/// shares a port with a live listener.
pub fn each_row_of_the_table_is_true(program: &Program) -> Verdict {
    let shown = run(program, &[])?.try_success()?.try_stderr("")?;
    let shown = String::from_utf8(shown.get_output().stdout.clone())?;
    let mut old_server = "";
    let mut rows = Vec::new();
    for line in shown.lines() {
        if line.starts_with("New servers") {
            old_server = if line.contains("TIME_WAIT") { "TIME_WAIT" } else { "listening" };
        }
        let mut words = line.split_whitespace();
        if let (Some(old), Some(new)) = (words.next(), words.next())
            && ["Nothing", "SO_REUSEADDR", "SO_REUSEPORT"].contains(&old)
        {
            let answer = words.collect::<Vec<_>>().join(" ");
            if answer != "works" && answer != "Address already in use (os error 98)" {
                return Err(Fault::new(format!("an answer of another kind: {line}")));
            }
            rows.push((old_server, old, new, answer == "works"));
        }
    }
    same(rows.as_slice(), &ON_LINUX)
}

/// TIME_WAIT is shown before the table, as the kernel holds it.
pub fn time_wait_is_shown(program: &Program) -> Verdict {
    let kept = is_match(r"\n  127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+ TIME_WAIT\n")?;
    run(program, &[])?.try_success()?.try_stdout(kept)?;
    Ok(())
}

/// Rust's own `TcpListener::bind` asks for SO_REUSEADDR without being told to, on Unix.
pub fn the_standard_library_sets_the_option_on_unix(program: &Program) -> Verdict {
    let line = format!("TcpListener::bind sets SO_REUSEADDR by itself: {}\n", cfg!(unix));
    run(program, &[])?.try_success()?.try_stdout(contains(line))?;
    Ok(())
}

/// What is different on macOS and Windows is said.
pub fn prints_notes_for_macos_and_windows(program: &Program) -> Verdict {
    let said = contains("macOS").and(contains("SO_EXCLUSIVEADDRUSE"));
    run(program, &[])?.try_success()?.try_stdout(said)?;
    Ok(())
}

/// It takes no address: a word is one clear line and status 2.
pub fn an_address_is_a_bad_argument(program: &Program) -> Verdict {
    run(program, &["127.0.0.1:0"])?
        .try_code(2)?
        .try_stdout("")?
        .try_stderr(is_match("^error: [^\n]+\n$")?)?;
    Ok(())
}

/// TIME_WAIT ends by itself: 60 s on Linux (TCP_TIMEWAIT_LEN in include/net/tcp.h), counted by a
/// timer wheel that may be up to 2 s late.
pub fn time_wait_ends_after_a_minute(program: &Program) -> Verdict {
    let waiting = program.start(&["--wait"])?;
    let shown = waiting.ends(Deadline::after(Duration::from_secs(90)))?.assert().try_success()?;
    let shown = String::from_utf8(shown.get_output().stdout.clone())?;
    let seconds = shown
        .lines()
        .find_map(|line| {
            line.strip_prefix("A plain bind took ")?.strip_suffix(" s after the close.")
        })
        .and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .ok_or_else(|| Fault::new(format!("no seconds in {shown:?}")))?;
    if (60.0..66.0).contains(&seconds) {
        return Ok(());
    }
    Err(Fault::new(format!("{seconds} s")))
}
