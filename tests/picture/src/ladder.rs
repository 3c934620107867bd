//! The ladder: clients on the left, server on the right, each event at its place.

use std::collections::HashMap;
use std::fmt::Arguments;

use acts::{Lang, Step, Who};
use plain::State;

use crate::Layout;
use crate::columns::{Column, Columns, LINE};
use crate::data::{Shown, Stream, cut, plain, wrap};
use crate::event::{self, By, Encoding, Event, Flag, Head, Packet, Side, What};
use crate::labels;
use crate::lanes::{Lanes, Place};
use crate::svg::{self, Anchor, Svg};

/// How far an arrow falls while the packet is under way, and how high a line above it is.
const FALL: i32 = 10;
const ABOVE: i32 = 18;

/// How high a line of an output is.
const PRINTED: i32 = 19;

/// An event gets its own time if it is so much later than the event above it, in microseconds.
const LATER: i64 = 1000;

/// A wait that is at least so long is folded, in microseconds.
const LONG: i64 = 50_000;

/// How wide the lines of an output are in its sentence.
const TOLD: usize = 111;

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
    /// The names, above everything.
    head: String,
    /// What has happened, for those who can't see it.
    description: Vec<String>,
    /// The event that is drawn: its number, when it happens, and at whose side.
    number: usize,
    at_us: i64,
    side: Side,
    last_at: Option<i64>,
    last_time: i32,
    clients: Vec<Who>,
    /// The state of the listening socket, and from where on.
    listening: Option<(State, Since)>,
    /// The connections that have a lifeline, by their numbers.
    connections: HashMap<usize, Connection>,
    /// The threads, in the order in which they are first seen to wait, and since where each does.
    threads: Vec<((By, usize), Option<Since>)>,
    missing: usize,
}

/// Since which event something lasts, and from where on.
type Since = (usize, i32);

/// A connection that is drawn.
struct Connection {
    /// The client whose lifeline it is drawn on.
    client: usize,
    ends: [End; 2],
}

/// One end of it.
#[derive(Default)]
struct End {
    /// Its state, and from where on.
    state: Option<(State, Since)>,
    /// The state that it was in last, drawn or not.
    last: Option<State>,
    /// Since where bytes wait in its kernel.
    holds: Option<Since>,
    stream: Stream,
    first_seq: Option<u32>,
}

impl Ladder {
    /// A picture of nothing yet, with a lifeline for each of `clients`, and room for so many threads.
    pub fn new(head: &Head, clients: Vec<Who>, threads: usize, lang: Lang, layout: Layout) -> Self {
        let lanes = Lanes::new(clients.len(), threads, layout);
        let mut ladder = Ladder {
            lang,
            lanes,
            encoding: head.encoding,
            title: cut(&plain(head.title.say(lang)), 80, false),
            svg: Svg::default(),
            columns: Columns::from(0, 1),
            head: String::new(),
            description: Vec::new(),
            number: 0,
            at_us: 0,
            side: Side::Server,
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
        let (title, program_line) = (self.lanes.title, self.lanes.program_line);
        let y = self.wrapped(title, 30, 26, "title", &self.title.clone()) + 28;
        let y = self.wrapped(program_line, y, 20, "mono dim program", program) + 34;
        let y = if self.lanes.is_narrow { self.name_above(y) } else { self.name_each(y) };
        self.svg.text(self.lanes.time, y, Anchor::End, "small dim", "ms");
        self.rule(y + 17);
        let columns = if self.lanes.is_narrow { 1 } else { 2 + self.clients.len() };
        self.columns = Columns::from(y + 37, columns);
        self.head = self.svg.group("head");
    }

    /// Writes its name above each lifeline. Returns where the line below stands.
    fn name_each(&mut self, y: i32) -> i32 {
        for number in 0..self.clients.len() {
            let x = self.lanes.clients[number] + self.lanes.lifeline / 2;
            let name = self.name(&self.clients[number]);
            self.svg.text(x, y, Anchor::Middle, "strong", &name);
        }
        let (server, below, name) = (self.lanes.server, y + 21, self.name(&Who::Server));
        self.svg.text(server, y, Anchor::Start, "strong", &name);
        let (kernel, strand) = (self.word("kernel", "内核"), self.word("program", "程序"));
        self.svg.text(server - 4, below, Anchor::End, "small dim", &kernel);
        self.svg.text(self.lanes.program, below, Anchor::Start, "small dim", &strand);
        below
    }

    /// Writes all names above the lifelines, which are close together.
    fn name_above(&mut self, y: i32) -> i32 {
        let right = self.lanes.width - self.lanes.edge;
        let names: Vec<_> = self.clients.iter().map(|client| self.name(client)).collect();
        let place = Place { x: self.lanes.clients[0], anchor: Anchor::Start, columns: 28 };
        let below = self.wrapped(place, y, LINE, "strong", &names.join(", ")) + 21;
        let (name, strands) = (self.name(&Who::Server), self.word("kernel, program", "内核、程序"));
        self.svg.text(right, y, Anchor::End, "strong", &name);
        self.svg.text(right, below, Anchor::End, "small dim", &strands);
        below
    }

    /// Writes a text in as many lines as it takes. Returns where the last one stands.
    fn wrapped(&mut self, place: Place, y: i32, height: i32, class: &str, text: &str) -> i32 {
        let lines = wrap(text, place.columns, 8);
        self.lines(place, y, height, class, &lines);
        y + (lines.len() as i32 - 1) * height
    }

    /// Writes lines, one below the other.
    fn lines(&mut self, place: Place, y: i32, height: i32, class: &str, lines: &[String]) {
        for (row, line) in (0..).zip(lines) {
            self.svg.text(place.x, y + row * height, place.anchor, class, line);
        }
    }

    /// Draws a line from edge to edge.
    fn rule(&mut self, y: i32) {
        self.svg.line((self.lanes.edge, y), (self.lanes.width - self.lanes.edge, y), "rule");
    }

    /// What is said in the language asked for; only that is composed.
    fn say(&self, en: Arguments<'_>, zh: Arguments<'_>) -> String {
        labels::say(self.lang, en, zh)
    }

    fn word(&self, en: &str, zh: &str) -> String {
        labels::word(self.lang, en, zh)
    }

    fn name(&self, who: &Who) -> String {
        labels::name(who, self.lang)
    }

    /// Whether an event is to be seen at all.
    pub fn shows(&self, event: &Event) -> bool {
        match &event.what {
            What::Packet(Packet { conn, .. })
            | What::Timer { conn, .. }
            | What::Queue { conn, end: Side::Server, .. } => self.connections.contains_key(conn),
            What::State { conn, .. } => *conn == 0 || self.connections.contains_key(conn),
            What::Queue { .. } | What::Ask(_) => false,
            What::Act { line } => {
                Step::parse(line).map_or(true, |step| labels::act(&step.act, self.lang).is_some())
            }
            What::Output { text, left_out, .. } => !text.trim().is_empty() || *left_out > 0,
            _ => true,
        }
    }

    /// Notes what the picture says at its end, whether the event is drawn or not.
    pub fn note(&mut self, event: &Event) {
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
        (self.number, self.at_us) = (number, event.at_us);
        let has_place = !matches!(event.what, What::Connection { .. } | What::Missing { .. });
        if has_place {
            self.pass_time();
        }
        let sentence = match &event.what {
            What::Connection { conn, client, server, who } => {
                self.begin(*conn, who.as_ref());
                self.say(
                    format_args!("Connection {conn}: {client} to {server}."),
                    format_args!("连接 {conn}：{client} 到 {server}。"),
                )
            }
            What::Packet(packet) => self.draw_packet(packet),
            What::State { conn, end, state, .. } => self.draw_state(*conn, *end, *state),
            What::Wait { by, thread, call, step, on } => {
                self.draw_wait((by.clone(), *thread), step.as_deref().or(call.as_deref()), on)
            }
            What::Queue { conn, recv, .. } => self.draw_queue(*conn, *recv),
            What::Backlog { waiting, room } => {
                let text = self.say(
                    format_args!("{waiting} of {room} wait for accept"),
                    format_args!("{waiting} 个连接等待 accept（最多 {room}）"),
                );
                self.note_at(&Who::Server, "dim", &text)
            }
            What::Timer { conn, end, left_ms } => {
                let seconds = left_ms.div_ceil(1000);
                let text = self.say(
                    format_args!("TIME_WAIT lasts {seconds} s more"),
                    format_args!("TIME_WAIT 还有 {seconds} 秒"),
                );
                self.note_at(&self.who(*conn, *end), "small dim", &text)
            }
            What::Output { by, stream, text, left_out } => {
                self.draw_output(by, *stream, text, *left_out)
            }
            What::Act { line } => self.draw_act(line),
            What::Stopped { line, .. } => {
                let who = Step::parse(line).map_or(Who::Client(None), |step| step.who);
                let stopped = self.word("gave up waiting: ", "等不下去了：") + line;
                self.note_at(&who, "strong", &stopped)
            }
            What::Ended { by, how } => self.draw_end(by, how),
            What::Missing { .. } | What::Ask(_) => String::new(),
        };
        let shapes = self.svg.event(number, &sentence, &self.told(&event.what));
        if !sentence.is_empty() {
            self.description.push(sentence);
        }
        shapes
    }

    /// What is told of an event besides its sentence: its time and its side, whether it is a packet or
    /// an act, which end gets into a state, and the step at which the server waits.
    fn told(&self, what: &What) -> Vec<(&'static str, String)> {
        let side = if self.side == Side::Client { "client" } else { "server" };
        let mut told = vec![("at", self.at_us.to_string()), ("side", side.into())];
        match what {
            What::Packet(_) => told.push(("kind", "packet".into())),
            What::Act { .. } => told.push(("kind", "act".into())),
            What::State { conn, end, .. } => {
                told.push(("end", format!("{end:?}{conn}")));
            }
            What::Wait { by, step, .. } if by.who == Who::Server => {
                told.push(("step", plain(step.as_deref().unwrap_or_default())));
            }
            _ => {}
        }
        told
    }

    /// Leaves room for the reader's guess, where it would have come true.
    pub fn leave_room(&mut self) -> String {
        let (place, width) = (self.lanes.output, self.lanes.output_width);
        let y = self.columns.take_all(34) + 6;
        self.svg.rect(place.x - 4, y - 13, width, 26, "paper");
        self.svg.text(place.x + 4, y, Anchor::Start, "", "?");
        self.svg.group("guess")
    }

    /// A connection gets its place: on its client's lifeline, or on the only one there is.
    fn begin(&mut self, conn: usize, who: Option<&Who>) {
        let is_first = self.connections.is_empty() && self.clients == [Who::Client(None)];
        let place = match who {
            Some(who) => self.clients.iter().position(|client| client == who),
            None => is_first.then_some(0),
        };
        if let Some(client) = place {
            self.connections.insert(conn, Connection { client, ends: Default::default() });
        }
    }

    /// Folds a long wait.
    fn pass_time(&mut self) {
        let waited = self.last_at.map_or(0, |last| self.at_us.saturating_sub(last));
        if waited >= LONG {
            self.columns.take_all(8);
            let y = self.columns.take_all(38) + 12;
            let words = labels::folded(waited, self.lang);
            let (edge, middle) = (self.lanes.edge, self.lanes.packet.x);
            self.svg.line((edge, y), (self.lanes.width - edge, y), "fold");
            self.svg.rect(middle - 75, y - 11, 150, 22, "paper");
            self.svg.text(middle, y, Anchor::Middle, "dim small pass", &words);
        } else if waited >= LATER {
            self.columns.pass(self.last_time + LINE);
        }
        self.last_at = Some(self.at_us);
    }

    /// Writes the time beside the event at `y`, if there is room for it.
    fn time(&mut self, y: i32) {
        if y >= self.last_time + LINE - 4 {
            // There is little room for what takes long.
            let decimals = if self.lanes.is_narrow && self.at_us >= 1_000_000 { 1 } else { 2 };
            let time = labels::milliseconds(self.at_us, decimals);
            self.svg.text(self.lanes.time, y, Anchor::End, "mono small dim time", &time);
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
    fn write_at(&mut self, who: &Who, class: &str, text: &str) -> i32 {
        let client = self.clients.iter().position(|client| client == who);
        self.side = if client.is_some() { Side::Client } else { Side::Server };
        let (column, place) = match client {
            Some(number) => (Column::Client(number), self.lanes.client_text(number)),
            None => (Column::Server, self.lanes.server_text),
        };
        let is_one_of_many = client.is_some() && !self.lanes.is_alone();
        let (class, text) = match (is_one_of_many, self.lanes.is_narrow) {
            // Arrows of other clients cross the text beside a client.
            (true, false) => (format!("{class} over"), plain(text)),
            // The texts of all clients are at the same place.
            (true, true) => (class.into(), plain(&format!("{} · {text}", self.name(who)))),
            (false, _) => (class.into(), plain(text)),
        };
        let lines = wrap(&text, place.columns, 3);
        let y = self.columns.take(column, lines.len() as i32 * LINE);
        self.lines(place, y, LINE, &class, &lines);
        self.time(y);
        y
    }

    /// The same, and a sentence that says so.
    fn note_at(&mut self, who: &Who, class: &str, text: &str) -> String {
        self.write_at(who, class, text);
        self.of(who, text)
    }

    /// A sentence about `who`.
    fn of(&self, who: &Who, text: &str) -> String {
        let (name, text) = (self.name(who), plain(text));
        self.say(format_args!("{name}: {text}."), format_args!("{name}：{text}。"))
    }

    fn draw_packet(&mut self, packet: &Packet) -> String {
        let Some(connection) = self.connections.get_mut(&packet.conn) else { return String::new() };
        let client = connection.client;
        self.side = packet.from;
        let other = connection.ends[packet.from.other() as usize].first_seq;
        let sender = &mut connection.ends[packet.from as usize];
        let shown = sender.stream.next(packet, self.encoding);
        let first = *sender.first_seq.get_or_insert(packet.seq);
        let tip = labels::numbers(packet, first, other);

        let above = self.packet_labels(packet, shown.as_ref(), client);
        let height = above.len() as i32 * ABOVE;
        let top = self.columns.take(Column::Packets, height + FALL + 12);
        let tail = top + height - 4;
        let place = self.lanes.packet;
        for (row, (class, text)) in (0..).zip(&above) {
            self.svg.text(place.x, top + row * ABOVE, place.anchor, class, text);
        }
        let (left, right) = (self.lanes.arrow(client), self.lanes.server - 4);
        let (from, to, receiver) = match packet.from {
            Side::Client => ((left, tail), (right, tail + FALL), Column::Server),
            Side::Server => ((right, tail), (left, tail + FALL), Column::Client(client)),
        };
        let reset = if packet.has(Flag::Rst) { " reset" } else { "" };
        self.svg.arrow(from, to, &format!("c{client}{reset}"), &tip);
        self.time(tail);
        self.columns.pass(tail);
        self.columns.lower(receiver, tail + FALL);
        self.tell_packet(packet, shown.as_ref())
    }

    /// The lines above an arrow: the text of the packet and, in small letters, its bytes and flags.
    fn packet_labels(
        &self,
        packet: &Packet,
        shown: Option<&Shown>,
        client: usize,
    ) -> Vec<(&'static str, String)> {
        let carried = labels::carried(packet, shown, self.lang);
        let name = match self.lanes.is_alone() {
            true => String::new(),
            false => format!("{} · ", self.name(&self.clients[client])),
        };
        let class = if packet.has(Flag::Rst) { "strong reset" } else { "strong" };
        let small = shown.map(|shown| format!("{} · {}", shown.hex, labels::flags(packet)));
        let texts = [(class, Some(name + &carried)), ("mono small dim", small)];
        let lines = texts.into_iter().flat_map(|(class, text)| {
            let lines = text.map(|text| wrap(&text, self.lanes.packet.columns, 3));
            lines.into_iter().flatten().map(move |line| (class, line))
        });
        lines.collect()
    }

    fn tell_packet(&self, packet: &Packet, shown: Option<&Shown>) -> String {
        let end = |side| self.name(&self.who(packet.conn, side));
        let (from, to) = (end(packet.from), end(packet.from.other()));
        let (flags, carried) = (labels::flags(packet), labels::carried(packet, shown, self.lang));
        let what = if shown.is_some() { format!("{flags}, {carried}") } else { flags };
        // Chinese is not spaced, but a Latin name in it is.
        let spaced = |name: &str| if name.is_ascii() { format!(" {name} ") } else { name.into() };
        let (sender, receiver) = (spaced(&from), spaced(&to));
        self.say(
            format_args!("A packet from {from} to {to}: {what}."),
            format_args!("{}发给{receiver}的数据包：{what}。", sender.trim_start()),
        )
    }

    fn draw_state(&mut self, conn: usize, end: Side, state: State) -> String {
        let who = self.who(conn, end);
        let class = format!("strong {}", labels::class(state));
        let of = match self.connections.get(&conn) {
            Some(connection) if !self.lanes.is_alone() && end == Side::Server => {
                format!("{} ", self.name(&self.clients[connection.client]))
            }
            _ => String::new(),
        };
        let text = match (conn, state) {
            (0, State::Closed) => self.word("does not listen any more", "不再监听"),
            _ => format!("{of}{}", state.name()),
        };
        let y = self.write_at(&who, &class, &text);
        self.end_state(conn, end, y);
        if let Some(connection) = self.connections.get_mut(&conn) {
            connection.ends[end as usize].state = Some((state, (self.number, y)));
            if (end, state) == (Side::Server, State::Closed) {
                self.end_holding(conn, y);
            }
        } else {
            self.listening = Some((state, (self.number, y)));
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
        let (server, width) = (self.lanes.server, self.lanes.lifeline);
        let x = match (side, state) {
            // It has no client: its frame is about all of them.
            (_, State::Listen) => {
                let all = self.clients.len() as i32 * width;
                return self.svg.bar(server - 2, from, all + 4, y, "listen");
            }
            (Side::Client, _) => self.lanes.clients[client],
            (Side::Server, _) => server + client as i32 * width,
        };
        self.svg.bar(x + 1, from, width - 2, y, labels::class(state));
    }

    fn draw_wait(&mut self, thread: (By, usize), call: Option<&str>, on: &[usize]) -> String {
        let call = call.filter(|call| labels::is_named(call));
        let known = self.threads.iter().position(|(known, _)| *known == thread);
        let Some(call) = call else {
            if let Some(number) = known {
                self.end_wait(number, self.columns.now());
            }
            return String::new();
        };
        let number = known.unwrap_or(self.threads.len());
        let who = thread.0.who.clone();
        if known.is_none() {
            self.threads.push((thread, None));
        }
        let names = on.iter().filter_map(|conn| self.connections.get(conn));
        let names: Vec<_> = names.map(|of| self.name(&self.clients[of.client])).collect();
        let alone = self.lanes.is_alone() && names.len() < 2;
        let wait = labels::wait(call, if alone { &[] } else { &names }, self.lang);
        // Which of several threads it is: a number in the drawing, a word and a number in the sentence.
        let nth = number + 1;
        let (drawn, told) = match self.threads.len() {
            1 => (wait.clone(), wait),
            _ => {
                (format!("{nth}· {wait}"), self.word("thread ", "线程 ") + &format!("{nth} {wait}"))
            }
        };
        let y = self.write_at(&who, "dim", &drawn);
        self.end_wait(number, y);
        if who == Who::Server {
            self.threads[number].1 = Some((self.number, y));
        }
        self.of(&who, &told)
    }

    /// Draws the bar of a thread, for as long as it has waited.
    fn end_wait(&mut self, number: usize, y: i32) {
        let Some(since) = self.threads[number].1.take() else { return };
        if number < self.lanes.most_threads {
            let x = self.lanes.program + number as i32 * 8;
            // A gap of a hair between two waits.
            self.svg.bar(x, since, 7, y - 2, "waits");
        }
    }

    /// A program has ended, and so has the waiting of its threads.
    fn draw_end(&mut self, by: &By, how: &str) -> String {
        let ended = labels::ended(how, self.lang);
        let y = self.write_at(&by.who, "dim", &ended);
        for number in 0..self.threads.len() {
            if self.threads[number].0.0 == *by {
                self.end_wait(number, y);
            }
        }
        self.of(&by.who, &ended)
    }

    /// So many bytes wait in the server's kernel.
    fn draw_queue(&mut self, conn: usize, recv: u32) -> String {
        if recv == 0 {
            self.end_holding(conn, self.columns.now());
            return String::new();
        }
        let name = self.name(&self.who(conn, Side::Client));
        let count = labels::bytes(recv as usize, self.lang);
        let text = self.say(
            format_args!("kernel holds {count} from {name}"),
            format_args!("内核存着 {name} 的 {count}"),
        );
        let y = self.write_at(&Who::Server, "", &text);
        self.end_holding(conn, y);
        if let Some(connection) = self.connections.get_mut(&conn) {
            connection.ends[Side::Server as usize].holds = Some((self.number, y));
        }
        self.of(&Who::Server, &text)
    }

    /// Draws the mark of bytes that have waited in the kernel.
    fn end_holding(&mut self, conn: usize, y: i32) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let (width, client) = (self.lanes.lifeline, connection.client as i32);
        let x = self.lanes.server + client * width + width / 2 - 3;
        if let Some(since) = connection.ends[Side::Server as usize].holds.take() {
            self.svg.bar(x, since, 6, y - 2, "holds");
        }
    }

    fn draw_output(
        &mut self,
        by: &By,
        stream: event::Stream,
        text: &str,
        left_out: usize,
    ) -> String {
        if by.who != Who::Server {
            return self.note_at(&by.who, "mono", text.trim_end());
        }
        self.side = Side::Server;
        let place = self.lanes.output;
        let lines = self.printed(text, left_out, place.columns, 3);
        let height = lines.len() as i32 * PRINTED + 5;
        let y = self.columns.take(Column::Server, height);
        self.svg.rect(place.x - 4, y - 11, self.lanes.output_width, height - 3, "tint");
        let class = if stream == event::Stream::Stdout { "mono" } else { "mono dim" };
        self.lines(place, y, PRINTED, class, &lines);
        self.time(y);
        let text = self.printed(text, left_out, TOLD, 1).join(" ");
        self.say(format_args!("The server prints: {text}"), format_args!("服务器打印：{text}"))
    }

    /// What was printed, in lines of so many columns. A printed line fills `most` of them at most.
    fn printed(&self, text: &str, left_out: usize, columns: usize, most: usize) -> Vec<String> {
        let lines = text.lines().filter(|line| !line.is_empty());
        let lines = lines.flat_map(|line| wrap(&plain(line), columns, most));
        let mut lines: Vec<_> = lines.take(MOST_LINES + 1).collect();
        if lines.len() > MOST_LINES {
            lines[MOST_LINES] = "…".into();
        }
        if left_out > 0 {
            let more = labels::bytes(left_out, self.lang);
            lines.push(self.say(format_args!("… and {more} more"), format_args!("……还有 {more}")));
        }
        lines
    }

    fn draw_act(&mut self, line: &str) -> String {
        let Ok(step) = Step::parse(line) else {
            return self.note_at(&Who::Client(None), "", line);
        };
        let Some(words) = labels::act(&step.act, self.lang) else { return String::new() };
        self.write_at(&step.who, "", &words);
        step.say(self.lang) + &self.word(".", "。")
    }

    /// Ends every bar, writes what there is to say of the whole, and gives the picture around the
    /// shapes of all events, with its questions.
    pub fn finish(mut self, shapes: &str, left_out: usize, questions: &str) -> String {
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
        self.rule(bottom + 6);
        let mut y = bottom + 8;
        for note in self.notes(left_out) {
            y = self.wrapped(self.lanes.note, y + LINE, PRINTED, "dim", &note);
            self.description.push(note);
        }
        let (bars, notes) = (self.svg.take_bars(), self.svg.group("notes"));
        let all = format!("{}{bars}{shapes}{notes}", self.head);
        let description = self.description.join("\n");
        svg::file(&all, self.lanes.width, y + 24, &self.title, &description, questions)
    }

    fn notes(&self, left_out: usize) -> Vec<String> {
        let mut notes = vec![];
        if left_out > 0 {
            notes.push(self.say(
                format_args!("{left_out} more events are in the recording"),
                format_args!("还有 {left_out} 个事件，在录制文件里"),
            ));
        }
        let count = self.missing;
        if count > 0 {
            notes.push(self.say(
                format_args!(
                    "at least {count} packets are missing: too many, or too fast, to be captured"
                ),
                format_args!("至少缺 {count} 个数据包：太多或者太快，没有录下来"),
            ));
        }
        let keeps = |side: Side| {
            let mut connections = self.connections.values();
            connections.any(|known| known.ends[side as usize].last == Some(State::TimeWait))
        };
        notes.push(labels::keepers(keeps(Side::Client), keeps(Side::Server), self.lang));
        notes.push(self.word(
            "programs and queues are seen by looking, up to 20 ms late; LISTEN stands before what follows from it",
            "程序和队列的变化是定时查看得到的，最多晚 20 毫秒；LISTEN 总画在它引起的事件之前",
        ));
        notes
    }
}
