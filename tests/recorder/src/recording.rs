//! What happened in one scene: the packets as the kernel sent them, the states as the kernel held
//! them, and what the server did, in the order in which it happened.
//!
//! - [`crate::scene`] says what the client does, and when;
//! - [`crate::tcp`] says which states the packets prove;
//! - the recorder plays a scene in a network of its own and writes down what it sees (Linux);
//! - [`crate::picture`] makes a picture of the recording, on every system.

use std::net::SocketAddr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use shared::socket_table;

use stage::act::hex;
use stage::{Words, one_line};

/// The version of the format, which every recording begins with.
pub const FORMAT: u32 = 1;

/// The recording of one scene.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recording {
    /// [`FORMAT`].
    pub format: u32,
    /// The scene's name.
    pub scene: String,
    /// What the scene shows.
    pub title: Title,
    /// The server's command, as one would type it.
    pub program: String,
    /// How the text of the packets is encoded: `gbk` or `utf-8`.
    pub encoding: Encoding,
    /// The client's end of the connection that is drawn, once it has called.
    pub client: Option<SocketAddr>,
    /// The server's end of it.
    pub server: Option<SocketAddr>,
    /// How many packets were sent and are missing, at least: too many to be kept, or too fast to be
    /// captured.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub packets_left_out: usize,
    /// All that happened, in order.
    pub events: Vec<Event>,
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

/// What a scene shows, in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    /// In English.
    pub en: String,
    /// In Chinese.
    #[serde(rename = "zh-CN")]
    pub zh: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, in microseconds since the recorder started the server.
    pub at_us: i64,
    /// Whose doing it was.
    pub side: Side,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Who called.
    Client,
    /// Who was called.
    Server,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum What {
    /// A side sent a packet.
    Packet(Packet),
    /// A side's end of the connection has got into a state.
    State {
        /// The state.
        #[serde(serialize_with = "name", deserialize_with = "named")]
        state: socket_table::State,
        /// How it is known.
        seen: Seen,
    },
    /// The server waits in a system call, or has stopped waiting.
    Call {
        /// The system call's name; `null` where the server is running, or has ended.
        call: Option<String>,
        /// Which of the six steps it is: `accept`, `recv`, `send` or `close`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        /// How the server has ended: `exit status 0`, or the signal that ended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ended: Option<String>,
    },
    /// The server has printed something.
    Output {
        /// Where to.
        stream: Stream,
        /// What, as UTF-8.
        text: String,
        /// How many bytes of it were left out here.
        #[serde(default, skip_serializing_if = "is_zero")]
        left_out: usize,
    },
    /// The scene did something: a line of its script, `start`, or `stop …`, the line that it did
    /// not get past.
    Step {
        /// What it did.
        step: String,
    },
}

/// A TCP segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packet {
    /// Which connection of the recording it belongs to; the first one is drawn.
    pub connection: usize,
    /// Its flags.
    pub flags: Vec<Flag>,
    /// The number of its first byte, as it stands in the packet.
    pub seq: u32,
    /// The number of the byte that its sender wants next; 0 without ACK.
    pub ack: u32,
    /// How many bytes of data it carries.
    pub length: usize,
    /// The first of these bytes, in hex.
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
    /// The kernel showed it.
    Polled,
    /// The packets prove it; it was over before the kernel was asked.
    Derived,
}

/// One of a program's two outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // their names are what there is to say
pub enum Stream {
    Stdout,
    Stderr,
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    /// Where the text is none, or of another version.
    pub fn from_json(text: &str) -> Result<Self, Words> {
        let no_recording = |why: &str| {
            let why = one_line(why);
            Words::new(format!("this is no recording: {why}"), format!("这不是录制文件：{why}"))
        };
        let recording: Recording =
            serde_json::from_str(text).map_err(|error| no_recording(&error.to_string()))?;
        let is_hex = |event: &Event| match &event.what {
            What::Packet(packet) => hex(&packet.data).is_some(),
            _ => true,
        };
        match recording.format {
            FORMAT if !recording.events.iter().all(is_hex) => {
                Err(no_recording("the data of a packet is not hex"))
            }
            FORMAT => Ok(recording),
            other => Err(Words::new(
                format!("the recording has format {other}, and {FORMAT} is what can be drawn"),
                format!("录制文件的格式是 {other}，只能画格式 {FORMAT}"),
            )),
        }
    }

    /// The recording as a file: one line for each event.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let head = serde_json::to_string(&Recording { events: Vec::new(), ..self.clone() })?;
        // The events are its last member.
        let mut text = head.trim_end_matches("]}").to_string();
        for (number, event) in self.events.iter().enumerate() {
            text += if number == 0 { "\n" } else { ",\n" };
            text += &serde_json::to_string(event)?;
        }
        Ok(text + "\n]}\n")
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

fn name<S: Serializer>(state: &socket_table::State, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(state.name())
}

fn named<'de, D: Deserializer<'de>>(from: D) -> Result<socket_table::State, D::Error> {
    let name = String::deserialize(from)?;
    let state = socket_table::State::named(&name);
    state.ok_or_else(|| serde::de::Error::custom(format!("there is no state `{name}`")))
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}
