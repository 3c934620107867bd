//! What happened, in the order in which it happened: one JSON object a line, the first of which
//! says what was recorded. A file of such lines is a [`Recording`].

use std::net::SocketAddr;

use acts::hex;
use acts::{Who, Words, one_line};
use plain::State;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ask::Ask;

/// The version of the format, which every recording begins with.
pub const FORMAT: u32 = 2;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`].
    pub format: u32,
    /// The scene's name.
    pub scene: String,
    /// What the scene shows.
    pub title: Words,
    /// The server's command, as one would type it.
    pub program: String,
    /// How the text of the packets is encoded: `gbk` or `utf-8`.
    pub encoding: Encoding,
}

/// How text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // their names are what there is to say
pub enum Encoding {
    #[serde(rename = "gbk")]
    Gbk,
    #[serde(rename = "utf-8")]
    Utf8,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, in microseconds since the recording began.
    pub at_us: i64,
    /// How much earlier it was, where it was seen too late to be put in order.
    #[serde(default, skip_serializing_if = "is_default")]
    pub late_us: i64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// One of the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // their names are what there is to say
pub enum Side {
    Client,
    Server,
}

/// A program that was started: whose, and for the how many-th time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct By {
    /// `server`, or the client's name.
    pub who: Who,
    /// Which start it was.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub run: usize,
}

/// What can happen. A connection is known by its number, from 1 on in the order in which they begin;
/// 0 is the listening socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[allow(missing_docs)] // what they hold is told here where its name does not
pub enum What {
    /// A connection begins.
    Connection {
        conn: usize,
        client: SocketAddr,
        server: SocketAddr,
        /// Whose it is, where a client of the scene has opened it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<Who>,
    },
    /// A packet was sent.
    Packet(Packet),
    /// One end of a connection has got into a state.
    State {
        conn: usize,
        end: Side,
        #[serde(serialize_with = "name", deserialize_with = "named")]
        state: State,
        seen: Seen,
    },
    /// A thread waits in a system call, or does not wait any more (`call` is null).
    Wait {
        #[serde(flatten)]
        by: By,
        /// Which of its threads, from 1 on.
        thread: usize,
        call: Option<String>,
        /// Which of the six steps it is: `accept`, `recv`, `send` or `close`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        /// The connections that it waits for, where it waits for any.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        on: Vec<usize>,
    },
    /// So many bytes wait at one end: to be received by its program, and to be acknowledged.
    Queue { conn: usize, end: Side, recv: u32, send: u32 },
    /// So many connections wait to be accepted, and there is room for so many.
    Backlog { waiting: u32, room: u32 },
    /// How long one end will yet be in TIME_WAIT.
    Timer { conn: usize, end: Side, left_ms: u64 },
    /// A program has printed something.
    Output {
        #[serde(flatten)]
        by: By,
        stream: Stream,
        /// What, as UTF-8.
        text: String,
        /// How many bytes of it were left out here.
        #[serde(default, skip_serializing_if = "is_default")]
        left_out: usize,
    },
    /// A step was taken.
    Act { line: String },
    /// A step did not come to its end.
    Stopped { line: String, why: Words },
    /// A program has ended: `exit status 0`, or the signal that ended it.
    Ended {
        #[serde(flatten)]
        by: By,
        how: String,
    },
    /// A question, which is not drawn.
    Ask(Ask),
    /// So many packets were not seen, at least: too many to be kept, or too fast to be captured.
    Missing { packets: usize },
}

/// A TCP segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packet {
    /// The connection that it belongs to.
    pub conn: usize,
    /// The side that has sent it.
    pub from: Side,
    /// Its flags.
    pub flags: Vec<Flag>,
    /// The number of its first byte, as the packet carries it.
    pub seq: u32,
    /// The number of the byte that its sender wants next; 0 without ACK.
    pub ack: u32,
    /// How many bytes of data it carries.
    pub length: usize,
    /// The first of these bytes, in hex.
    #[serde(deserialize_with = "in_hex")]
    pub data: String,
}

/// The flags of RFC 9293, section 3.1, that the course speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)] // their names are what there is to say
pub enum Flag {
    Syn,
    Fin,
    Rst,
    Psh,
    Ack,
    Urg,
}

/// How a state is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// A packet proves it.
    Packet,
    /// The kernel showed it, and no packet explains it.
    Kernel,
}

/// One of a program's two outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // their names are what there is to say
pub enum Stream {
    Stdout,
    Stderr,
}

/// What was recorded, as a file has it.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The first line.
    pub head: Head,
    /// The other lines.
    pub events: Vec<Event>,
}

impl Recording {
    /// Reads the lines of a recording.
    ///
    /// # Errors
    /// Where the text is none, or of another version.
    pub fn read(text: &str) -> Result<Self, Words> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        let Version { format } = serde_json::from_str(first).map_err(none)?;
        if format != FORMAT {
            return Err(Words::new(
                format!("the recording has format {format}, and {FORMAT} is what can be drawn"),
                format!("录制文件的格式是 {format}，只能画格式 {FORMAT}"),
            ));
        }
        let head = serde_json::from_str(first).map_err(none)?;
        let events = lines.map(serde_json::from_str).collect::<Result<_, _>>();
        Ok(Recording { head, events: events.map_err(none)? })
    }

    /// The recording as lines.
    ///
    /// # Errors
    /// None that is known: everything in it can be written as JSON.
    pub fn lines(&self) -> serde_json::Result<String> {
        let events = self.events.iter().map(serde_json::to_string);
        let lines = [serde_json::to_string(&self.head)].into_iter().chain(events);
        lines.map(|line| line.map(|line| line + "\n")).collect()
    }
}

fn none(why: serde_json::Error) -> Words {
    let why = one_line(&why.to_string());
    Words::new(format!("this is not a recording: {why}"), format!("这不是录制文件：{why}"))
}

impl Packet {
    /// Whether it has this flag.
    pub fn has(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }
}

impl Side {
    /// The other end.
    pub fn other(self) -> Self {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}

impl Encoding {
    /// Its label in the WHATWG Encoding Standard.
    pub fn label(self) -> &'static str {
        match self {
            Encoding::Gbk => "gbk",
            Encoding::Utf8 => "utf-8",
        }
    }
}

fn name<S: Serializer>(state: &State, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(state.name())
}

fn named<'de, D: Deserializer<'de>>(from: D) -> Result<State, D::Error> {
    let name = String::deserialize(from)?;
    let state = State::named(&name);
    state.ok_or_else(|| serde::de::Error::custom(format!("unknown state `{name}`")))
}

fn in_hex<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let digits = String::deserialize(from)?;
    match hex(&digits) {
        Some(_) => Ok(digits),
        None => Err(serde::de::Error::custom("the data of a packet is not hex")),
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn first() -> usize {
    1
}

fn is_first(run: &usize) -> bool {
    *run == 1
}
