//! What programs and their clients can do: one vocabulary for scenes, sessions and reports.
//!
//! Each step is one line of text, which is read and written alike, and one sentence in each language.

mod line;

use std::fmt;
use std::time::Duration;

use line::{bytes_of, in_quotes, nothing_behind, number, quoted, sent, written};

pub use line::hex;
pub use plain::{Lang, Words, one_line};

/// The longest pause, in milliseconds.
const LONGEST_PAUSE: u64 = 60_000;

/// The most bytes that one act sends or receives.
const MOST: usize = 16 << 20;

/// How many characters of a text, or bytes in hex, a sentence shows.
const SHOWN: usize = 24;

/// The side that acts, or the side whose program a step acts on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "String", try_from = "String"))]
pub enum Who {
    /// The server.
    Server,
    /// A client; one without a name where there is only one.
    Client(Option<String>),
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Starts a program, with these options after its own words.
    Start(Vec<String>),
    /// Connects to the server.
    Connect,
    /// Accepts a connection.
    Accept,
    /// Sends these bytes, by one send.
    Send(Vec<u8>),
    /// Sends these bytes by many sends, of so many bytes each.
    SendInPieces(Vec<u8>, usize),
    /// Sends so many bytes, and receives them back at the same time.
    Exchange(usize),
    /// Sends until the kernel takes no more, and receives nothing.
    Fill,
    /// Receives all that it has sent.
    Drain,
    /// Receives.
    Receive(Want),
    /// Will send no more, and can still receive.
    HalfClose,
    /// Closes the connection.
    Close,
    /// Resets the connection.
    Reset,
    /// Nothing is done for a while.
    Pause(Duration),
    /// Types this at a program's standard input.
    Type(String),
    /// Ends a program's standard input, as Ctrl-D does.
    EndInput,
    /// Interrupts a program, as Ctrl-C does.
    Interrupt,
    /// Kills a program.
    Kill,
    /// Stops a program for a moment, again and again, in the call that it is blocked in.
    Suspend,
    /// From now on no packet gets through.
    NetworkDown,
    /// Packets get through again.
    NetworkUp,
    /// Waits for something that a program does.
    Wait(For),
}

/// What a client receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// So many bytes, or fewer if the stream ends.
    Count(usize),
    /// Exactly these bytes.
    Exactly(Vec<u8>),
    /// All, until the stream ends.
    End,
    /// The end of the stream, and nothing before it.
    Fin,
    /// Nothing, and no end of the stream either, for a while in which it is silent itself.
    Nothing(Duration),
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum For {
    /// That it has printed this on standard output.
    Printed(String),
    /// That it has ended.
    Ended,
    /// That it listens.
    Listens,
    /// That it has received all that was sent.
    Received,
    /// That it gives up, because another one listens on its port.
    Refused,
}

/// One act, and the side that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The side.
    pub who: Who,
    /// The act.
    pub act: Act,
}

impl Who {
    /// The prefix of a line, if it is one: `server`, `client`, or a name in small letters.
    pub fn named(word: &str) -> Option<Self> {
        let is_name = (1..=16).contains(&word.len())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        match word {
            "server" => Some(Who::Server),
            "client" => Some(Who::Client(None)),
            _ => is_name.then(|| Who::Client(Some(word.into()))),
        }
    }

    /// As the subject of a sentence.
    pub fn say(&self, lang: Lang) -> &str {
        match (self, lang) {
            (Who::Client(Some(name)), _) => name,
            (Who::Client(None), Lang::En) => "the client",
            (Who::Client(None), Lang::ZhCn) => "客户端",
            (Who::Server, Lang::En) => "the server",
            (Who::Server, Lang::ZhCn) => "服务器",
        }
    }
}

/// As it stands before a step.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Who::Server => "server",
            Who::Client(name) => name.as_deref().unwrap_or("client"),
        })
    }
}

impl From<Who> for String {
    fn from(who: Who) -> Self {
        who.to_string()
    }
}

impl TryFrom<String> for Who {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Who::named(&name).ok_or_else(|| format!("`{name}` is not a name of a client"))
    }
}

impl Step {
    /// Reads one line: an act, and who does it before it where that is not plain.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &str) -> Result<Self, Words> {
        let line = line.trim();
        if let Some(act) = Act::parse(line).transpose()? {
            return Ok(Step { who: act.usually_by(), act });
        }
        let (prefix, rest) = line.split_once(' ').unwrap_or((line, ""));
        let unknown = || {
            let line = one_line(line);
            Words::new(format!("unknown step \"{line}\""), format!("没有这样的步骤：\"{line}\""))
        };
        let who = Who::named(prefix).ok_or_else(unknown)?;
        let act = Act::parse(rest.trim()).ok_or_else(unknown)??;
        if who == Who::Server && act.is_of_a_client() {
            let (en, zh) = ("only a client can be told to do this", "只能让客户端这样做");
            return Err(Words::fixed(en, zh));
        }
        Ok(Step { who, act })
    }

    /// The step as a sentence without its full stop.
    pub fn say(&self, lang: Lang) -> String {
        let who = self.who.say(lang);
        // Chinese has a space only beside a name in Latin letters.
        let gap = if lang == Lang::En || who.is_ascii() { " " } else { "" };
        let does = self.act.say(lang);
        match (&self.act, lang) {
            (Act::Pause(_) | Act::NetworkDown | Act::NetworkUp, _) => does,
            (Act::Wait(_), Lang::En) => format!("waits until {who} {does}"),
            (Act::Wait(_), Lang::ZhCn) => format!("等{gap}{who}{gap}{does}"),
            _ => format!("{who}{gap}{does}"),
        }
    }
}

/// The line that [`Step::parse`] reads.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.who != self.act.usually_by() {
            write!(f, "{} ", self.who)?;
        }
        self.act.fmt(f)
    }
}

/// The acts whose line is always the same.
const PLAIN: &[(&str, Act)] = &[
    ("start", Act::Start(Vec::new())),
    ("connect", Act::Connect),
    ("half-close", Act::HalfClose),
    ("close", Act::Close),
    ("reset", Act::Reset),
    ("end-input", Act::EndInput),
    ("interrupt", Act::Interrupt),
    ("kill", Act::Kill),
    ("suspend", Act::Suspend),
    ("network down", Act::NetworkDown),
    ("network up", Act::NetworkUp),
    ("ended", Act::Wait(For::Ended)),
    ("recv end", Act::Receive(Want::End)),
    ("recv fin", Act::Receive(Want::Fin)),
    ("accept", Act::Accept),
    ("fill", Act::Fill),
    ("drain", Act::Drain),
    ("listens", Act::Wait(For::Listens)),
    ("received", Act::Wait(For::Received)),
    ("refused", Act::Wait(For::Refused)),
];

impl Act {
    /// Reads an act; `None` where the line begins with no act.
    fn parse(line: &str) -> Option<Result<Self, Words>> {
        if let Some((_, act)) = PLAIN.iter().find(|(plain, _)| *plain == line) {
            return Some(Ok(act.clone()));
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        let text = || quoted(rest).and_then(|(text, rest)| nothing_behind(rest).map(|()| text));
        Some(match word {
            "start" => Ok(Act::Start(rest.split_whitespace().map(str::to_owned).collect())),
            "send" => match rest.rsplit_once(" in pieces of ") {
                Some((what, length)) => sent(what, MOST).and_then(|bytes| {
                    Ok(Act::SendInPieces(bytes, number(length, MOST as u64)? as usize))
                }),
                None => sent(rest, MOST).map(Act::Send),
            },
            "exchange" => number(rest, MOST as u64).map(|count| Act::Exchange(count as usize)),
            "recv" if rest.starts_with(|first: char| first.is_ascii_digit()) => {
                number(rest, MOST as u64).map(|count| Act::Receive(Want::Count(count as usize)))
            }
            "recv" if rest.starts_with("nothing ") => {
                let time = number(rest["nothing ".len()..].trim(), LONGEST_PAUSE);
                time.map(|ms| Act::Receive(Want::Nothing(Duration::from_millis(ms))))
            }
            "recv" => sent(rest, MOST).map(|bytes| Act::Receive(Want::Exactly(bytes))),
            "pause" => number(rest, LONGEST_PAUSE).map(|ms| Act::Pause(Duration::from_millis(ms))),
            "type" => text().map(Act::Type),
            "printed" => text().map(|text| Act::Wait(For::Printed(text))),
            _ => return None,
        })
    }

    /// The side that does it, if the line does not name one.
    fn usually_by(&self) -> Who {
        match self {
            Act::Start(_) | Act::Interrupt | Act::Kill | Act::Wait(_) => Who::Server,
            Act::Accept | Act::NetworkDown | Act::NetworkUp | Act::Suspend => Who::Server,
            _ => Who::Client(None),
        }
    }

    /// Whether only a client does it.
    fn is_of_a_client(&self) -> bool {
        matches!(self, Act::Connect | Act::Fill | Act::Drain | Act::Exchange(_))
    }

    /// The rest of the sentence, after its subject.
    fn say(&self, lang: Lang) -> String {
        let in_english = lang == Lang::En;
        let either = |en: &str, zh: &str| if in_english { en.to_string() } else { zh.to_string() };
        let what = |bytes: &[u8]| match in_english {
            true => format!("{} ({})", shown(bytes), bytes_of(bytes.len())),
            false => format!("{}（{} 字节）", shown(bytes), bytes.len()),
        };
        match self {
            Act::Start(options) if options.is_empty() => either("is started", "启动"),
            Act::Start(options) => {
                either("is started with ", "启动，选项 ") + &one_line(&options.join(" "))
            }
            Act::Connect => either("connects", "连接"),
            Act::Send(bytes) => either("sends ", "发送 ") + &what(bytes),
            Act::SendInPieces(bytes, length) if in_english => {
                format!("sends {} in pieces of {length}", bytes_of(bytes.len()))
            }
            Act::SendInPieces(bytes, length) => {
                format!("每次 {length} 字节，共发送 {} 字节", bytes.len())
            }
            Act::Exchange(count) if in_english => {
                format!("sends {}, and receives at the same time", bytes_of(*count))
            }
            Act::Exchange(count) => format!("发送 {count} 字节，同时接收"),
            Act::Fill => either(
                "sends until the kernel takes no more, and receives nothing",
                "一直发送，直到内核不再接受；这期间什么也不接收",
            ),
            Act::Drain => either("receives everything", "接收全部内容"),
            Act::Accept => either("waits for a connection", "等待连接"),
            Act::Receive(Want::Exactly(bytes)) => either("waits for ", "等待 ") + &what(bytes),
            Act::Receive(Want::Fin) => {
                either("waits for the end of the stream (FIN)", "等待对方的 FIN")
            }
            Act::Receive(Want::Nothing(time)) => {
                let seconds = time.as_secs_f32();
                either(&format!("is silent for {seconds} s"), &format!("在 {seconds} 秒内不发数据"))
            }
            Act::Receive(Want::Count(count)) if in_english => {
                format!("waits for {}", bytes_of(*count))
            }
            Act::Receive(Want::Count(count)) => format!("等待接收 {count} 字节"),
            Act::Receive(Want::End) => {
                either("waits for data until the stream ends", "等待接收，直到流结束")
            }
            Act::HalfClose => either(
                "half-closes (FIN): it has sent everything, and can still receive",
                "半关闭（FIN）：要发的都发完了，但还能接收",
            ),
            Act::Close => either("closes", "关闭连接"),
            Act::Reset => either("resets the connection (RST)", "重置连接（RST）"),
            Act::Pause(time) => match in_english {
                true => format!("{} ms pass", time.as_millis()),
                false => format!("过了 {} 毫秒", time.as_millis()),
            },
            Act::Type(text) => either("types ", "输入 ") + &shown(text.as_bytes()),
            Act::EndInput => either("ends its input", "结束输入"),
            Act::Interrupt => either("is interrupted (Ctrl-C)", "被中断（Ctrl-C）"),
            Act::Kill => either("is killed", "被杀掉"),
            Act::Suspend => either(
                "is stopped and continued again and again (SIGSTOP, SIGCONT)",
                "反复被暂停、再继续（SIGSTOP、SIGCONT）",
            ),
            Act::NetworkDown => either("the network goes down", "网络断开"),
            Act::NetworkUp => either("the network is up again", "网络恢复"),
            Act::Wait(For::Ended) => either("ends", "结束"),
            Act::Wait(For::Listens) => either("listens", "开始监听"),
            Act::Wait(For::Received) => either("has received it", "收到这些数据"),
            Act::Wait(For::Refused) => {
                either("is refused: another one listens", "报错退出：已经有一个在监听")
            }
            Act::Wait(For::Printed(text)) => either("prints ", "打印 ") + &shown(text.as_bytes()),
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = PLAIN.iter().find(|(_, act)| act == self).map(|(plain, _)| plain);
        match self {
            Act::Start(options) if plain.is_none() => write!(f, "start {}", options.join(" ")),
            Act::Send(bytes) => write!(f, "send {}", written(bytes)),
            Act::SendInPieces(bytes, length) => {
                write!(f, "send {} in pieces of {length}", written(bytes))
            }
            Act::Exchange(count) => write!(f, "exchange {count}"),
            Act::Receive(Want::Nothing(time)) => write!(f, "recv nothing {}", time.as_millis()),
            Act::Receive(Want::Count(count)) => write!(f, "recv {count}"),
            Act::Receive(Want::Exactly(bytes)) => write!(f, "recv {}", written(bytes)),
            Act::Pause(time) => write!(f, "pause {}", time.as_millis()),
            Act::Type(text) => write!(f, "type {}", in_quotes(text)),
            Act::Wait(For::Printed(text)) => write!(f, "printed {}", in_quotes(text)),
            _ => f.write_str(plain.unwrap_or(&"")),
        }
    }
}

/// Bytes in a sentence: as text where they are one, else escaped; cut where they are many.
fn shown(bytes: &[u8]) -> String {
    match line::text(bytes) {
        Some(text) if text.chars().count() <= SHOWN => in_quotes(&text),
        Some(text) => in_quotes(&(text.chars().take(SHOWN).collect::<String>() + "…")),
        None => match bytes.get(..SHOWN) {
            Some(begin) if bytes.len() > SHOWN => format!("\"{}…\"", begin.escape_ascii()),
            _ => format!("\"{}\"", bytes.escape_ascii()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line for each act as it is written, and its sentences.
    const STEPS: &[(&str, &str, &str)] = &[
        ("start", "the server is started", "服务器启动"),
        ("start --idle 2", "the server is started with --idle 2", "服务器启动，选项 --idle 2"),
        ("alice start", "alice is started", "alice 启动"),
        ("connect", "the client connects", "客户端连接"),
        ("bob connect", "bob connects", "bob 连接"),
        (
            r#"send "你好""#,
            r#"the client sends "你好" (4 bytes)"#,
            r#"客户端发送 "你好"（4 字节）"#,
        ),
        (r#"alice send "x""#, r#"alice sends "x" (1 byte)"#, r#"alice 发送 "x"（1 字节）"#),
        ("send hex c4", r#"the client sends "\xc4" (1 byte)"#, r#"客户端发送 "\xc4"（1 字节）"#),
        (
            r#"send utf-8 "你好""#,
            r#"the client sends "你好" (6 bytes)"#,
            r#"客户端发送 "你好"（6 字节）"#,
        ),
        (
            r#"send "x" 3000 times"#,
            r#"the client sends "xxxxxxxxxxxxxxxxxxxxxxxx…" (3000 bytes)"#,
            r#"客户端发送 "xxxxxxxxxxxxxxxxxxxxxxxx…"（3000 字节）"#,
        ),
        (r#"send "\"\\\n\u001b""#, r#"the client sends "\"\\\n\u001b" (4 bytes)"#, ""),
        ("recv 5", "the client waits for 5 bytes", "客户端等待接收 5 字节"),
        (
            "recv end",
            "the client waits for data until the stream ends",
            "客户端等待接收，直到流结束",
        ),
        (r#"recv "ok""#, r#"the client waits for "ok" (2 bytes)"#, ""),
        ("recv fin", "the client waits for the end of the stream (FIN)", "客户端等待对方的 FIN"),
        ("server recv fin", "the server waits for the end of the stream (FIN)", ""),
        ("recv nothing 1100", "the client is silent for 1.1 s", "客户端在 1.1 秒内不发数据"),
        (r#"send "abc" 40 times in pieces of 7"#, "the client sends 120 bytes in pieces of 7", ""),
        ("exchange 9", "the client sends 9 bytes, and receives at the same time", ""),
        ("accept", "the server waits for a connection", "服务器等待连接"),
        ("received", "waits until the server has received it", "等服务器收到这些数据"),
        ("client received", "waits until the client has received it", "等客户端收到这些数据"),
        (
            "half-close",
            "the client half-closes (FIN): it has sent everything, and can still receive",
            "",
        ),
        ("close", "the client closes", "客户端关闭连接"),
        ("reset", "the client resets the connection (RST)", "客户端重置连接（RST）"),
        ("pause 200", "200 ms pass", "过了 200 毫秒"),
        (r#"type "你好\n""#, r#"the client types "你好\n""#, r#"客户端输入 "你好\n""#),
        ("server end-input", "the server ends its input", "服务器结束输入"),
        ("interrupt", "the server is interrupted (Ctrl-C)", "服务器被中断（Ctrl-C）"),
        ("kill", "the server is killed", "服务器被杀掉"),
        ("client kill", "the client is killed", "客户端被杀掉"),
        ("network down", "the network goes down", "网络断开"),
        ("network up", "the network is up again", "网络恢复"),
        (r#"printed "你""#, r#"waits until the server prints "你""#, r#"等服务器打印 "你""#),
        ("alice ended", "waits until alice ends", "等 alice 结束"),
    ];

    #[test]
    fn every_line_is_written_as_it_was_read_and_has_its_sentence() {
        for (line, en, zh) in STEPS {
            let step = Step::parse(line).map_err(|words| words.say(Lang::En).to_owned());
            let step = step.unwrap_or_else(|why| panic!("{line}: {why}"));
            assert_eq!(step.to_string(), *line);
            assert_eq!(Step::parse(&step.to_string()).ok(), Some(step.clone()));
            assert_eq!(step.say(Lang::En), *en);
            assert!(zh.is_empty() || step.say(Lang::ZhCn) == *zh, "{}", step.say(Lang::ZhCn));
        }
    }

    #[test]
    fn what_is_written_otherwise_is_the_same_step() {
        let same = [
            ("send hex c4e3 ba c3", r#"send "你好""#),
            (r#"send "a\n" 3 times"#, r#"send "a\na\na\n""#),
            (r#"send "\u4f60\/""#, r#"send "你/""#),
            (r#"send utf-8 "\ud83d\ude00""#, r#"send utf-8 "😀""#),
            ("server start", "start"),
            ("  client   connect ", "connect"),
        ];
        for (one, other) in same {
            let step = Step::parse(one).unwrap_or_else(|why| panic!("{}", why.say(Lang::En)));
            assert_eq!(step.to_string(), other);
        }
    }

    #[test]
    fn a_line_that_is_no_step_is_refused() {
        for line in [
            "wave",
            "send hello",
            r#"send """#,
            "send hex c",
            "send hex +f",
            "pause 0",
            "pause 1 s",
            r#"send "x" 99999999999999999999 times"#,
            r#"send "abc" 16777216 times"#,
            "recv",
            r#"send "😀""#,
            "close now",
            r#"send "a" 3"#,
            r#"printed "a" "b""#,
            r#"send "\ud83d""#,
            r#"send "a"#,
            r#"send "\x""#,
            "server connect",
            "server fill",
            "Alice connect",
            "alice",
            "alice bob close",
        ] {
            assert!(Step::parse(line).is_err(), "{line}");
        }
    }
}
