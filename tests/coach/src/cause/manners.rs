//! The mistakes of exercise 07: timeouts, last words and closing time.

use shared::gbk;
use stage::fault::{Fault, Stop};

/// Names the mistake that leads to a fault of this behaviour, if only a server with manners has it.
pub fn recognise(behaviour: &str, fault: &Fault) -> Option<&'static str> {
    let is_silent = matches!(
        fault,
        Fault::Sent { stop: Some(Stop::Silence), .. } | Fault::Stopped(Stop::Silence)
    );
    let is_reset =
        matches!(fault, Fault::Sent { stop: Some(Stop::Reset), .. } | Fault::Stopped(Stop::Reset));
    match behaviour {
        "a_silent_client_gets_last_words" => is_silent.then_some("waits-forever"),
        "a_client_that_talks_is_not_idle" => {
            matches!(fault, Fault::BrokeTheSilence(_)).then_some("idle-from-connect")
        }
        "a_slow_message_gets_last_words" => is_silent.then_some("timed-per-recv"),
        "last_words_reach_a_client_that_goes_on_sending"
        | "goodbye_reaches_a_client_that_goes_on_sending" => {
            is_reset.then_some("last-words-lost-by-a-reset")
        }
        "one_client_too_many_gets_words" => is_silent.then_some("no-limit-of-clients"),
        "each_ending_makes_room_for_another_client" => match fault {
            Fault::Sent { found, .. } if gbk("忙").starts_with(found.get(..2)?) => {
                Some("leaks-a-place")
            }
            _ => None,
        },
        "refused_clients_delay_no_other" => is_silent.then_some("refuses-in-accept"),
        "at_ctrl_c_each_client_gets_goodbye" => match fault {
            Fault::Sent { stop: Some(Stop::Closed | Stop::Reset), .. } => Some("no-goodbye"),
            Fault::Failed(_) => Some("ends-with-another-status"),
            _ => None,
        },
        "half_a_message_at_ctrl_c_is_not_a_message" => {
            let uses = matches!(fault, Fault::SentMore(_) | Fault::Printed { .. });
            uses.then_some("incomplete-taken-for-whole")
        }
        "no_client_delays_the_end" => {
            (is_silent || matches!(fault, Fault::DidNotEnd)).then_some("end-waits-for-a-client")
        }
        _ => None,
    }
}
