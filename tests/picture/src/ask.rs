//! Questions in a recording: the reader guesses, and then sees what happened. Which option holds is
//! computed from the events between a question and its end.

use acts::{Act, Step, Who, Words, one_line};
use plain::State;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Flag, Side, Stream, What};

/// A question. It stands among the events, before those that decide it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Where it ends: only events before this time count.
    pub until_us: i64,
    /// What is asked.
    pub question: Words,
    /// From what the reader chooses.
    pub options: Vec<Choice>,
    /// What the reader sees afterwards.
    pub why: Why,
}

/// An option of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // their names are what there is to say
pub struct Choice {
    pub judge: Judge,
    pub text: Words,
    pub holds: bool,
}

/// Why it is so, and where the book explains it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // their names are what there is to say
pub struct Why {
    pub link: String,
    pub text: Words,
}

/// What an option claims:
///
/// - `lines 2`: the server prints so many lines on standard output;
/// - `prints 你`: what it prints there contains this;
/// - `outcome connect|send|start ok|refused|waits`: how the call ends, or the new start;
/// - `state client|server STATE`: the state of this end of the newest connection;
/// - `keeps client|server|both|none`: where TIME_WAIT is left;
/// - `where CLIENT kernel|wire|server-kernel|program`: how far the bytes of this client have come;
/// - `next CLIENT`, `next none`: the client to whom the server sends next;
/// - `ends 0|1|…|not`: the server's exit status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Judge(String);

/// A question of a scene, and between which of its acts it stands. The start of the server is act 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The question; that an option holds is not known yet.
    pub ask: Ask,
    /// The act that follows the question.
    pub from: usize,
    /// The act that follows its end.
    pub until: usize,
}

/// Puts the questions of a scene among the events of its recording.
pub fn put(asked: &[Asked], events: &mut Vec<Event>) {
    let is_act = |event: &&Event| matches!(event.what, What::Act { .. });
    let acts: Vec<i64> = events.iter().filter(is_act).map(|event| event.at_us).collect();
    let Some(last) = events.last().map(|event| event.at_us) else { return };
    // From the last one on, because each moves the events after it.
    for Asked { ask, from, until } in asked.iter().rev() {
        let at_us = acts.get(*from).copied().unwrap_or(last);
        let until_us = acts.get(*until).copied().unwrap_or(last + 1);
        let nth_act = events.iter().enumerate().filter(|(_, event)| is_act(event)).nth(*from);
        let place = nth_act.map_or(events.len(), |(place, _)| place);
        let ask = What::Ask(Ask { until_us, ..ask.clone() });
        events.insert(place, Event { at_us, late_us: 0, what: ask });
    }
    for (place, options) in judged(events) {
        if let What::Ask(ask) = &mut events[place].what {
            ask.options = options;
        }
    }
}

/// The options of each question, judged again, and the place of the question among the events.
pub fn judged(events: &[Event]) -> Vec<(usize, Vec<Choice>)> {
    let asks = events.iter().enumerate().filter_map(|(place, event)| match &event.what {
        What::Ask(ask) => Some((place, ask)),
        _ => None,
    });
    let asks = asks.map(|(place, ask)| {
        let end = events.iter().position(|event| event.at_us >= ask.until_us);
        let end = end.unwrap_or(events.len()).max(place);
        let seen = Seen { all: &events[..end], since: &events[place..end] };
        let options = ask.options.iter().cloned();
        (place, options.map(|o| Choice { holds: seen.proves(&o.judge), ..o }).collect())
    });
    asks.collect()
}

impl Judge {
    /// Reads what an option claims.
    ///
    /// # Errors
    /// Where it is not one of those above.
    pub fn parse(line: &str) -> Result<Self, Words> {
        let words: Vec<_> = line.split_whitespace().collect();
        let is_known = match words[..] {
            ["lines", count] => count.parse::<usize>().is_ok(),
            ["prints", _] => true,
            ["outcome", "connect" | "send" | "start", "ok" | "refused" | "waits"] => true,
            ["state", "client" | "server", state] => State::named(state).is_some(),
            ["keeps", "client" | "server" | "both" | "none"] => true,
            ["where", who, "kernel" | "wire" | "server-kernel" | "program"] => {
                Who::named(who).is_some()
            }
            ["next", who] => Who::named(who).is_some(),
            ["ends", "not"] => true,
            ["ends", status] => status.parse::<u8>().is_ok(),
            _ => false,
        };
        let line = one_line(line);
        match is_known {
            true => Ok(Judge(words.join(" "))),
            false => Err(Words::new(
                format!("an option can't be judged by \"{line}\""),
                format!("选项不能用 \"{line}\" 判断"),
            )),
        }
    }
}

impl From<Judge> for String {
    fn from(judge: Judge) -> Self {
        judge.0
    }
}

impl TryFrom<String> for Judge {
    type Error = String;

    fn try_from(line: String) -> Result<Self, String> {
        Judge::parse(&line).map_err(|why| why.say(acts::Lang::En).into())
    }
}

/// All events up to the end of a question, and those since the question.
struct Seen<'a> {
    all: &'a [Event],
    since: &'a [Event],
}

impl Seen<'_> {
    /// Whether the events prove what an option claims.
    fn proves(&self, judge: &Judge) -> bool {
        let words: Vec<_> = judge.0.split(' ').collect();
        let [claim @ .., value] = &words[..] else { return false };
        let is_so = match claim {
            ["lines"] => self.printed().matches('\n').count().to_string(),
            ["prints"] => return self.printed().contains(value),
            ["outcome", "connect"] => self.connect().into(),
            ["outcome", "send"] => self.send().into(),
            ["outcome", _] => self.start().into(),
            ["state", "client"] => self.state(self.newest(), Side::Client).into(),
            ["state", _] => self.state(self.newest(), Side::Server).into(),
            ["keeps"] => self.keeps().into(),
            ["where", who] => self.place(who).into(),
            ["next"] => self.next(),
            _ => self.ends(),
        };
        is_so == *value
    }

    /// What the server has printed on standard output since the question.
    fn printed(&self) -> String {
        let texts = self.since.iter().filter_map(|event| match &event.what {
            What::Output { by, stream: Stream::Stdout, text, .. } if by.who == Who::Server => {
                Some(text.as_str())
            }
            _ => None,
        });
        texts.collect()
    }

    fn connect(&self) -> &'static str {
        let begun = self.since.iter().find_map(|event| match event.what {
            What::Connection { conn, .. } => Some(conn),
            _ => None,
        });
        let Some(begun) = begun else { return "waits" };
        let has_been = self.since.iter().any(|event| {
            matches!(event.what, What::State { conn, end: Side::Client, state: State::Established, .. } if conn == begun)
        });
        match has_been {
            true => "ok",
            false if self.is_reset(begun) => "refused",
            false => "waits",
        }
    }

    /// A send that succeeds gives bytes to the kernel, which sends them at once or holds them.
    fn send(&self) -> &'static str {
        let has_data = self.since.iter().any(|event| {
            matches!(&event.what, What::Packet(packet) if packet.from == Side::Client && packet.length > 0)
        });
        match has_data {
            true => "ok",
            false if self.is_reset(self.newest()) => "refused",
            false => "waits",
        }
    }

    fn start(&self) -> &'static str {
        let listens = self
            .since
            .iter()
            .any(|event| matches!(event.what, What::State { conn: 0, state: State::Listen, .. }));
        match listens {
            true => "ok",
            false if self.ends() != "not" => "refused",
            false => "waits",
        }
    }

    fn keeps(&self) -> &'static str {
        let keeps = |side| (1..=self.newest()).any(|c| self.state(c, side) == "TIME_WAIT");
        match (keeps(Side::Client), keeps(Side::Server)) {
            (true, true) => "both",
            (true, false) => "client",
            (false, true) => "server",
            (false, false) => "none",
        }
    }

    /// How far the last bytes of this client have come. Its send has given them to its kernel, its
    /// packets carry them, and the server's kernel acknowledges and keeps them.
    fn place(&self, client: &str) -> &'static str {
        let (mut conn, mut first, mut next, mut wanted) = (0, 0, 0, 0);
        let (mut given, mut unread) = (0, 0);
        for event in self.all {
            match &event.what {
                What::Connection { conn: begun, who: Some(who), .. }
                    if who.to_string() == client =>
                {
                    (conn, given, unread) = (*begun, 0, 0);
                }
                What::Act { line } => {
                    if let Ok(Step { who, act: Act::Send(bytes) }) = Step::parse(line)
                        && who.to_string() == client
                    {
                        given += bytes.len();
                    }
                }
                What::Packet(packet) if packet.conn == conn && packet.from == Side::Client => {
                    if packet.has(Flag::Syn) {
                        first = packet.seq.wrapping_add(1);
                    }
                    next = packet.seq.wrapping_add(packet.length as u32);
                }
                What::Packet(packet) if packet.conn == conn => wanted = packet.ack,
                What::Queue { conn: of, end: Side::Server, recv, .. } if *of == conn => {
                    unread = *recv;
                }
                _ => {}
            }
        }
        match () {
            () if given > next.wrapping_sub(first) as usize => "kernel",
            () if wanted != next => "wire",
            () if unread > 0 => "server-kernel",
            () => "program",
        }
    }

    /// The client to whom the server sends data first.
    fn next(&self) -> String {
        let served = self.since.iter().find_map(|event| match &event.what {
            What::Packet(packet) if packet.from == Side::Server && packet.length > 0 => {
                Some(packet.conn)
            }
            _ => None,
        });
        let of = self.all.iter().find_map(|event| match &event.what {
            What::Connection { conn, who, .. } if Some(*conn) == served => who.clone(),
            _ => None,
        });
        of.map_or("none".into(), |who| who.to_string())
    }

    /// How the server has ended since the question.
    fn ends(&self) -> String {
        let how = self.since.iter().rev().find_map(|event| match &event.what {
            What::Ended { by, how } if by.who == Who::Server => Some(how.as_str()),
            _ => None,
        });
        let status = |how: &str| how.strip_prefix("exit status ").unwrap_or(how).to_string();
        how.map_or("not".into(), status)
    }

    fn newest(&self) -> usize {
        let begun = self.all.iter().filter(|event| matches!(event.what, What::Connection { .. }));
        begun.count()
    }

    fn is_reset(&self, of: usize) -> bool {
        self.all.iter().any(|event| {
            matches!(&event.what, What::Packet(packet) if packet.conn == of && packet.has(Flag::Rst))
        })
    }

    /// The name of the last state of one end.
    fn state(&self, of: usize, side: Side) -> &'static str {
        let last = self.all.iter().rev().find_map(|event| match event.what {
            What::State { conn, end, state, .. } if conn == of && end == side => Some(state),
            _ => None,
        });
        last.map_or("CLOSED", State::name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_send_of_which_no_byte_leaves_has_not_succeeded() -> serde_json::Result<()> {
        let fin = r#"{"at_us":2,"kind":"packet","conn":1,"from":"client","flags":["FIN"],"seq":1,"ack":1,"length":0,"data":""}"#;
        let events = [serde_json::from_str(fin)?];
        let seen = Seen { all: &events, since: &events };
        assert_eq!(seen.send(), "waits");
        Ok(())
    }
}
