//! The mistakes of exercise 06: the message of one client goes to all others.

use stage::fault::{Fault, Stop};

/// Names the mistake that leads to a fault of this behaviour, if only a conference has it.
pub fn recognise(behaviour: &str, fault: &Fault) -> Option<&'static str> {
    match fault {
        Fault::Hoarded(_) => return Some("hoards-for-the-deaf"),
        Fault::TwoOrders => return Some("two-orders"),
        Fault::Mixed(_) => return Some("mixed-lines"),
        _ => {}
    }
    match behaviour {
        "a_newcomer_is_announced_to_all" => announcing(fault),
        "all_others_receive_a_message" => match fault {
            Fault::Sent { found, .. } if found.contains(&b'\r') => Some("carriage-return-relayed"),
            Fault::Sent { found, stop: None, .. } if !contains(found, b">>>") => {
                Some("sender-not-named")
            }
            _ => None,
        },
        "the_sender_does_not_receive_its_message" => {
            matches!(fault, Fault::Sent { found, .. } if contains(found, b"from ann"))
                .then_some("hears-oneself")
        }
        "a_message_is_relayed_when_it_is_complete" => {
            matches!(fault, Fault::Sent { stop: None, .. }).then_some("one-recv-one-message")
        }
        "the_bytes_of_a_message_are_not_changed" => match fault {
            Fault::Sent { stop: None, .. } => Some("bytes-changed"),
            _ => stops(fault).then_some("thread-died"),
        },
        "a_client_that_leaves_is_announced" => stops(fault).then_some("remembers-who-left"),
        "half_a_message_is_not_relayed" => {
            matches!(fault, Fault::Sent { stop: None, .. }).then_some("incomplete-taken-for-whole")
        }
        "talks_until_ctrl_c" => matches!(fault, Fault::DidNotEnd).then_some("ignores-ctrl-c"),
        "a_client_that_never_reads_delays_no_other_client" => {
            stops(fault).then_some("blocks-on-the-deaf")
        }
        "fifty_clients_talk_at_once" => stops(fault).then_some("serves-only-a-few"),
        _ => None,
    }
}

/// The first client is alone; then the second one comes.
fn announcing(fault: &Fault) -> Option<&'static str> {
    let Fault::Sent { expected, found, stop: Some(Stop::Silence) } = fault else { return None };
    if !found.is_empty() {
        return None;
    }
    match expected.starts_with(b"IP:PORT(ann)") {
        true => Some("newcomer-not-told"),
        false => Some("one-at-a-time"),
    }
}

/// Whether nothing more came, or was taken.
fn stops(fault: &Fault) -> bool {
    matches!(fault, Fault::Sent { stop: Some(_), .. } | Fault::Stopped(_) | Fault::StoppedReceiving)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
