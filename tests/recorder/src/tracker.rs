//! Makes events of what the sources have seen: which connection a packet belongs to, and in which
//! states its two ends are.
//!
//! It is told everything in order. It does not guess what a packet proves: an end that sends FIN in
//! ESTABLISHED is in FIN_WAIT1 (RFC 9293, section 3.6). If no packet explains a state, the state that
//! the kernel shows counts.

use std::collections::HashMap;
use std::net::SocketAddr;

use shared::socket_table::{Entry, State};
use stage::Who;

use crate::event::{By, Flag, Packet, Seen, Side, What};
use crate::packet::Segment;
use crate::sight::Sight;
use crate::sources::Ends;
use crate::sources::sockets::queues;

/// All connections so far.
#[derive(Default)]
pub struct Tracker {
    connections: Vec<Connection>,
    ports: HashMap<u16, Who>,
    listens: bool,
    waiting: u32,
    missing: usize,
    /// The threads of each program that were seen to wait, and whether they still do.
    threads: HashMap<(By, usize), bool>,
    /// Where threads wait for connections of which no packet was seen yet.
    early: HashMap<(By, usize), (What, Vec<Ends>)>,
}

struct Connection {
    client: SocketAddr,
    server: SocketAddr,
    ends: [End; 2],
}

/// One end of a connection.
#[derive(Default)]
struct End {
    state: Option<State>,
    /// The states that the last packet has brought: one packet may bring two.
    changes: Vec<State>,
    /// The acknowledgement that answers its FIN.
    fin_answered_by: Option<u32>,
    /// The number of the byte that it sends next.
    next: Option<u32>,
    queues: (u32, u32),
    is_timed: bool,
}

impl Tracker {
    /// Takes the next sight, and returns the events that it makes.
    pub fn take(&mut self, sight: Sight) -> Vec<What> {
        let mut events = Vec::new();
        match sight {
            Sight::Port(port, who) => drop(self.ports.insert(port, who)),
            Sight::Segment(segment) => self.segment(segment, &mut events),
            Sight::Socket(socket) => self.socket(&socket, &mut events),
            Sight::Wait(wait, ends) => self.wait(wait, ends, &mut events),
            Sight::Plain(what) => events.push(what),
        }
        events
    }

    fn wait(&mut self, mut wait: What, ends: Vec<Ends>, events: &mut Vec<What>) {
        let known = ends.iter().filter_map(|(local, remote)| self.find(*local, *remote));
        let mut known: Vec<_> = known.map(|(number, _)| number + 1).collect();
        known.sort_unstable();
        if let What::Wait { by, thread, call, on, .. } = &mut wait {
            let thread = (by.clone(), *thread);
            *on = known;
            self.threads.insert(thread.clone(), call.is_some());
            self.early.remove(&thread);
            if on.len() < ends.len() {
                self.early.insert(thread, (wait.clone(), ends));
            }
        }
        events.push(wait);
    }

    /// A connection begins. On a busy machine a thread may be seen to wait for it before: that is told
    /// again, now that it is known for what.
    fn begin(&mut self, client: SocketAddr, server: SocketAddr, events: &mut Vec<What>) -> usize {
        let who = self.ports.get(&client.port()).or_else(|| self.ports.get(&0)).cloned();
        self.connections.push(Connection { client, server, ends: Default::default() });
        let conn = self.connections.len();
        events.push(What::Connection { conn, client, server, who });
        let is_for_it = |ends: &Vec<Ends>| ends.contains(&(server, client));
        let early: Vec<_> =
            self.early.values().filter(|(_, ends)| is_for_it(ends)).cloned().collect();
        early.into_iter().for_each(|(wait, ends)| self.wait(wait, ends, events));
        conn - 1
    }

    /// How many packets must have been sent and were not seen, at least: those before a packet that
    /// does not go on where its end has stopped.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// Whether a program was seen to have one thread at most.
    pub fn has_one_thread(&self, program: &By) -> bool {
        self.threads.keys().filter(|(by, _)| by == program).count() <= 1
    }

    /// The server has sent something: if it has one thread, that does not wait any more, though this
    /// may be seen only later.
    fn wakes(&mut self, events: &mut Vec<What>) {
        let mut threads = self.threads.iter_mut().filter(|((by, _), _)| by.who == Who::Server);
        if let (Some(((by, thread), waits @ true)), None) = (threads.next(), threads.next()) {
            *waits = false;
            let (by, thread) = (by.clone(), *thread);
            events.push(What::Wait { by, thread, call: None, step: None, on: Vec::new() });
        }
    }

    /// The newest connection between these, and which end is at `local`.
    fn find(&self, local: SocketAddr, remote: SocketAddr) -> Option<(usize, Side)> {
        self.connections.iter().enumerate().rev().find_map(|(number, known)| {
            let is = |ends| (known.client, known.server) == ends;
            let side = is((local, remote)).then_some(Side::Client);
            side.or_else(|| is((remote, local)).then_some(Side::Server)).map(|side| (number, side))
        })
    }

    fn segment(&mut self, segment: Segment, events: &mut Vec<What>) {
        let Segment { from, to, mut packet } = segment;
        let begins = packet.flags == [Flag::Syn];
        let known = self.find(from, to).filter(|(number, side)| {
            let state = self.connections[*number].ends[*side as usize].state;
            !begins || matches!(state, None | Some(State::SynSent))
        });
        let (number, side) = known.unwrap_or_else(|| (self.begin(from, to, events), Side::Client));
        (packet.conn, packet.from) = (number + 1, side);
        if side == Side::Server && (packet.length > 0 || packet.has(Flag::Fin)) {
            self.wakes(events);
        }
        let connection = &mut self.connections[number];
        self.missing += usize::from(connection.ends[side as usize].leaves_gap(&packet));
        let changes = connection.sent(&packet);
        if packet.has(Flag::Syn) && packet.has(Flag::Ack) && !self.listens {
            // Only who listens answers.
            self.listens = true;
            let (end, state, seen) = (Side::Server, State::Listen, Seen::Packet);
            events.push(What::State { conn: 0, end, state, seen });
        }
        events.push(What::Packet(packet));
        events.extend(changes.into_iter().map(|(end, state)| {
            let (conn, seen) = (number + 1, Seen::Packet);
            What::State { conn, end, state, seen }
        }));
    }

    fn socket(&mut self, socket: &Entry, events: &mut Vec<What>) {
        if socket.remote.port() == 0 {
            return self.listening(socket, events);
        }
        let Some((number, side)) = self.find(socket.local, socket.remote) else { return };
        let (conn, end) = (number + 1, &mut self.connections[number].ends[side as usize]);
        let never_was = end.state.is_none() && socket.state == State::Closed;
        if end.state != Some(socket.state) && !never_was {
            end.state = Some(socket.state);
            let (state, seen) = (socket.state, Seen::Kernel);
            events.push(What::State { conn, end: side, state, seen });
        }
        let (recv, send) = queues(socket);
        if end.queues != (recv, send) {
            end.queues = (recv, send);
            events.push(What::Queue { conn, end: side, recv, send });
        }
        // The kernel times FIN_WAIT2 in the same way, where no program has the socket any more.
        let is_timed = end.is_timed || socket.state != State::TimeWait;
        if let Some(left) = socket.time_wait_left.filter(|_| !is_timed) {
            end.is_timed = true;
            let left_ms = left.as_millis() as u64;
            events.push(What::Timer { conn, end: side, left_ms });
        }
    }

    fn listening(&mut self, socket: &Entry, events: &mut Vec<What>) {
        let listens = socket.state == State::Listen;
        let (waiting, room) = queues(socket);
        if self.listens != listens {
            // The event is dated back. The connections that wait now came after it, and come next.
            (self.listens, self.waiting) = (listens, 0);
            let (end, state, seen) = (Side::Server, socket.state, Seen::Kernel);
            events.push(What::State { conn: 0, end, state, seen });
        } else if listens && self.waiting != waiting {
            self.waiting = waiting;
            events.push(What::Backlog { waiting, room });
        }
    }
}

impl Connection {
    /// A packet was sent: the changes of state that it proves.
    fn sent(&mut self, packet: &Packet) -> Vec<(Side, State)> {
        let [client, server] = &mut self.ends;
        let (sender, receiver) = match packet.from {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        let has = |flag| packet.has(flag);
        if has(Flag::Rst) {
            sender.closes();
            receiver.closes();
        } else if has(Flag::Syn) && !has(Flag::Ack) {
            sender.becomes(State::SynSent);
        } else if has(Flag::Syn) {
            if sender.state.is_none() {
                sender.becomes(State::SynRecv);
            }
            receiver.goes(State::SynSent, State::Established);
        } else {
            if has(Flag::Fin) {
                sender.sends_fin(packet);
            }
            if has(Flag::Ack) {
                receiver.receives_ack(packet.ack);
            }
            if has(Flag::Fin) {
                receiver.receives_fin();
            }
        }
        let sides = [Side::Client, Side::Server].into_iter().zip(&mut self.ends);
        sides
            .flat_map(|(side, end)| end.changes.drain(..).map(move |state| (side, state)))
            .collect()
    }
}

impl End {
    fn becomes(&mut self, state: State) {
        self.state = Some(state);
        self.changes.push(state);
    }

    fn goes(&mut self, from: State, to: State) {
        if self.state == Some(from) {
            self.becomes(to);
        }
    }

    fn closes(&mut self) {
        if self.state.is_some_and(|state| state != State::Closed) {
            self.becomes(State::Closed);
        }
    }

    fn sends_fin(&mut self, packet: &Packet) {
        self.fin_answered_by = Some(packet.seq.wrapping_add(packet.length as u32 + 1));
        self.goes(State::SynRecv, State::FinWait1);
        self.goes(State::Established, State::FinWait1);
        self.goes(State::CloseWait, State::LastAck);
    }

    fn receives_ack(&mut self, ack: u32) {
        self.goes(State::SynRecv, State::Established);
        if self.fin_answered_by == Some(ack) {
            self.goes(State::FinWait1, State::FinWait2);
            self.goes(State::Closing, State::TimeWait);
            self.goes(State::LastAck, State::Closed);
        }
    }

    fn receives_fin(&mut self) {
        self.goes(State::FinWait2, State::TimeWait);
        self.goes(State::FinWait1, State::Closing);
        self.goes(State::SynRecv, State::CloseWait);
        self.goes(State::Established, State::CloseWait);
    }

    /// Whether a packet does not go on where this end had stopped. What is sent again begins further
    /// back.
    fn leaves_gap(&mut self, packet: &Packet) -> bool {
        let flags = packet.flags.iter().filter(|flag| matches!(flag, Flag::Syn | Flag::Fin));
        let behind = packet.seq.wrapping_add((packet.length + flags.count()) as u32);
        let next = self.next.unwrap_or(packet.seq);
        // Sequence numbers come round: what is less than half of them ahead is ahead.
        let is_ahead = |number: u32| number.wrapping_sub(next).cast_signed() > 0;
        self.next = Some(if is_ahead(behind) { behind } else { next });
        is_ahead(packet.seq) && !packet.has(Flag::Rst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::sockets::gone;
    use Flag::{Ack, Fin, Rst, Syn};
    use Side::{Client, Server};

    type Sent = (Side, &'static [Flag], u32, u32);

    const CONNECTED: [Sent; 3] =
        [(Client, &[Syn], 0, 0), (Server, &[Syn, Ack], 0, 1), (Client, &[Ack], 1, 1)];
    const CLIENT_CLOSES: Sent = (Client, &[Fin, Ack], 1, 1);

    fn ends(side: Side) -> (SocketAddr, SocketAddr) {
        let [client, server] = [1, 2].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        if side == Client { (client, server) } else { (server, client) }
    }

    fn sent((side, flags, seq, ack): Sent) -> Sight {
        let ((from, to), flags, data) = (ends(side), flags.to_vec(), String::new());
        let packet = Packet { conn: 0, from: Client, flags, seq, ack, length: 0, data };
        Sight::Segment(Segment { from, to, packet })
    }

    fn shown(side: Side, state: State) -> Sight {
        Sight::Socket(Entry { state, ..gone(ends(side)) })
    }

    /// The states of both ends of a connection, if this is seen after its beginning.
    fn states(rest: Vec<Sight>) -> [Vec<&'static str>; 2] {
        let (mut tracker, mut states) = (Tracker::default(), [vec![], vec![]]);
        let sights = CONNECTED.into_iter().map(sent).chain(rest);
        for what in sights.flat_map(|sight| tracker.take(sight)) {
            if let What::State { end, state, .. } = what {
                states[end as usize].push(state.name());
            }
        }
        states
    }

    #[test]
    fn the_end_that_closes_first_gets_to_time_wait_by_way_of_fin_wait() {
        let (acknowledges, closes) = ((Server, &[Ack][..], 1, 2), (Server, &[Fin, Ack][..], 1, 2));
        let last = (Client, &[Ack][..], 2, 2);
        // The server may acknowledge the FIN by itself, or by its own FIN.
        for rest in [vec![acknowledges, closes, last], vec![closes, last]] {
            let [client, server] =
                states([CLIENT_CLOSES].into_iter().chain(rest).map(sent).collect());
            assert_eq!(client, ["SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"]);
            let expected =
                ["LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSED"];
            assert_eq!(server, expected);
        }
    }

    #[test]
    fn a_reset_leaves_nothing_on_either_side() {
        let ends = states(vec![sent((Client, &[Rst, Ack], 1, 1))]);
        assert_eq!(ends.map(|states| states.last().copied()), [Some("CLOSED"); 2]);
    }

    #[test]
    fn the_kernel_counts_only_where_no_packet_explains_it() {
        // The server's FIN got lost: that it was sent shows in its state alone.
        let lost = shown(Server, State::FinWait1);
        let rest = [
            CLIENT_CLOSES,
            (Server, &[Fin, Ack], 1, 1),
            (Client, &[Ack], 2, 2),
            (Server, &[Ack], 2, 2),
        ];
        let rest = [lost].into_iter().chain(rest.map(sent));
        for states in states(rest.chain([shown(Client, State::TimeWait)]).collect()) {
            assert!(states.ends_with(&["ESTABLISHED", "FIN_WAIT1", "CLOSING", "TIME_WAIT"]));
        }
    }

    #[test]
    fn a_wait_that_is_seen_before_its_connection_is_told_again() {
        let by = By { who: Who::Server, run: 1 };
        let (call, step) = (Some("recvfrom".into()), Some("recv".into()));
        let wait = What::Wait { by, thread: 1, call, step, on: vec![] };
        let mut tracker = Tracker::default();
        assert_eq!(tracker.take(Sight::Wait(wait.clone(), vec![ends(Server)])), [wait]);
        let told = tracker.take(sent(CONNECTED[0]));
        assert!(told.iter().any(|what| matches!(what, What::Wait { on, .. } if *on == [1])));
    }
}
