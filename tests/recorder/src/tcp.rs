//! The states of a connection, as the kernel shows them and as its packets prove them.
//!
//! Some states last for microseconds, and no poll meets them. What a packet proves is not guessed:
//! who sends FIN in ESTABLISHED is in FIN_WAIT1 (RFC 9293, section 3.6).

use shared::socket_table::State;

use crate::recording::{Flag, Packet, Seen, Side};

/// Whether nothing can happen to a connection in this state any more, but time.
pub fn is_final(state: State) -> bool {
    matches!(state, State::TimeWait | State::Closed)
}

/// One change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// When, in microseconds.
    pub at_us: i64,
    /// The state from then on.
    pub state: State,
    /// How it is known.
    pub seen: Seen,
}

/// A packet, when it was sent, and by whom.
pub type Sent<'a> = (i64, Side, &'a Packet);

/// What the kernel has shown of one end, and when; `None` where it keeps nothing.
pub type Poll = (i64, Side, Option<State>);

/// Every change of state of both ends of one connection, from its packets and from polls, each in
/// the order of time.
///
/// The two clocks do not agree to the microsecond: a poll may show what a packet with a later time
/// has brought about, and the other way round. So a poll only adds a state where the packets that
/// follow do not prove it anyway.
pub fn changes(packets: &[Sent<'_>], polls: &[Poll]) -> Vec<(Side, Change)> {
    let mut connection = Connection::default();
    let mut polls = polls.iter().copied().peekable();
    for (number, (at_us, side, packet)) in packets.iter().enumerate() {
        while let Some(poll) = polls.next_if(|(polled_at, ..)| polled_at < at_us) {
            connection.polled(poll, &packets[number..]);
        }
        connection.sent(*at_us, *side, packet);
    }
    for poll in polls {
        connection.polled(poll, &[]);
    }
    let of = |side, end: End| end.history.into_iter().map(move |change| (side, change));
    of(Side::Client, connection.client).chain(of(Side::Server, connection.server)).collect()
}

/// The two ends of one connection.
#[derive(Clone, Default)]
struct Connection {
    client: End,
    server: End,
    called_at: Option<i64>,
}

#[derive(Clone, Default)]
struct End {
    /// Its states so far, and how each is known.
    history: Vec<Change>,
    /// States that were polled, and that the packets to come will prove.
    expected: Vec<(i64, State)>,
    /// The acknowledgement that answers its FIN.
    fin_answered_by: Option<u32>,
}

impl Connection {
    /// The kernel has shown the state of one end; `following` are the packets after that.
    fn polled(&mut self, (at_us, side, state): Poll, following: &[Sent<'_>]) {
        let end = self.end(side);
        let state = match state {
            Some(state) => state,
            None if end.history.is_empty() => return,
            None => State::Closed,
        };
        // A poll can be late: what it shows may be over already. No state of a connection comes
        // twice, and a listening socket outlives its connections.
        if let Some(known) = end.history.iter_mut().find(|change| change.state == state) {
            known.seen = Seen::Polled;
        } else if self.will_prove(side, state, following) {
            self.end(side).expected.push((at_us, state));
        } else {
            self.end(side).push(Change { at_us, state, seen: Seen::Polled });
        }
    }

    /// Whether the packets alone get `side` into `state`.
    fn will_prove(&self, side: Side, state: State, following: &[Sent<'_>]) -> bool {
        let mut future = self.clone();
        following.iter().any(|(at_us, sender, packet)| {
            future.sent(*at_us, *sender, packet);
            future.end(side).history.iter().any(|change| change.state == state)
        })
    }

    /// A packet was sent by `sender`.
    pub fn sent(&mut self, at_us: i64, sender: Side, packet: &Packet) {
        let has = |flag| packet.flags.contains(&flag);
        if has(Flag::Rst) {
            self.end(sender).sends(at_us, State::Closed);
            self.end(sender.other()).receives(at_us, State::Closed);
            return;
        }
        if has(Flag::Syn) {
            self.sent_syn(at_us, sender, has(Flag::Ack));
            return;
        }
        if has(Flag::Fin) {
            self.sent_fin(at_us, sender, packet);
        }
        let receiver = self.end(sender.other());
        if has(Flag::Ack) {
            receiver.received_ack(at_us, packet.ack);
        }
        if has(Flag::Fin) {
            receiver.received_fin(at_us);
        }
    }

    fn sent_syn(&mut self, at_us: i64, sender: Side, is_answer: bool) {
        if !is_answer {
            self.called_at = Some(at_us);
            self.end(sender).sends(at_us, State::SynSent);
            return;
        }
        // Only who had listened answers.
        let called_at = self.called_at.unwrap_or(at_us);
        self.end(sender).sends(called_at, State::Listen);
        self.end(sender).receives(called_at, State::SynRecv);
        self.end(sender.other()).receives(at_us, State::Established);
    }

    fn sent_fin(&mut self, at_us: i64, sender: Side, packet: &Packet) {
        let end = self.end(sender);
        let length = u32::try_from(packet.length).unwrap_or_default();
        end.fin_answered_by = Some(packet.seq.wrapping_add(length).wrapping_add(1));
        match end.state() {
            Some(State::SynRecv | State::Established) => end.sends(at_us, State::FinWait1),
            Some(State::CloseWait) => end.sends(at_us, State::LastAck),
            _ => {}
        }
    }

    fn end(&mut self, side: Side) -> &mut End {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

impl End {
    fn state(&self) -> Option<State> {
        self.history.last().map(|change| change.state)
    }

    /// Gets into a state by sending a packet: before the packet is seen.
    fn sends(&mut self, at_us: i64, state: State) {
        self.gets(at_us, state, i64::MIN);
    }

    /// Gets into a state by receiving a packet: not before it is seen.
    fn receives(&mut self, at_us: i64, state: State) {
        self.gets(at_us, state, at_us);
    }

    /// Gets into a state that a packet proves, where it has not been in it already; not before
    /// `earliest`.
    fn gets(&mut self, at_us: i64, state: State, earliest: i64) {
        let has_been = self.history.iter().any(|change| change.state == state);
        let never_was = self.history.is_empty() && state == State::Closed;
        if has_been || never_was {
            return;
        }
        let polled = self.expected.iter().find(|(_, expected)| *expected == state);
        let (at_us, seen) = match polled {
            Some((polled_at, _)) => (at_us.min(*polled_at).max(earliest), Seen::Polled),
            None => (at_us, Seen::Derived),
        };
        self.push(Change { at_us, state, seen });
    }

    /// Adds a change, which can't come before the last one.
    fn push(&mut self, change: Change) {
        let last = self.history.last().map_or(change.at_us, |last| last.at_us);
        self.history.push(Change { at_us: change.at_us.max(last), ..change });
    }

    fn received_ack(&mut self, at_us: i64, ack: u32) {
        let fin_is_answered = self.fin_answered_by == Some(ack);
        match self.state() {
            Some(State::SynRecv) => self.receives(at_us, State::Established),
            Some(State::FinWait1) if fin_is_answered => self.receives(at_us, State::FinWait2),
            Some(State::Closing) if fin_is_answered => self.receives(at_us, State::TimeWait),
            Some(State::LastAck) if fin_is_answered => self.receives(at_us, State::Closed),
            _ => {}
        }
    }

    fn received_fin(&mut self, at_us: i64) {
        match self.state() {
            Some(State::SynRecv | State::Established) => self.receives(at_us, State::CloseWait),
            Some(State::FinWait1) => self.receives(at_us, State::Closing),
            Some(State::FinWait2) => self.receives(at_us, State::TimeWait),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Flag::{Ack, Fin, Rst, Syn};

    /// What is known of a call whose packets are one microsecond apart.
    fn told(packets: &[(Side, &[Flag], u32, u32)], polls: &[Poll]) -> Vec<(Side, Change)> {
        let packet = |(side, flags, seq, ack): &(Side, &[Flag], u32, u32)| {
            let (flags, data) = (flags.to_vec(), String::new());
            (*side, Packet { connection: 1, flags, seq: *seq, ack: *ack, length: 0, data })
        };
        let packets: Vec<_> = packets.iter().map(packet).collect();
        let sent: Vec<_> =
            (0..).zip(&packets).map(|(at_us, (side, packet))| (at_us, *side, packet)).collect();
        changes(&sent, polls)
    }

    fn states(changes: &[(Side, Change)], side: Side) -> Vec<&'static str> {
        let of_side = changes.iter().filter(|(whose, _)| *whose == side);
        of_side.map(|(_, change)| change.state.name()).collect()
    }

    const CALL: [(Side, &[Flag], u32, u32); 3] = [
        (Side::Client, &[Syn], 0, 0),
        (Side::Server, &[Syn, Ack], 0, 1),
        (Side::Client, &[Ack], 1, 1),
    ];

    const CLIENT_FIRST: [(Side, &[Flag], u32, u32); 4] = [
        (Side::Client, &[Fin, Ack], 1, 1),
        (Side::Server, &[Ack], 1, 2),
        (Side::Server, &[Fin, Ack], 1, 2),
        (Side::Client, &[Ack], 2, 2),
    ];

    fn call_and(rest: &[(Side, &[Flag], u32, u32)], polls: &[Poll]) -> Vec<(Side, Change)> {
        told(&[CALL.as_slice(), rest].concat(), polls)
    }

    const CLOSES_FIRST: [&str; 5] =
        ["SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"];

    #[test]
    fn who_closes_first_gets_to_time_wait_by_way_of_fin_wait() {
        let call = call_and(&CLIENT_FIRST, &[]);
        assert_eq!(states(&call, Side::Client), CLOSES_FIRST);
        let server = ["LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSED"];
        assert_eq!(states(&call, Side::Server), server);
        assert!(call.iter().all(|(_, change)| change.seen == Seen::Derived));
    }

    #[test]
    fn a_fin_that_answers_the_fin_does_both_at_once() {
        let fin = [CLIENT_FIRST[0], CLIENT_FIRST[2], CLIENT_FIRST[3]];
        assert_eq!(states(&call_and(&fin, &[]), Side::Client), CLOSES_FIRST);
    }

    #[test]
    fn two_fins_that_cross_bring_both_to_time_wait() {
        let fins: [(Side, &[Flag], u32, u32); 4] = [
            (Side::Client, &[Fin, Ack], 1, 1),
            (Side::Server, &[Fin, Ack], 1, 1),
            (Side::Client, &[Ack], 2, 2),
            (Side::Server, &[Ack], 2, 2),
        ];
        // The server's FIN got lost; that it was sent shows in its state alone.
        let call = call_and(&fins, &[(2, Side::Server, Some(State::FinWait1))]);
        let ends = ["ESTABLISHED", "FIN_WAIT1", "CLOSING", "TIME_WAIT"];
        assert!(states(&call, Side::Client).ends_with(&ends));
        assert!(states(&call, Side::Server).ends_with(&ends));
    }

    #[test]
    fn a_reset_leaves_nothing_on_either_side() {
        let call = call_and(&[(Side::Client, &[Rst, Ack], 1, 1)], &[]);
        assert_eq!(states(&call, Side::Client).last(), Some(&"CLOSED"));
        assert_eq!(states(&call, Side::Server).last(), Some(&"CLOSED"));
    }

    #[test]
    fn a_late_poll_confirms_and_turns_nothing_back() {
        let call = call_and(&CLIENT_FIRST, &[(10, Side::Client, Some(State::FinWait1))]);
        assert_eq!(states(&call, Side::Client), CLOSES_FIRST);
        let seen = call.iter().find(|(_, change)| change.state == State::FinWait1);
        assert!(seen.is_some_and(|(_, change)| change.seen == Seen::Polled));
    }

    #[test]
    fn an_early_poll_leaves_out_nothing_that_the_packets_prove() {
        // Shown before the packets that have brought it about, by their later times.
        let call = call_and(&CLIENT_FIRST, &[(2, Side::Client, Some(State::TimeWait))]);
        assert_eq!(states(&call, Side::Client), CLOSES_FIRST);
        let last = call.iter().rfind(|(side, _)| *side == Side::Client);
        let expected = Change { at_us: 5, state: State::TimeWait, seen: Seen::Polled };
        assert_eq!(last, Some(&(Side::Client, expected)));
    }
}
