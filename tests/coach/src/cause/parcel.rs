//! The mistakes of exercise 05: messages that begin with their length.

use shared::gbk;
use stage::fault::{Fault, Stop};

/// Names the mistake that leads to a fault of this behaviour, if only messages have it.
pub fn recognise(behaviour: &str, fault: &Fault) -> Option<&'static str> {
    by_itself(fault).or_else(|| match behaviour {
        "each_parcel_is_printed_and_answered" => in_the_first_reply(fault),
        "ten_parcels_in_one_send_are_ten_messages" => {
            // Each of them has at most 10 bytes.
            let takes_all = count_in(fault).is_some_and(|count| count > 10);
            (takes_all || comes_in_part(fault)).then_some("one-recv-one-message")
        }
        "a_parcel_in_pieces_is_one_message" => in_pieces(fault),
        "a_half_closing_client_gets_all_replies" => {
            (closes(fault) || comes_in_part(fault)).then_some("last-words-lost")
        }
        "an_empty_parcel_is_a_message" => {
            (awaits(fault, 0) && comes_nothing(fault)).then_some("empty-taken-for-the-end")
        }
        "each_parcel_is_decoded_by_itself" => {
            matches!(fault, Fault::Printed { .. }).then_some("decoded-across-messages")
        }
        "a_parcel_of_4096_bytes_is_a_message" => closes(fault).then_some("limit-too-small"),
        "a_longer_parcel_ends_its_connection" | "memory_does_not_follow_the_length_field" => {
            stays_open(fault).then_some("no-limit")
        }
        "an_incomplete_parcel_ends_its_connection" => {
            let uses = matches!(fault, Fault::SentMore(_) | Fault::Printed { .. });
            uses.then_some("incomplete-taken-for-whole")
        }
        "serves_one_client_after_the_other_until_ctrl_c" => {
            matches!(fault, Fault::DidNotEnd).then_some("ignores-ctrl-c")
        }
        _ => None,
    })
}

fn by_itself(fault: &Fault) -> Option<&'static str> {
    Some(match fault {
        Fault::EndedByItself(ending) if ending.status.success() => "one-client-only",
        Fault::EndedByItself(_) => "ended-by-itself",
        Fault::SaidNothing => "problem-not-reported",
        Fault::Reserved(_) => "memory-follows-the-length",
        Fault::SlowReplies { .. } => "reply-in-two-writes",
        _ => return None,
    })
}

/// The first message is `hello`, and the second 你好.
fn in_the_first_reply(fault: &Fault) -> Option<&'static str> {
    let Fault::Sent { found, stop: None, .. } = fault else {
        return closes(fault).then_some("little-endian");
    };
    Some(match count_in(fault) {
        Some(5) if awaits(fault, 4) => "answered-twice",
        Some(2) if awaits(fault, 4) => "counted-in-characters",
        Some(8 | 9) => "counted-the-length",
        None if found.starts_with(&gbk("收到")) => "reply-without-length",
        None if found.get(4..)?.starts_with("收".as_bytes()) => "answered-in-utf-8",
        _ => return None,
    })
}

/// The first piece is half of a length.
fn in_pieces(fault: &Fault) -> Option<&'static str> {
    if awaits(fault, 3) && comes_nothing(fault) {
        return Some("rest-forgotten");
    }
    (closes(fault) || count_in(fault) == Some(0)).then_some("length-in-one-recv")
}

/// The number in the first reply that came, where it is framed as it has to be.
fn count_in(fault: &Fault) -> Option<usize> {
    let Fault::Sent { found, .. } = fault else { return None };
    let words = found.get(4..)?.strip_prefix(&*gbk("收到 "))?;
    let digits = words.split(|byte| *byte == b' ').next()?;
    str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether the reply to a message of so many bytes was awaited.
fn awaits(fault: &Fault, count: usize) -> bool {
    let reply = gbk(&format!("收到 {count} 字节"));
    matches!(fault, Fault::Sent { expected, .. } if expected.ends_with(&reply))
}

/// Whether the connection ended without a reply.
fn closes(fault: &Fault) -> bool {
    let is_end = |stop: &Stop| *stop != Stop::Silence;
    matches!(fault, Fault::Sent { found, stop: Some(stop), .. } if found.is_empty() && is_end(stop))
}

/// Whether no reply came.
fn comes_nothing(fault: &Fault) -> bool {
    matches!(fault, Fault::Sent { found, .. } if found.is_empty())
}

/// Whether the first replies came, and no others.
fn comes_in_part(fault: &Fault) -> bool {
    matches!(fault, Fault::Sent { found, stop: Some(_), .. } if !found.is_empty())
}

/// Whether the connection stays open, with a reply or without.
fn stays_open(fault: &Fault) -> bool {
    matches!(fault, Fault::DidNotClose | Fault::SentMore(_))
}
