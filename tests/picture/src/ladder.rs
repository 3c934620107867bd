//! The ladder: clients on the left, server on the right, each event at its place.

use std::collections::HashMap;

use crate::columns::{Column, Columns, LINE};
use crate::data::{Shown, Stream, cut, plain, wrap};
use crate::event::{self, By, Encoding, Event, Flag, Head, Packet, Side, What};
use crate::labels::{self, say, word};
use crate::lanes::{LIFELINE, Lanes, MOST_THREADS, SERVER_COLUMNS, WAIT};
use crate::svg::{self, Anchor, Svg};
use acts::{Lang, Step, Who};
use plain::State;

/// The right edge of the times.
const TIME: i32 = 74;
/// How far an arrow falls while the packet is under way.
const FALL: i32 = 10;

/// What happens so much later than what stands above gets a time of its own, in microseconds.
const LATER: i64 = 1000;

/// A wait that is at least so long is folded, in microseconds.
const LONG: i64 = 50_000;

/// The most lines for one output.
const MOST_LINES: usize = 6;

/// A picture that grows with each event.
pub struct Ladder {
    lang: Lang,
    encoding: Encoding,
    title: String,
    svg: Svg,
    lanes: Lanes,
    columns: Columns,
    /// What has happened, for who can't see it.
    description: Vec<String>,
    last_at: Option<i64>,
    last_time: i32,
    clients: Vec<Who>,
    /// The state of the listening socket, and from where on.
    listening: Option<(State, i32)>,
    /// The connections that have a lifeline, by their numbers.
    connections: HashMap<usize, Connection>,
    /// The threads, in the order in which they are first seen to wait, and since where each does.
    threads: Vec<((By, usize), Option<i32>)>,
    missing: usize,
}

/// A connection that is drawn.
struct Connection {
    /// Whose lifeline it stands on.
    client: usize,
    ends: [End; 2],
}

/// One end of it.
struct End {
    /// Its state, and from where on.
    state: Option<(State, i32)>,
    /// The same, where nothing is drawn any more.
    last: Option<State>,
    /// Since where bytes wait in its kernel.
    holds: Option<i32>,
    stream: Stream,
    first_seq: Option<u32>,
}

impl Ladder {
    /// A picture of nothing yet, with a lifeline for each of `clients`.
    pub fn new(head: &Head, clients: Vec<Who>, lang: Lang) -> Self {
        let count = clients.len();
        let mut ladder = Ladder {
            lang,
            lanes: Lanes { clients: count },
            encoding: head.encoding,
            title: cut(&plain(head.title.say(lang)), 80, false),
            svg: Svg::default(),
            columns: Columns::from(0, count),
            description: Vec::new(),
            last_at: None,
            last_time: 0,
            clients,
            listening: None,
            connections: HashMap::new(),
            threads: Vec::new(),
            missing: 0,
        };
        ladder.draw_head(&cut(&plain(&head.program), 90, false));
        ladder
    }

    fn draw_head(&mut self, program: &str) {
        let title = self.title.clone();
        self.svg.text(20, 30, Anchor::Start, "title", &title);
        self.svg.text(20, 58, Anchor::Start, "mono dim", program);
        for number in 0..self.clients.len() {
            let (x, name) =
                (self.lanes.client(number), labels::name(&self.clients[number], self.lang));
            self.svg.text(x + LIFELINE / 2, 92, Anchor::Middle, "strong", &name);
        }
        let (server, lang) = (self.lanes.server(), self.lang);
        let name = labels::name(&Who::Server, lang);
        self.svg.text(server, 92, Anchor::Start, "strong", &name);
        let (kernel, strand) = (word(lang, "kernel", "内核"), word(lang, "program", "程序"));
        self.svg.text(server - 4, 113, Anchor::End, "small dim", &kernel);
        self.svg.text(self.lanes.program(), 113, Anchor::Start, "small dim", &strand);
        self.svg.text(TIME, 113, Anchor::End, "small dim", "ms");
        self.svg.line((20, 130), (self.lanes.width() - 20, 130), "rule");
        self.columns = Columns::from(150, self.clients.len());
    }

    /// Whether an event is to be seen at all.
    pub fn shows(&self, event: &Event) -> bool {
        match &event.what {
            What::Packet(Packet { conn, .. }) => self.connections.contains_key(conn),
            What::State { conn: 0, .. } => true,
            What::State { conn, .. } | What::Timer { conn, .. } => {
                self.connections.contains_key(conn)
            }
            What::Queue { conn, end, .. } => {
                *end == Side::Server && self.connections.contains_key(conn)
            }
            What::Act { line } => {
                Step::parse(line).map_or(true, |step| labels::act(&step.act, self.lang).is_some())
            }
            What::Output { text, left_out, .. } => !text.trim().is_empty() || *left_out > 0,
            What::Missing { .. } | What::Connection { .. } | What::Wait { .. } => true,
            What::Backlog { .. } | What::Stopped { .. } | What::Ended { .. } => true,
        }
    }

    /// Notes what is not drawn, and what the picture says at its end all the same.
    pub fn skip(&mut self, event: &Event) {
        match &event.what {
            What::Missing { packets } => self.missing += packets,
            What::State { conn, end, state, .. } => {
                if let Some(connection) = self.connections.get_mut(conn) {
                    connection.ends[*end as usize].last = Some(*state);
                }
            }
            _ => {}
        }
    }

    /// Draws the next event: what is to be added to the picture.
    pub fn draw(&mut self, number: usize, event: &Event) -> String {
        let has_place = !matches!(event.what, What::Connection { .. } | What::Missing { .. });
        if has_place {
            self.pass_time(event.at_us);
        }
        let at_us = event.at_us;
        let sentence = match &event.what {
            What::Connection { conn, client, server, who } => {
                self.begin(*conn, who.as_ref());
                let (en, zh) = (
                    format_args!("Connection {conn}: {client} to {server}."),
                    format_args!("连接 {conn}：{client} 到 {server}。"),
                );
                say(self.lang, en, zh)
            }
            What::Packet(packet) => self.draw_packet(at_us, packet),
            What::State { conn, end, state, .. } => self.draw_state(at_us, *conn, *end, *state),
            What::Wait { by, thread, call, step, on } => {
                let call = step.as_deref().or(call.as_deref());
                self.draw_wait(at_us, (by.clone(), *thread), call, on)
            }
            What::Queue { conn, recv, .. } => self.draw_queue(at_us, *conn, *recv),
            What::Backlog { waiting, room } => {
                let (en, zh) = (
                    format_args!("{waiting} of {room} wait for accept"),
                    format_args!("{waiting} 个连接等待 accept（最多 {room}）"),
                );
                self.note_at(at_us, &Who::Server, "dim", &say(self.lang, en, zh))
            }
            What::Timer { conn, end, left_ms } => {
                let seconds = left_ms.div_ceil(1000);
                let (en, zh) =
                    (format_args!("for another {seconds} s"), format_args!("还有 {seconds} 秒"));
                let who = self.who(*conn, *end);
                self.note_at(at_us, &who, "small dim", &say(self.lang, en, zh))
            }
            What::Output { by, stream, text, left_out } => {
                self.draw_output(at_us, by, *stream, text, *left_out)
            }
            What::Act { line } => self.draw_act(at_us, line),
            What::Stopped { line, .. } => {
                let who = Step::parse(line).map_or(Who::Client(None), |step| step.who);
                let stopped = word(self.lang, "gave up waiting: ", "等不下去了：") + line;
                self.note_at(at_us, &who, "strong", &stopped)
            }
            What::Ended { by, how } => {
                let ended = labels::ended(how, self.lang);
                let y = self.write_at(at_us, &by.who, "dim", &ended);
                for number in 0..self.threads.len() {
                    if self.threads[number].0.0 == *by {
                        self.end_wait(number, y);
                    }
                }
                self.of(&by.who, &ended)
            }
            What::Missing { packets } => {
                self.missing += packets;
                String::new()
            }
        };
        let shapes = self.svg.event(number, at_us, &sentence);
        if !sentence.is_empty() {
            self.description.push(sentence);
        }
        shapes
    }

    /// A connection gets its place: on its client's lifeline, or on the only one there is.
    fn begin(&mut self, conn: usize, who: Option<&Who>) {
        let nobody_yet = self.connections.is_empty() && self.clients == [Who::Client(None)];
        let place = match who {
            Some(who) => self.clients.iter().position(|client| client == who),
            None => nobody_yet.then_some(0),
        };
        if let Some(client) = place {
            let encoding = self.encoding;
            let end = || End {
                state: None,
                last: None,
                holds: None,
                stream: Stream::new(encoding),
                first_seq: None,
            };
            self.connections.insert(conn, Connection { client, ends: [end(), end()] });
        }
    }

    /// Folds a long wait.
    fn pass_time(&mut self, at_us: i64) {
        let waited = self.last_at.map_or(0, |last| at_us.saturating_sub(last));
        if waited >= LONG {
            self.columns.take_all(8);
            let y = self.columns.take_all(38) + 12;
            let words = labels::folded(waited, self.lang);
            self.svg.line((20, y), (self.lanes.width() - 20, y), "fold");
            let middle = self.lanes.between();
            self.svg.rect(middle - 75, y - 11, 150, 22, "paper");
            self.svg.text(middle, y, Anchor::Middle, "dim small", &words);
        } else if waited >= LATER {
            self.columns.pass(self.last_time + LINE);
        }
        self.last_at = Some(at_us);
    }

    /// Writes the time beside what stands at `y`, where there is room for it.
    fn time(&mut self, y: i32, at_us: i64) {
        if y >= self.last_time + LINE - 4 {
            let time = labels::milliseconds(at_us, 2);
            self.svg.text(TIME, y, Anchor::End, "mono small dim", &time);
            self.last_time = y;
        }
    }

    /// Whose one end of a connection is.
    fn who(&self, conn: usize, end: Side) -> Who {
        let client = self.connections.get(&conn).map(|connection| connection.client);
        match (client, end) {
            (Some(client), Side::Client) => self.clients[client].clone(),
            _ => Who::Server,
        }
    }

    /// Writes a text at the side of `who`. Returns where.
    fn write_at(&mut self, at_us: i64, who: &Who, class: &str, text: &str) -> i32 {
        let client = self.clients.iter().position(|client| client == who);
        let (column, x, anchor, width) = match client {
            Some(number) => {
                let x = self.lanes.client(number) - 8;
                (Column::Client(number), x, Anchor::End, self.lanes.client_columns())
            }
            None => (Column::Server, self.lanes.server_text(), Anchor::Start, SERVER_COLUMNS),
        };
        // Arrows of other clients cross what stands beside a client.
        let class = match (client, self.lanes.is_alone()) {
            (Some(_), false) => &format!("{class} over"),
            _ => class,
        };
        let lines = wrap(&plain(text), width, 3);
        let y = self.columns.take(column, lines.len() as i32 * LINE);
        for (row, line) in (0..).zip(&lines) {
            self.svg.text(x, y + row * LINE, anchor, class, line);
        }
        self.time(y, at_us);
        y
    }

    /// The same, and a sentence that says so.
    fn note_at(&mut self, at_us: i64, who: &Who, class: &str, text: &str) -> String {
        self.write_at(at_us, who, class, text);
        self.of(who, text)
    }

    /// A sentence about `who`.
    fn of(&self, who: &Who, text: &str) -> String {
        let (name, text) = (labels::name(who, self.lang), plain(text));
        say(self.lang, format_args!("{name}: {text}."), format_args!("{name}：{text}。"))
    }

    fn draw_packet(&mut self, at_us: i64, packet: &Packet) -> String {
        let Some(connection) = self.connections.get_mut(&packet.conn) else { return String::new() };
        let client = connection.client;
        let other = connection.ends[packet.from.other() as usize].first_seq;
        let sender = &mut connection.ends[packet.from as usize];
        let shown = sender.stream.next(packet);
        let first = *sender.first_seq.get_or_insert(packet.seq);
        let tip = numbers(packet, first, other);

        let above = self.packet_labels(packet, shown.as_ref(), client);
        let top = self.columns.take(Column::Packets, above.len() as i32 * 18 + FALL + 12);
        let tail = top + above.len() as i32 * 18 - 4;
        let middle = self.lanes.between();
        for (row, (class, text)) in (0..).zip(&above) {
            self.svg.text(middle, top + row * 18, Anchor::Middle, class, text);
        }
        let (left, right) = (self.lanes.client(client) + LIFELINE + 4, self.lanes.server() - 4);
        let (from, to, receiver) = match packet.from {
            Side::Client => ((left, tail), (right, tail + FALL), Column::Server),
            Side::Server => ((right, tail), (left, tail + FALL), Column::Client(client)),
        };
        let reset = if packet.has(Flag::Rst) { " reset" } else { "" };
        self.svg.arrow(from, to, &format!("c{client}{reset}"), &tip);
        self.time(tail, at_us);
        self.columns.pass(tail);
        self.columns.lower(receiver, tail + FALL);
        self.tell_packet(packet, shown.as_ref())
    }

    /// What stands above an arrow: what it carries, and small what its bytes and flags are.
    fn packet_labels(
        &self,
        packet: &Packet,
        shown: Option<&Shown>,
        client: usize,
    ) -> Vec<(&'static str, String)> {
        let carried = labels::carried(packet, shown, self.lang);
        let name = match self.lanes.is_alone() {
            true => String::new(),
            false => format!("{} · ", labels::name(&self.clients[client], self.lang)),
        };
        let class = if packet.has(Flag::Rst) { "strong reset" } else { "strong" };
        let mut above = vec![(class, name + &carried)];
        let flags = labels::flags(packet);
        above.extend(shown.map(|shown| ("mono small dim", format!("{} · {flags}", shown.hex))));
        above
    }

    fn tell_packet(&self, packet: &Packet, shown: Option<&Shown>) -> String {
        let (from, to) =
            (self.who(packet.conn, packet.from), self.who(packet.conn, packet.from.other()));
        let (from, to) = (labels::name(&from, self.lang), labels::name(&to, self.lang));
        let (flags, carried) = (labels::flags(packet), labels::carried(packet, shown, self.lang));
        let what = if shown.is_some() { format!("{flags}, {carried}") } else { flags };
        say(
            self.lang,
            format_args!("A packet from {from} to {to}: {what}."),
            format_args!("{from}发给{to}的数据包：{what}。"),
        )
    }

    fn draw_state(&mut self, at_us: i64, conn: usize, end: Side, state: State) -> String {
        let who = self.who(conn, end);
        let class = format!("strong {}", labels::class(state));
        let of = match self.connections.get(&conn) {
            Some(connection) if !self.lanes.is_alone() && end == Side::Server => {
                format!("{} ", labels::name(&self.clients[connection.client], self.lang))
            }
            _ => String::new(),
        };
        let text = match (conn, state) {
            (0, State::Closed) => word(self.lang, "does not listen any more", "不再监听"),
            _ => format!("{of}{}", state.name()),
        };
        let y = self.write_at(at_us, &who, &class, &text);
        self.end_state(conn, end, y);
        if let Some(connection) = self.connections.get_mut(&conn) {
            let known = &mut connection.ends[end as usize];
            (known.state, known.last) = (Some((state, y)), Some(state));
            if (end, state) == (Side::Server, State::Closed) {
                self.end_holding(conn, y);
            }
        } else {
            self.listening = Some((state, y));
        }
        self.of(&who, &text)
    }

    /// Draws the bar of the state that ends at `y`.
    fn end_state(&mut self, conn: usize, side: Side, y: i32) {
        let ended = match self.connections.get_mut(&conn) {
            Some(connection) => {
                connection.ends[side as usize].state.take().map(|bar| (bar, connection.client))
            }
            None => self.listening.take().map(|bar| (bar, 0)),
        };
        let Some(((state, from), client)) = ended.filter(|((s, _), _)| *s != State::Closed) else {
            return;
        };
        let x = match (side, state) {
            // It has no client: its frame is about all of them.
            (_, State::Listen) => {
                let width = self.clients.len() as i32 * LIFELINE;
                return self.svg.rect(self.lanes.server() - 2, from, width + 4, y - from, "listen");
            }
            (Side::Client, _) => self.lanes.client(client),
            (Side::Server, _) => self.lanes.server() + client as i32 * LIFELINE,
        };
        self.svg.rect(x + 1, from, LIFELINE - 2, (y - from).max(2), labels::class(state));
    }

    fn draw_wait(
        &mut self,
        at_us: i64,
        thread: (By, usize),
        call: Option<&str>,
        on: &[usize],
    ) -> String {
        // Without a name it is one in which nothing is waited for, and no reader knows its number.
        let call = call.filter(|call| !call.starts_with("system call "));
        let known = self.threads.iter().position(|(known, _)| *known == thread);
        let Some(call) = call else {
            if let Some(number) = known {
                let y = self.columns.now();
                self.end_wait(number, y);
            }
            return String::new();
        };
        let number = known.unwrap_or(self.threads.len());
        if known.is_none() {
            self.threads.push((thread.clone(), None));
        }
        let names = on.iter().filter_map(|conn| self.connections.get(conn));
        let names: Vec<_> =
            names.map(|of| labels::name(&self.clients[of.client], self.lang)).collect();
        let whose =
            if self.threads.len() > 1 { format!("{}· ", number + 1) } else { String::new() };
        let alone = self.lanes.is_alone() && names.len() < 2;
        let text = whose + &labels::wait(call, if alone { &[] } else { &names }, self.lang);
        let y = self.write_at(at_us, &thread.0.who, "dim", &text);
        self.end_wait(number, y);
        if thread.0.who == Who::Server {
            self.threads[number].1 = Some(y);
        }
        self.of(&thread.0.who, &text)
    }

    /// Draws the bar of a thread, for as long as it has waited.
    fn end_wait(&mut self, number: usize, y: i32) {
        let Some(since) = self.threads[number].1.take() else { return };
        if number < MOST_THREADS {
            let x = self.lanes.program() + number as i32 * (WAIT + 1);
            // A gap of a hair between two waits.
            self.svg.rect(x, since, WAIT, (y - since - 2).max(2), "waits");
        }
    }

    /// So many bytes wait in the server's kernel.
    fn draw_queue(&mut self, at_us: i64, conn: usize, recv: u32) -> String {
        if recv == 0 {
            let y = self.columns.now();
            self.end_holding(conn, y);
            return String::new();
        }
        let name = labels::name(&self.who(conn, Side::Client), self.lang);
        let count = labels::bytes(recv as usize, self.lang);
        let text = say(
            self.lang,
            format_args!("kernel holds {count} from {name}"),
            format_args!("内核存着 {name} 的 {count}"),
        );
        let y = self.write_at(at_us, &Who::Server, "", &text);
        self.end_holding(conn, y);
        if let Some(connection) = self.connections.get_mut(&conn) {
            connection.ends[Side::Server as usize].holds = Some(y);
        }
        self.of(&Who::Server, &text)
    }

    /// Draws the mark of bytes that have waited in the kernel.
    fn end_holding(&mut self, conn: usize, y: i32) {
        let server = self.lanes.server();
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let x = server + connection.client as i32 * LIFELINE + LIFELINE / 2 - 3;
        if let Some(since) = connection.ends[Side::Server as usize].holds.take() {
            self.svg.rect(x, since, 6, (y - since - 2).max(4), "holds");
        }
    }

    fn draw_output(
        &mut self,
        at_us: i64,
        by: &By,
        stream: event::Stream,
        text: &str,
        left_out: usize,
    ) -> String {
        if by.who != Who::Server {
            return self.note_at(at_us, &by.who, "mono", text.trim_end());
        }
        let mut lines: Vec<String> = text
            .lines()
            .filter(|line| !line.is_empty())
            .flat_map(|line| wrap(&plain(line), SERVER_COLUMNS, 3))
            .collect();
        if lines.len() > MOST_LINES {
            lines.truncate(MOST_LINES);
            lines.push("…".into());
        }
        if left_out > 0 {
            let more = labels::bytes(left_out, self.lang);
            let (en, zh) = (format_args!("… and {more} more"), format_args!("……还有 {more}"));
            lines.push(say(self.lang, en, zh));
        }
        let height = lines.len() as i32 * 19 + 5;
        let y = self.columns.take(Column::Server, height);
        let class = match stream {
            event::Stream::Stdout => "mono",
            event::Stream::Stderr => "mono dim",
        };
        let x = self.lanes.server_text();
        self.svg.rect(x - 4, y - 11, self.lanes.width() - x - 16, height - 3, "tint");
        for (row, line) in (0..).zip(&lines) {
            self.svg.text(x, y + row * 19, Anchor::Start, class, line);
        }
        self.time(y, at_us);
        let text = lines.concat();
        say(
            self.lang,
            format_args!("The server prints: {text}"),
            format_args!("服务器打印：{text}"),
        )
    }

    fn draw_act(&mut self, at_us: i64, line: &str) -> String {
        let Ok(step) = Step::parse(line) else {
            return self.note_at(at_us, &Who::Client(None), "", line);
        };
        let Some(words) = labels::act(&step.act, self.lang) else { return String::new() };
        self.write_at(at_us, &step.who, "", &words);
        step.say(self.lang) + &word(self.lang, ".", "。")
    }

    /// Ends every bar, writes what there is to say of the whole, and gives the picture around the
    /// shapes of all events.
    pub fn finish(mut self, shapes: String, left_out: usize) -> String {
        self.columns.take_all(24);
        let bottom = self.columns.take_all(20);
        let mut numbers: Vec<_> = self.connections.keys().copied().collect();
        numbers.sort_unstable();
        for conn in numbers {
            for side in [Side::Client, Side::Server] {
                self.end_state(conn, side, bottom);
            }
            self.end_holding(conn, bottom);
        }
        self.end_state(0, Side::Server, bottom);
        for number in 0..self.threads.len() {
            self.end_wait(number, bottom);
        }
        self.svg.line((20, bottom + 6), (self.lanes.width() - 20, bottom + 6), "rule");
        let mut y = bottom + 8;
        for note in self.notes(left_out) {
            y += LINE;
            self.svg.text(20, y, Anchor::Start, "dim", &note);
            self.description.push(note);
        }
        let all = shapes + &self.svg.take();
        svg::file(&all, self.lanes.width(), y + 24, &self.title, &self.description.join("\n"))
    }

    fn notes(&self, left_out: usize) -> Vec<String> {
        let lang = self.lang;
        let mut notes = vec![];
        if left_out > 0 {
            let (en, zh) = (
                format_args!("{left_out} more events stand in the recording"),
                format_args!("还有 {left_out} 个事件，在录制文件里"),
            );
            notes.push(say(lang, en, zh));
        }
        let count = self.missing;
        if count > 0 {
            let en = format_args!(
                "at least {count} packets are missing: too many, or too fast, to be captured"
            );
            notes.push(say(
                lang,
                en,
                format_args!("至少缺 {count} 个数据包：太多或者太快，没有录下来"),
            ));
        }
        let keeps = |side: Side| {
            let mut connections = self.connections.values();
            connections.any(|known| known.ends[side as usize].last == Some(State::TimeWait))
        };
        notes.push(labels::keepers(keeps(Side::Client), keeps(Side::Server), lang));
        notes.push(word(
            lang,
            "programs and queues are seen by looking, up to 20 ms late; LISTEN stands before what follows from it",
            "程序和队列靠查看得知，最多晚 20 毫秒；LISTEN 排在由它而来的事之前",
        ));
        notes
    }
}

/// Sequence numbers as Wireshark shows them: each side's count from 0.
fn numbers(packet: &Packet, first: u32, other: Option<u32>) -> String {
    let seq = packet.seq.wrapping_sub(first);
    let ack = packet.ack.wrapping_sub(other.unwrap_or_default());
    match packet.has(Flag::Ack) {
        true => format!("{} seq={seq} ack={ack} len={}", labels::flags(packet), packet.length),
        false => format!("{} seq={seq} len={}", labels::flags(packet), packet.length),
    }
}
