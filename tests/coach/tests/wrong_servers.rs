//! The coach is examined too: every wrong server is caught, by the behaviour that names its fault,
//! with the words that a learner would read.
//!
//! The words are kept in `tests/coach/golden/`. If you have changed them on purpose,
//! `SNAPSHOTS=overwrite cargo test -p coach wrong_servers` writes them again.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use behaviours::{EXERCISES, Exercise, side_by_side};
use coach::examination::{examine_one, first_fault};
use coach::report::{Detail, Report, Until};
use stage::{Fault, Lang, Program, Stage, Verdict};

/// How long a wrong server may keep the examiner waiting.
const PATIENCE: Duration = Duration::from_secs(5);

/// A line of the table `wrong_servers.txt`.
#[derive(Debug)]
struct Case {
    exercise: &'static str,
    fault: &'static str,
    behaviour: &'static str,
    /// Empty where none is recognised.
    cause: &'static str,
}

fn cases() -> Vec<Case> {
    let lines = include_str!("wrong_servers.txt").lines().filter(|line| !line.starts_with('#'));
    let case = |line: &'static str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let [exercise, fault, behaviour, cause] = words[..] else { panic!("four words: {line}") };
        Case { exercise, fault, behaviour, cause: cause.trim_matches('-') }
    };
    lines.map(case).collect()
}

#[test]
fn every_wrong_server_is_caught_in_the_words_that_are_kept() -> Verdict {
    // Standard output may be a terminal.
    console::set_colors_enabled(false);
    // Most of them only wait, so they can share the cores.
    let wrong = side_by_side(12, &cases(), |case| {
        is_caught(case).err().map(|fault| format!("{case:?}: {fault:?}"))
    });
    let wrong: Vec<_> = wrong.into_iter().flatten().collect();
    if wrong.is_empty() { Ok(()) } else { Err(Fault::new(wrong.join("\n\n"))) }
}

#[test]
fn every_behaviour_is_seen_to_fail() {
    let behaviours = EXERCISES.iter().flat_map(|exercise| exercise.table);
    let all: BTreeSet<&str> = behaviours.map(|behaviour| behaviour.name).collect();
    let caught: BTreeSet<&str> = cases().iter().map(|case| case.behaviour).collect();
    assert_eq!(all, caught);
}

/// Which is what a hint is given for.
#[test]
fn the_first_fault_is_that_of_the_first_behaviour_that_fails() -> Verdict {
    let first = |fault: &str| -> Result<_, Fault> {
        let exercise = Exercise::numbered("02").ok_or_else(|| Fault::new("no such exercise"))?;
        let first = first_fault(exercise, &program("02", fault));
        Ok(first.map(|examined| examined.behaviour.name))
    };
    assert_eq!(first("crashes-on-reset")?, Some("a_reset_ends_the_connection_with_the_total"));
    assert_eq!(first("forgets-nothing")?, None);
    Ok(())
}

#[test]
fn every_golden_report_is_used() -> Verdict {
    let said: BTreeSet<String> = cases().iter().map(file_name).collect();
    for lang in ["en", "zh-CN"] {
        for entry in std::fs::read_dir(golden(lang))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            assert!(said.contains(&name), "{lang}/{name}");
        }
    }
    Ok(())
}

fn is_caught(case: &Case) -> Verdict {
    let Case { exercise: number, fault, behaviour, cause } = *case;
    let exercise = Exercise::numbered(number).ok_or_else(|| Fault::new("no such exercise"))?;
    let behaviour = exercise.table.iter().find(|known| known.name == behaviour);
    let behaviour = behaviour.ok_or_else(|| Fault::new("no such behaviour"))?;

    // Whether a write is cut short depends on where in the stream the kernel has to wait: on a busy
    // machine about one examination in twenty does not meet such a place.
    let tries = if fault == "writes-once" { 5 } else { 1 };
    let mut examined = examine_one(behaviour, &program(number, fault), PATIENCE);
    for _try in 1..tries {
        if examined.cause != Some(cause) {
            examined = examine_one(behaviour, &program(number, fault), PATIENCE);
        }
    }
    let named = examined.cause.unwrap_or_default();
    let mut report = Report::of(exercise);
    report.examined.push(examined);
    if report.passed() || report.count() > 0 {
        return Err(Fault::new("it is not caught"));
    }
    for (name, lang) in [("en", Lang::En), ("zh-CN", Lang::ZhCn)] {
        let (file, said) =
            (golden(name).join(file_name(case)), report.text(lang, Detail::All, Until::End));
        let said = match fault {
            "writes-once" => without_numbers_of_bytes(&said),
            // On a busy machine a run may leave no TIME_WAIT behind (RFC 1337): then it takes one more.
            "retries-bind" => without_steps(&said),
            // Which lines are mixed is different each time.
            "mixes-lines" => without_the_line(&said),
            // How far the next client gets depends on how quickly the server ends.
            "one-client-only"
            | "ends-at-a-reset"
            | "ends-at-the-incomplete"
            | "ends-with-one-client" => without_steps(&said),
            _ => said,
        };
        if std::env::var("SNAPSHOTS").is_ok_and(|asked| asked == "overwrite") {
            std::fs::write(&file, &said)?;
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        if kept.replace("\r\n", "\n") != said {
            return Err(Fault::new(format!("kept:\n{kept}\nsaid:\n{said}")));
        }
    }
    if named != cause {
        return Err(Fault::new(format!("the cause is {named:?}")));
    }
    Ok(())
}

/// Numbers of more than three digits as `N`.
fn without_numbers_of_bytes(report: &str) -> String {
    let is_number = |word: &str| word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    let words = report.split(' ').map(|word| if is_number(word) { "N" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Without the lines that begin with a number.
fn without_steps(report: &str) -> String {
    let is_step = |line: &&str| line.trim_start().starts_with(|first: char| first.is_ascii_digit());
    report.split_inclusive('\n').filter(|line| !is_step(line)).collect()
}

/// Without the line that was sent, which is in quotes after `!`.
fn without_the_line(report: &str) -> String {
    let cut = |line: &str| match line.split_once('"') {
        Some((before, _)) if line.trim_start().starts_with('!') => format!("{before}\n"),
        _ => line.to_owned(),
    };
    report.split_inclusive('\n').map(cut).collect()
}

fn program(number: &str, fault: &str) -> Program {
    let program = match number {
        "06" => env!("CARGO_BIN_EXE_wrong-conference-server"),
        "05" => env!("CARGO_BIN_EXE_wrong-parcel-server"),
        "07" => env!("CARGO_BIN_EXE_wrong-manners-server"),
        _ => env!("CARGO_BIN_EXE_wrong-server"),
    };
    let command = [program, fault, "{address}"].map(str::to_owned);
    Program::command(&Stage::of_our_group(), command.into())
}

fn golden(lang: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(lang)
}

fn file_name(case: &Case) -> String {
    format!("{}.{}.txt", case.fault, case.behaviour)
}
