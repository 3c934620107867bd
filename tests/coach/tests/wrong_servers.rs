//! The coach is examined too: every wrong server is caught, by the behaviour that names its fault,
//! with the words that a learner would read.
//!
//! The words are kept in `tests/coach/golden/`. Where they were changed on purpose,
//! `SNAPSHOTS=overwrite cargo test -p coach wrong_servers` writes them anew.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use behaviours::{EXERCISES, Exercise, side_by_side};
use coach::examination::{examine_one, first_fault};
use coach::report::{Detail, Report};
use stage::{Deadline, Fault, Lang, Program, Stage, Verdict};

/// How long a wrong server may keep the examiner waiting.
const PATIENCE: Duration = Duration::from_secs(3);

/// The exercise, the fault, the behaviour that has to catch it, and the cause that it has to name.
const CAUGHT: [(&str, &str, &str, &str); 34] = [
    ("01", "never-listens", "what_one_recv_brings_is_printed", "never-listened"),
    ("01", "ends-in-silence", "what_one_recv_brings_is_printed", "printed-nothing"),
    (
        "01",
        "prints-the-whole-buffer",
        "what_one_recv_brings_is_printed",
        "printed-the-whole-buffer",
    ),
    ("01", "answers-in-utf-8", "the_answer_comes_whole", "answered-in-utf-8"),
    ("01", "answers-in-part", "the_answer_comes_whole", "answered-in-part"),
    ("01", "never-answers", "the_answer_comes_whole", "never-answered"),
    ("01", "waits-for-the-client", "a_silent_client_is_not_waited_for_twice", "waits-for-more"),
    (
        "01",
        "receives-more-than-1024",
        "of_3000_bytes_1024_are_printed_and_answered",
        "received-more-than-1024",
    ),
    ("02", "does-not-flush", "what_comes_is_printed_at_once", "not-flushed"),
    ("02", "prints-nothing", "what_comes_is_printed_at_once", "not-flushed"),
    ("02", "floods", "what_comes_is_printed_at_once", "flooded"),
    (
        "02",
        "decodes-each-recv-alone",
        "a_character_split_by_time_comes_out_whole",
        "decoded-each-recv-alone",
    ),
    (
        "02",
        "decodes-each-recv-alone",
        "a_character_split_by_the_buffer_comes_out_whole",
        "decoded-each-recv-alone",
    ),
    ("02", "receives-once", "a_character_split_by_time_comes_out_whole", "stopped-too-early"),
    ("02", "receives-once", "a_long_call_arrives_whole", "stopped-too-early"),
    (
        "02",
        "prints-at-the-end",
        "the_end_prints_the_total_and_nothing_else",
        "printed-at-end-of-stream",
    ),
    ("02", "miscounts", "bytes_and_characters_are_counted", "wrong-total"),
    ("02", "decodes-strictly", "a_stray_byte_is_replaced", "strict-decoding"),
    (
        "02",
        "forgets-the-half",
        "half_a_character_at_the_end_is_replaced",
        "half-a-character-forgotten",
    ),
    ("02", "crashes-on-reset", "a_reset_ends_the_call_with_the_total", "crashed-on-reset"),
    ("03", "echoes-at-the-end", "every_byte_comes_back_at_once", "never-answered"),
    (
        "03",
        "drops-the-last-piece",
        "a_half_closing_client_gets_everything_back",
        "closed-with-bytes-unsent",
    ),
    ("03", "gives-up-on-silence", "a_silent_client_is_waited_for", "closed-first"),
    ("03", "closes-first", "time_wait_is_the_clients", "closed-first"),
    ("03", "corrupts-a-byte", "ten_megabytes_come_back_whole", ""),
    ("03", "gives-up-when-send-waits", "a_client_that_reads_late_gets_everything_back", "deadlock"),
    ("04", "closes-by-reset", "the_first_client_is_bidden_farewell", "reset-instead-of-close"),
    ("04", "asks-for-nothing", "it_starts_again_at_once_on_the_same_port", "port-in-time-wait"),
    ("04", "shares-the-port", "a_second_one_is_refused_while_it_listens", "shares-the-port"),
    ("00", "never-half-closes", "its_input_is_sent_in_gbk", "no-half-close"),
    ("00", "sends-utf-8", "its_input_is_sent_in_gbk", "not-in-gbk"),
    ("00", "receives-one-reply", "the_whole_reply_is_printed", "stopped-too-early"),
    ("00", "calls-failure-success", "a_refused_call_is_an_error", "error-taken-for-success"),
    ("00", "calls-failure-success", "a_reset_call_is_an_error", "error-taken-for-success"),
];

#[test]
fn every_wrong_server_is_caught_in_the_words_that_are_kept() -> Verdict {
    // Most of them only wait, and so need no core of their own.
    let wrong = side_by_side(12, &CAUGHT, |case| {
        is_caught(case).err().map(|fault| format!("{case:?}: {fault:?}"))
    });
    let wrong: Vec<_> = wrong.into_iter().flatten().collect();
    if wrong.is_empty() { Ok(()) } else { Err(Fault::new(wrong.join("\n\n"))) }
}

#[test]
fn every_behaviour_is_seen_to_fail() {
    let behaviours = EXERCISES.iter().flat_map(|exercise| exercise.table);
    let all: BTreeSet<&str> = behaviours.map(|behaviour| behaviour.name).collect();
    let caught: BTreeSet<&str> = CAUGHT.iter().map(|(_, _, behaviour, _)| *behaviour).collect();
    assert_eq!(all, caught);
}

/// Which is what a hint is given for.
#[test]
fn the_first_fault_is_that_of_the_first_behaviour_that_fails() -> Verdict {
    let first = |fault: &str| -> Result<_, Fault> {
        let exercise = Exercise::numbered("02").ok_or_else(|| Fault::new("no such exercise"))?;
        let first = first_fault(exercise, &program(exercise, fault));
        Ok(first.map(|examined| examined.behaviour.name))
    };
    assert_eq!(first("crashes-on-reset")?, Some("a_reset_ends_the_call_with_the_total"));
    assert_eq!(first("forgets-nothing")?, None);
    Ok(())
}

#[test]
fn no_words_are_kept_that_nobody_says() -> Verdict {
    let said: BTreeSet<String> = CAUGHT.iter().map(file_name).collect();
    for lang in ["en", "zh-CN"] {
        for entry in std::fs::read_dir(golden(lang))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            assert!(said.contains(&name), "{lang}/{name}");
        }
    }
    Ok(())
}

fn is_caught(case: &(&str, &str, &str, &str)) -> Verdict {
    let (number, fault, behaviour, cause) = *case;
    let exercise = Exercise::numbered(number).ok_or_else(|| Fault::new("no such exercise"))?;
    let behaviour = exercise.table.iter().find(|known| known.name == behaviour);
    let behaviour = behaviour.ok_or_else(|| Fault::new("no such behaviour"))?;

    let deadline = Deadline::after(PATIENCE);
    let examined = examine_one(behaviour, &program(exercise, fault), deadline);
    let named = examined.cause.unwrap_or_default();
    let mut report = Report::of(exercise);
    report.examined.push(examined);
    if report.passed() || report.count() > 0 {
        return Err(Fault::new("it is not caught"));
    }
    for (name, lang) in [("en", Lang::En), ("zh-CN", Lang::ZhCn)] {
        let (file, said) = (golden(name).join(file_name(case)), report.text(lang, Detail::All));
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

fn program(exercise: &Exercise, fault: &str) -> Program {
    let command = [env!("CARGO_BIN_EXE_wrong-server"), fault, "{address}"].map(str::to_owned);
    exercise.program(&Stage::of_our_group(), command.into())
}

fn golden(lang: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(lang)
}

fn file_name((_, fault, behaviour, _): &(&str, &str, &str, &str)) -> String {
    format!("{fault}.{behaviour}.txt")
}
