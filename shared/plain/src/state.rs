//! The states of a connection, by their names.

use std::fmt;

/// The states of RFC 9293, section 3.3.2, by the names and the numbers that Linux gives them
/// (include/net/tcp_states.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // their names are what there is to say
pub enum State {
    Established = 1,
    SynSent,
    SynRecv,
    FinWait1,
    FinWait2,
    TimeWait,
    /// The kernel keeps nothing of the connection.
    Closed,
    CloseWait,
    LastAck,
    Listen,
    Closing,
}

impl State {
    /// Each with its name, in the order of the numbers.
    const NAMED: [(State, &str); 11] = [
        (State::Established, "ESTABLISHED"),
        (State::SynSent, "SYN_SENT"),
        (State::SynRecv, "SYN_RECV"),
        (State::FinWait1, "FIN_WAIT1"),
        (State::FinWait2, "FIN_WAIT2"),
        (State::TimeWait, "TIME_WAIT"),
        (State::Closed, "CLOSED"),
        (State::CloseWait, "CLOSE_WAIT"),
        (State::LastAck, "LAST_ACK"),
        (State::Listen, "LISTEN"),
        (State::Closing, "CLOSING"),
    ];

    /// Its name, such as `TIME_WAIT`.
    pub fn name(self) -> &'static str {
        State::NAMED[self as usize - 1].1
    }

    /// The state of this number.
    pub fn numbered(number: u8) -> Option<Self> {
        State::NAMED.get(usize::from(number).checked_sub(1)?).map(|(state, _)| *state)
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        State::NAMED.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_number_and_its_name() {
        for (number, (state, name)) in (1..).zip(State::NAMED) {
            assert_eq!((state as u8, State::named(name)), (number, Some(state)));
            assert_eq!(State::numbered(number), Some(state));
        }
    }
}
