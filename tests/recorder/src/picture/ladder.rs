//! The ladder: client on the left, server on the right, each event at its place.

use std::fmt::{self, Write};

use super::columns::{Column, Columns, LINE};
use super::data::{Shown, Stream, cut, plain, wrap};
use super::labels;
use super::svg::{Anchor, Svg};
use crate::recording::{self, Event, Flag, Packet, Recording, Seen, Side, What};
use shared::socket_table::State;
use stage::Lang;

const WIDTH: i32 = 940;
/// The right edge of the times.
const TIME: i32 = 74;
/// The right edge of what stands at the client's side.
const CLIENT_TEXT: i32 = 262;
/// The left edges of the two lifelines, and how wide they are.
const CLIENT: i32 = 270;
const SERVER: i32 = 572;
const LIFELINE: i32 = 14;
/// The left edge of where the server waits.
const WAITS: i32 = SERVER + LIFELINE + 4;
const WAIT: i32 = 7;
/// The left edge of what stands at the server's side.
const SERVER_TEXT: i32 = WAITS + WAIT + 9;
/// How many columns of a terminal fit there.
const SERVER_WIDTH: usize = 37;
/// How many fit at the client's side.
const CLIENT_WIDTH: usize = 25;
/// How far an arrow falls while the packet is under way.
const FALL: i32 = 10;

/// What happens so much later than what stands above gets a time of its own, in microseconds.
const LATER: i64 = 1000;

/// A wait that is at least so long is folded, in microseconds.
const LONG: i64 = 50_000;

/// The most events that are drawn, the most outputs behind the end of the call, and the most lines
/// for one output.
const MOST_EVENTS: usize = 250;
const MOST_BEHIND: usize = 4;
const MOST_LINES: usize = 6;

/// Draws a recording.
pub fn draw(recording: &Recording, lang: Lang) -> String {
    let mut ladder = Ladder::new(recording, lang);
    let drawn: Vec<&Event> =
        recording.events.iter().filter(|event| is_drawn(event, lang)).collect();
    let call = drawn.iter().rposition(|event| is_of_the_call(event)).map_or(0, |last| last + 1);
    let mut printed_behind = 0;
    let mut left_out = drawn.len().saturating_sub(MOST_EVENTS);
    for (number, event) in drawn.iter().take(MOST_EVENTS).enumerate() {
        if number >= call && matches!(event.what, What::Output { .. }) {
            printed_behind += 1;
            if printed_behind > MOST_BEHIND {
                left_out += 1;
                continue;
            }
        }
        ladder.pass_time(event.at_us);
        ladder.draw(event);
    }
    ladder.finish(recording, left_out)
}

/// Whether something happens to the connection.
fn is_of_the_call(event: &Event) -> bool {
    matches!(event.what, What::Packet(_) | What::State { .. } | What::Step { .. })
}

fn is_drawn(event: &Event, lang: Lang) -> bool {
    match &event.what {
        What::Packet(packet) => packet.connection == 1,
        What::Step { step } => labels::step(step, lang).is_some(),
        What::Output { text, left_out, .. } => !text.trim().is_empty() || *left_out > 0,
        What::State { .. } | What::Call { .. } => true,
    }
}

struct Ladder {
    lang: Lang,
    svg: Svg,
    columns: Columns,
    /// What has happened, for who can't see it.
    description: String,
    last_at: Option<i64>,
    last_time: i32,
    client: Lifeline,
    server: Lifeline,
    waits_since: Option<i32>,
    any_derived: bool,
}

/// One end of the connection.
struct Lifeline {
    x: i32,
    /// The state now, how it is known, and since where in the picture.
    state: Option<(State, Seen, i32)>,
    stream: Stream,
    first_seq: Option<u32>,
}

impl Ladder {
    fn new(recording: &Recording, lang: Lang) -> Self {
        let lifeline = |x| {
            let stream = Stream::new(recording.encoding);
            Lifeline { x, state: None, stream, first_seq: None }
        };
        let mut ladder = Ladder {
            lang,
            svg: Svg::default(),
            columns: Columns::from(0),
            description: String::new(),
            last_at: None,
            last_time: 0,
            client: lifeline(CLIENT),
            server: lifeline(SERVER),
            waits_since: None,
            any_derived: false,
        };
        ladder.draw_head(recording);
        ladder
    }

    fn draw_head(&mut self, recording: &Recording) {
        let (title, program) =
            (title(recording, self.lang), cut(&plain(&recording.program), 90, false));
        self.svg.text(20, 30, Anchor::Start, "title", &title);
        self.svg.text(20, 58, Anchor::Start, "mono dim", &program);
        let heads =
            [(Side::Client, CLIENT, recording.client), (Side::Server, SERVER, recording.server)];
        for (side, x, address) in heads {
            let name = labels::side(side, self.lang);
            self.svg.text(x + LIFELINE / 2, 92, Anchor::Middle, "strong", &name);
            if let Some(address) = address {
                let address = address.to_string();
                self.svg.text(x + LIFELINE / 2, 113, Anchor::Middle, "mono small dim", &address);
            }
        }
        self.svg.text(TIME, 113, Anchor::End, "small dim", "ms");
        self.svg.line((20, 130), (WIDTH - 20, 130), "rule");
        self.columns = Columns::from(150);
    }

    /// Folds a long wait.
    fn pass_time(&mut self, at_us: i64) {
        let waited = self.last_at.map_or(0, |last| at_us.saturating_sub(last));
        if waited >= LONG {
            self.columns.take_all(8);
            let y = self.columns.take_all(38) + 12;
            let words = labels::folded(waited, self.lang);
            self.svg.line((20, y), (WIDTH - 20, y), "fold");
            let middle = (CLIENT + LIFELINE + SERVER) / 2;
            self.svg.rect(middle - 75, y - 11, 150, 22, "paper");
            self.svg.text(middle, y, Anchor::Middle, "dim small", &words);
            self.tell(&words);
        } else if waited >= LATER {
            self.columns.pass(self.last_time + LINE);
        }
        self.last_at = Some(at_us);
    }

    fn draw(&mut self, event: &Event) {
        match &event.what {
            What::Packet(packet) => self.draw_packet(event, packet),
            What::State { state, seen } => self.draw_state(event, *state, *seen),
            What::Call { call, step, ended } => {
                match labels::call(call.as_deref(), step.as_deref(), ended.as_deref(), self.lang) {
                    Some(words) => self.draw_call(event, &words, ended.is_none()),
                    None => self.stop_waiting(),
                }
            }
            What::Output { stream, text, left_out } => {
                self.draw_output(event, *stream, text, *left_out);
            }
            What::Step { step } => self.draw_step(event, step),
        }
    }

    /// Writes the time beside what stands at `y`, where there is room for it.
    fn time(&mut self, y: i32, at_us: i64) {
        if y >= self.last_time + LINE - 4 {
            let time = labels::milliseconds(at_us, 2);
            self.svg.text(TIME, y, Anchor::End, "mono small dim", &time);
            self.last_time = y;
        }
    }

    fn tell(&mut self, words: &str) {
        let _ = writeln!(self.description, "{words}");
    }

    fn tell_of(&mut self, en: fmt::Arguments<'_>, zh: fmt::Arguments<'_>) {
        let words = labels::say(self.lang, en, zh);
        self.tell(&words);
    }

    fn lifeline(&mut self, side: Side) -> &mut Lifeline {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn draw_packet(&mut self, event: &Event, packet: &Packet) {
        let sender = self.lifeline(event.side);
        let shown = sender.stream.next(packet);
        let first = *sender.first_seq.get_or_insert(packet.seq);
        let other = self.lifeline(event.side.other()).first_seq;
        let tip = numbers(packet, first, other);

        let above = self.packet_labels(packet, shown.as_ref());
        let top = self.columns.take(Column::Packets, above.len() as i32 * 18 + FALL + 12);
        let tail = top + above.len() as i32 * 18 - 4;
        let middle = (CLIENT + LIFELINE + SERVER) / 2;
        for (row, (class, text)) in (0..).zip(&above) {
            self.svg.text(middle, top + row * 18, Anchor::Middle, class, text);
        }
        let (left, right) = (CLIENT + LIFELINE + 4, SERVER - 4);
        let (from, to, receiver) = match event.side {
            Side::Client => ((left, tail), (right, tail + FALL), Column::Server),
            Side::Server => ((right, tail), (left, tail + FALL), Column::Client),
        };
        let class = if packet.flags.contains(&Flag::Rst) { "reset" } else { "" };
        self.svg.arrow(from, to, class, &tip);
        self.time(tail, event.at_us);
        self.columns.pass(tail);
        self.columns.lower(receiver, tail + FALL);
        self.tell_packet(event, packet, shown.as_ref());
    }

    /// What stands above an arrow: the flags and the length, the text, and its bytes.
    fn packet_labels(&self, packet: &Packet, shown: Option<&Shown>) -> Vec<(&'static str, String)> {
        let flags = labels::flags(packet);
        let reset = if packet.flags.contains(&Flag::Rst) { "strong reset" } else { "strong" };
        let Some(shown) = shown else { return vec![(reset, flags)] };
        let length = labels::bytes(packet.length, self.lang);
        let mut above = vec![(reset, format!("{flags} · {length}"))];
        above.extend(self.data(shown).map(|data| ("mono", data)));
        above.push(("mono small dim", shown.hex.clone()));
        above
    }

    /// The text of a packet, where it is known.
    fn data(&self, shown: &Shown) -> Option<String> {
        let half = match self.lang {
            Lang::En => "half a character",
            Lang::ZhCn => "半个字符",
        };
        Some(match (shown.text.as_deref()?, shown.half) {
            ("", true) => half.into(),
            (text, true) => format!("\"{text}\" + {half}"),
            (text, false) => format!("\"{text}\""),
        })
    }

    fn tell_packet(&mut self, event: &Event, packet: &Packet, shown: Option<&Shown>) {
        let (flags, from) = (labels::flags(packet), labels::side(event.side, self.lang));
        let data = shown.map(|shown| {
            let length = labels::bytes(packet.length, self.lang);
            let data = self.data(shown).map(|data| format!(", {data}"));
            format!(", {length}{}", data.unwrap_or_default())
        });
        let data = data.unwrap_or_default();
        self.tell_of(
            format_args!("The {from} sends {flags}{data}."),
            format_args!("{from}发送 {flags}{data}。"),
        );
    }

    fn draw_state(&mut self, event: &Event, state: State, seen: Seen) {
        let column = column(event.side);
        let y = self.columns.take(column, LINE);
        self.end_state(event.side, y);
        self.lifeline(event.side).state = Some((state, seen, y));
        let derived = seen == Seen::Derived;
        self.any_derived |= derived;
        let mark = if derived { "*" } else { "" };
        let name = format!("{}{mark}", state.name());
        let class =
            format!("strong {} {}", labels::class(state), if derived { "derived" } else { "" });
        let (x, anchor) = text_place(event.side);
        self.svg.text(x, y, anchor, class.trim_end(), &name);
        self.time(y, event.at_us);
        let side = labels::side(event.side, self.lang);
        self.tell_of(format_args!("The {side} is in {name}."), format_args!("{side}进入 {name}。"));
    }

    /// Colours the lifeline of `side` down to `y`.
    fn end_state(&mut self, side: Side, y: i32) {
        let lifeline = self.lifeline(side);
        let (x, Some((state, seen, from))) = (lifeline.x, lifeline.state.take()) else { return };
        let derived = if seen == Seen::Derived { " derived" } else { "" };
        if state != State::Closed {
            let class = format!("{}{derived}", labels::class(state));
            self.svg.rect(x, from, LIFELINE, (y - from).max(2), &class);
        }
    }

    fn draw_call(&mut self, event: &Event, words: &str, waits: bool) {
        let y = self.columns.take(Column::Server, LINE);
        self.end_wait(y);
        self.waits_since = waits.then_some(y);
        self.svg.text(SERVER_TEXT, y, Anchor::Start, "dim", words);
        self.time(y, event.at_us);
        self.tell_of(format_args!("The server {words}."), format_args!("服务器{words}。"));
    }

    /// The server runs: there is nothing to draw but the end of its wait.
    fn stop_waiting(&mut self) {
        let y = self.columns.now();
        self.end_wait(y);
    }

    /// Draws the bar beside the server's lifeline, for as long as it has waited.
    fn end_wait(&mut self, y: i32) {
        if let Some(since) = self.waits_since.take() {
            // A gap of a hair between two waits.
            self.svg.rect(WAITS, since, WAIT, (y - since - 2).max(2), "waits");
        }
    }

    fn draw_output(
        &mut self,
        event: &Event,
        stream: recording::Stream,
        text: &str,
        left_out: usize,
    ) {
        let mut lines: Vec<String> = text
            .lines()
            .filter(|line| !line.is_empty())
            .flat_map(|line| wrap(&plain(line), SERVER_WIDTH, 3))
            .collect();
        if lines.len() > MOST_LINES {
            lines.truncate(MOST_LINES);
            lines.push("…".into());
        }
        if left_out > 0 {
            let more = labels::bytes(left_out, self.lang);
            let (en, zh) = (format_args!("… and {more} more"), format_args!("……还有 {more}"));
            lines.push(labels::say(self.lang, en, zh));
        }
        let height = lines.len() as i32 * 19 + 5;
        let y = self.columns.take(Column::Server, height);
        let class = match stream {
            recording::Stream::Stdout => "mono",
            recording::Stream::Stderr => "mono dim",
        };
        self.svg.rect(SERVER_TEXT - 4, y - 11, WIDTH - SERVER_TEXT - 16, height - 3, "tint");
        for (row, line) in (0..).zip(&lines) {
            self.svg.text(SERVER_TEXT, y + row * 19, Anchor::Start, class, line);
        }
        self.time(y, event.at_us);
        let text = lines.concat();
        self.tell_of(format_args!("The server prints: {text}"), format_args!("服务器打印：{text}"));
    }

    fn draw_step(&mut self, event: &Event, step: &str) {
        let Some(words) = labels::step(step, self.lang) else { return };
        let (x, anchor) = text_place(event.side);
        let width = if event.side == Side::Client { CLIENT_WIDTH } else { SERVER_WIDTH };
        let lines = wrap(&plain(&words), width, 3);
        let y = self.columns.take(column(event.side), lines.len() as i32 * LINE);
        for (row, line) in (0..).zip(&lines) {
            self.svg.text(x, y + row * LINE, anchor, "", line);
        }
        self.time(y, event.at_us);
        let (side, what) = (labels::side(event.side, self.lang), plain(&words));
        self.tell_of(format_args!("The {side}: {what}."), format_args!("{side}：{what}。"));
    }

    fn finish(mut self, recording: &Recording, left_out: usize) -> String {
        let keeps = |side| last_state(recording, side) == Some(State::TimeWait);
        let keepers = labels::keepers(keeps(Side::Client), keeps(Side::Server), self.lang);
        self.columns.take_all(24);
        let bottom = self.columns.take_all(20);
        for side in [Side::Client, Side::Server] {
            self.end_state(side, bottom);
        }
        self.end_wait(bottom);

        let lang = self.lang;
        let say = |en: fmt::Arguments<'_>, zh: fmt::Arguments<'_>| labels::say(lang, en, zh);
        let mut notes = vec![];
        if left_out > 0 {
            notes.push(say(
                format_args!("{left_out} more events stand in the recording"),
                format_args!("还有 {left_out} 个事件，在录制文件里"),
            ));
        }
        if recording.packets_left_out > 0 {
            let count = recording.packets_left_out;
            notes.push(say(
                format_args!(
                    "at least {count} packets are missing: too many, or too fast, to be captured"
                ),
                format_args!("至少缺 {count} 个数据包：太多或者太快，没有录下来"),
            ));
        }
        notes.push(keepers);
        if self.any_derived {
            notes.push(say(
                format_args!("* too short to be seen: the packets prove it"),
                format_args!("* 太短，没有直接看到，由数据包推出"),
            ));
        }
        self.svg.line((20, bottom + 6), (WIDTH - 20, bottom + 6), "rule");
        let mut y = bottom + 8;
        for note in notes {
            y += LINE;
            self.svg.text(20, y, Anchor::Start, "dim", &note);
            self.tell(&note);
        }
        let title = title(recording, self.lang);
        self.svg.file(WIDTH, y + 24, &title, &self.description)
    }
}

/// In which state one end is at last.
fn last_state(recording: &Recording, side: Side) -> Option<State> {
    let of_side = recording.events.iter().rev().filter(|event| event.side == side);
    let mut states = of_side.filter_map(|event| match event.what {
        What::State { state, .. } => Some(state),
        _ => None,
    });
    states.next()
}

fn title(recording: &Recording, lang: Lang) -> String {
    let title = match lang {
        Lang::En => &recording.title.en,
        Lang::ZhCn => &recording.title.zh,
    };
    cut(&plain(title), 80, false)
}

fn column(side: Side) -> Column {
    match side {
        Side::Client => Column::Client,
        Side::Server => Column::Server,
    }
}

fn text_place(side: Side) -> (i32, Anchor) {
    match side {
        Side::Client => (CLIENT_TEXT, Anchor::End),
        Side::Server => (SERVER_TEXT, Anchor::Start),
    }
}

/// Sequence numbers as Wireshark shows them: each side's count from 0.
fn numbers(packet: &Packet, first: u32, other: Option<u32>) -> String {
    let seq = packet.seq.wrapping_sub(first);
    let ack = packet.ack.wrapping_sub(other.unwrap_or_default());
    match packet.flags.contains(&Flag::Ack) {
        true => format!("{} seq={seq} ack={ack} len={}", labels::flags(packet), packet.length),
        false => format!("{} seq={seq} len={}", labels::flags(packet), packet.length),
    }
}
