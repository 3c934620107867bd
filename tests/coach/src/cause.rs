//! Why a program does what it does wrong, where that is recognised: by its name, under which
//! [`crate::words::causes`] has the words.

mod conference;
mod manners;
mod parcel;

use behaviours::Behaviour;
use stage::Activity;
use stage::difference::Difference;
use stage::fault::{Ending, Fault, Stop, Until};

/// There is nothing to start.
pub const NO_ANSWER: &str = "no-answer";
/// Its command can't be started.
pub const DOES_NOT_START: &str = "does-not-start";
/// The compiler makes no program of it.
pub const DOES_NOT_COMPILE: &str = "does-not-compile";
/// The examination itself has ended without a verdict.
pub const EXAMINATION_ENDED: &str = "examination-ended";

/// The mistake that caused a fault, which `behaviour` has found in a program. The program did
/// `activity` when its deadline passed.
pub fn recognise(behaviour: &Behaviour, fault: &Fault, activity: Activity) -> Option<&'static str> {
    // There, a client that sends without end keeps the program at work.
    let is_kept_busy = behaviour.name == "no_client_delays_the_end";
    let loops = matches!(activity, Activity::Loops | Activity::Computes);
    if fault.is_wait() && loops && !is_kept_busy {
        return Some("busy-loop");
    }
    match (behaviour.name, fault) {
        ("prints_the_complete_reply", Fault::Printed { found, .. }) if found.is_empty() => {
            return Some("reply-not-read");
        }
        // What comes for a socket that is shut down in both directions is answered with a reset.
        ("prints_the_complete_reply", Fault::Failed(ending))
            if ending.said.contains("reset by peer") =>
        {
            return Some("reply-not-read");
        }
        _ => {}
    }
    let of_servers = conference::recognise(behaviour.name, fault)
        .or_else(|| manners::recognise(behaviour.name, fault))
        .or_else(|| parcel::recognise(behaviour.name, fault));
    of_servers.or_else(|| by_itself(fault)).or_else(|| match behaviour.name {
        "sends_its_input_in_gbk" => sending_input(fault),
        "prints_the_complete_reply" => printing_the_reply(fault),
        "a_refused_connection_is_an_error" | "a_reset_connection_is_an_error" => {
            no_half_close(fault)
        }
        "sends_goodbye_then_fin"
        | "restarts_immediately_on_the_same_port"
        | "a_second_server_fails_while_the_first_listens" => on_the_wire(fault),
        "echoes_ten_megabytes" | "a_client_that_reads_late_gets_everything_back" => {
            in_both_directions(fault).or_else(|| on_the_wire(fault))
        }
        "a_half_closing_client_gets_everything_back" => match fault {
            Fault::Sent { stop: Some(Stop::Closed), .. } => Some("closed-with-bytes-unsent"),
            _ => closing_first(fault).or_else(|| on_the_wire(fault)),
        },
        "echoes_every_byte_immediately"
        | "waits_for_a_silent_client"
        | "time_wait_is_on_the_client_side" => closing_first(fault).or_else(|| on_the_wire(fault)),
        name => printing(name, fault).or_else(|| on_the_wire(fault)),
    })
}

/// What needs no further look.
fn by_itself(fault: &Fault) -> Option<&'static str> {
    Some(match fault {
        Fault::Flooded => "flooded",
        Fault::TooMuchMemory => "too-much-memory",
        Fault::NeverListened(None) => "never-listened",
        Fault::NeverListened(Some(_)) => "ended-before-listening",
        Fault::ListensElsewhere(_) => "listened-elsewhere",
        Fault::PortInTimeWait(_) => "port-in-time-wait",
        Fault::NeverConnected => "never-called",
        Fault::TwoListeners => "shares-the-port",
        Fault::TotalTooSmall => "stopped-too-early",
        // What was never filled in a buffer is 0.
        Fault::SentMore(bytes) if bytes.ends_with(b"\0") => "sent-the-whole-buffer",
        Fault::SentBackOther { found: 0, .. } | Fault::BrokeTheSilence(Ok(0)) => {
            "sent-the-whole-buffer"
        }
        Fault::Sent { found, stop: None, .. } if found.ends_with(b"\0") => "sent-the-whole-buffer",
        Fault::LostBytes { .. } => "wrote-once",
        Fault::SentMore(_) | Fault::BrokeTheSilence(Ok(_)) => "sent-more-than-asked",
        Fault::FailedSilently => "failed-silently",
        Fault::FailedWithStatus0 => "error-taken-for-success",
        Fault::RefusedWithStatus0 => "refused-with-exit-status-0",
        Fault::NotTheClient { .. } => "client-written-otherwise",
        Fault::Printed { found, until: Until::ProgramEnded, .. } if found.is_empty() => {
            "printed-nothing"
        }
        _ => return None,
    })
}

fn no_half_close(fault: &Fault) -> Option<&'static str> {
    matches!(fault, Fault::DidNotEnd | Fault::DidNotClose).then_some("no-half-close")
}

fn sending_input(fault: &Fault) -> Option<&'static str> {
    let Fault::Sent { expected, found, stop } = fault else { return no_half_close(fault) };
    let without =
        |bytes: &[u8]| -> Vec<u8> { bytes.iter().copied().filter(|byte| *byte != b'\n').collect() };
    match stop {
        Some(Stop::Closed | Stop::Silence) if !found.is_empty() => Some("newlines-lost"),
        None if without(expected).starts_with(&without(found)) => Some("newlines-lost"),
        None => Some("not-in-gbk"),
        Some(_) => None,
    }
}

fn printing_the_reply(fault: &Fault) -> Option<&'static str> {
    if let Fault::Printed { expected, found, .. } = fault {
        // A half that is the last that was received.
        let received = found.strip_suffix('\u{fffd}').unwrap_or(found);
        if expected.starts_with(received) {
            return Some("stopped-too-early");
        }
        if found.contains('\u{fffd}') {
            return Some("decoded-each-recv-alone");
        }
    }
    no_half_close(fault).or_else(|| printing("prints_the_complete_reply", fault))
}

fn in_both_directions(fault: &Fault) -> Option<&'static str> {
    let gives_up = matches!(
        fault,
        Fault::StoppedReceiving | Fault::ClosedTooEarly | Fault::Stopped(Stop::Silence)
    );
    gives_up.then_some("deadlock")
}

fn closing_first(fault: &Fault) -> Option<&'static str> {
    let closes = matches!(
        fault,
        Fault::Sent { stop: Some(Stop::Closed), .. }
            | Fault::BrokeTheSilence(Err(_))
            | Fault::Kernel { .. }
    );
    closes.then_some("closed-first")
}

/// What is wrong with what comes over the wire.
fn on_the_wire(fault: &Fault) -> Option<&'static str> {
    Some(match fault {
        Fault::Sent { found, stop: None, .. } if is_reply_in_utf_8(found) => "answered-in-utf-8",
        Fault::Sent { found, stop: Some(Stop::Closed | Stop::Silence), .. }
            if !found.is_empty() =>
        {
            "answered-in-part"
        }
        Fault::Sent { stop: Some(Stop::Closed), .. } => "closed-without-answer",
        Fault::Sent { stop: Some(Stop::Silence), .. } | Fault::Stopped(Stop::Silence) => {
            "never-answered"
        }
        Fault::Sent { stop: Some(Stop::Reset), .. } | Fault::Stopped(Stop::Reset) => {
            "reset-instead-of-close"
        }
        Fault::DidNotEnd | Fault::DidNotClose => "waits-for-more",
        _ => return None,
    })
}

/// The first bytes of 收 and of 再.
fn is_reply_in_utf_8(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xe6\x94") || bytes.starts_with(b"\xe5\x86")
}

/// What is wrong with what is printed.
fn printing(behaviour: &str, fault: &Fault) -> Option<&'static str> {
    match fault {
        Fault::Failed(ending) => crashing(behaviour, ending),
        Fault::Printed { found, .. } if found.is_empty() => {
            (behaviour == "prints_received_text_immediately").then_some("not-flushed")
        }
        Fault::Printed { .. } => {
            let Difference { expected, found } = fault.difference()?;
            printing_other(behaviour, &expected, &found)
        }
        _ => None,
    }
}

fn crashing(behaviour: &str, ending: &Ending) -> Option<&'static str> {
    // As Python says it: UnicodeDecodeError.
    let decodes = ending.said.contains("Decode");
    Some(match behaviour {
        "a_reset_ends_the_connection_with_the_total" => "crashed-on-reset",
        "a_stray_byte_is_replaced" | "half_a_character_at_the_end_is_replaced" => "strict-decoding",
        _ if splits_characters(behaviour) && decodes => "decoded-each-recv-alone",
        _ if decodes => "decoded-in-another-encoding",
        _ => return None,
    })
}

fn splits_characters(behaviour: &str) -> bool {
    behaviour.starts_with("a_character_split_by") || behaviour == "receives_all_of_a_long_message"
}

/// Two transcripts that differ, in which the client stands as `IP:PORT`.
fn printing_other(behaviour: &str, expected: &str, found: &str) -> Option<&'static str> {
    let replaced = found.contains('\u{fffd}') && !expected.contains('\u{fffd}');
    // A character that came whole, 你 first of all or 中 before the buffer's end: who gets that wrong
    // does not fail by the split.
    let by_time = behaviour == "a_character_split_by_time_comes_out_whole";
    let whole = expected.find('中') == Some(1022) || by_time && !found.starts_with('你');
    let same_texts = texts(found).is_some() && texts(found) == texts(expected);
    let in_part = !found.is_empty() && expected.starts_with(found);
    let letters = |text: &str| text.matches('x').count();
    Some(match behaviour {
        // As it is, and as the lessons' transcript shows it.
        _ if found.contains('\0') || found.contains("\\u{0}") => "printed-the-whole-buffer",
        _ if found.replace('\r', "") == expected => "carriage-returns",
        "prints_and_answers_the_first_1024_of_3000_bytes" if letters(found) > letters(expected) => {
            "received-more-than-1024"
        }
        _ if lines(found) != lines(expected) && same_texts => "client-written-otherwise",
        _ if replaced && splits_characters(behaviour) && !whole => "decoded-each-recv-alone",
        _ if replaced => "decoded-in-another-encoding",
        "a_stray_byte_is_replaced" if lines(found) == lines(&expected.replace('\u{fffd}', "")) => {
            "bad-bytes-dropped"
        }
        "half_a_character_at_the_end_is_replaced" if !found.contains('\u{fffd}') => {
            "half-a-character-forgotten"
        }
        _ if found.contains(">>>\n") => "printed-at-end-of-stream",
        _ if found.contains("total:") && !expected.contains("total:") => "stopped-too-early",
        _ if lines(found) == lines(expected) => "wrong-total",
        _ if asked_for(found) == expected => "prints-more",
        _ if begins_with_the_line_before(found) && !begins_with_the_line_before(expected) => {
            "printed-again"
        }
        "a_character_split_by_time_comes_out_whole" if found == "你你好" => "printed-again",
        _ if splits_characters(behaviour) && in_part => "stopped-too-early",
        _ => return None,
    })
}

/// The texts of a transcript, of whichever client; nothing where it is not a transcript.
fn texts(transcript: &str) -> Option<Vec<&str>> {
    let lines = transcript.lines().filter(|line| !line.starts_with("total: "));
    let texts = lines.map(|line| line.split_once(">>>").map(|(_, text)| text));
    texts.collect::<Option<Vec<_>>>().filter(|texts| !texts.is_empty())
}

/// Whether the text of a line begins with all of the text of the line before it.
fn begins_with_the_line_before(transcript: &str) -> bool {
    let texts = texts(transcript).unwrap_or_default();
    texts.windows(2).any(|pair| !pair[0].is_empty() && pair[1].starts_with(pair[0]))
}

/// A transcript without its total.
fn lines(transcript: &str) -> &str {
    transcript.split("total:").next().unwrap_or_default()
}

/// The lines of a transcript that an exercise asks for.
fn asked_for(transcript: &str) -> String {
    let asked = |line: &&str| line.contains(">>>") || line.starts_with("total: ");
    transcript.split_inclusive('\n').filter(asked).collect()
}
