//! A scene: which server is started, and what its client does, step by step.
//!
//! A scene is a text file, one step a line; `#` begins a comment. `docs/` describes it for readers.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::recording::{Encoding, Title, hex};
use stage::{Lang, Words, one_line};

/// The longest pause of a scene, in milliseconds.
const LONGEST_PAUSE: u64 = 60_000;

/// The longest scene that is read, in bytes.
const LONGEST_SCENE: u64 = 64 << 10;

/// The most bytes that one step sends.
const MOST_SENT: usize = 16 << 20;

/// A scene.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Its name: that of its file.
    pub name: String,
    /// What it shows.
    pub title: Title,
    /// How the text of its packets is shown.
    pub encoding: Encoding,
    /// The words that start its server, where it has one of its own.
    pub program: Vec<String>,
    /// What happens, in this order.
    pub steps: Vec<Step>,
}

/// A line of a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// As it is written.
    pub line: String,
    /// What is to be done.
    pub action: Action,
}

/// What a scene can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The client calls.
    Connect,
    /// The client sends these bytes, by one send.
    Send(Vec<u8>),
    /// The client receives this many bytes.
    Receive(usize),
    /// The client receives until the server closes.
    ReceiveEnd,
    /// Nothing is done for this many milliseconds.
    Pause(u64),
    /// The client says that it will send no more.
    HalfClose,
    /// The client closes.
    Close,
    /// The client throws the connection away.
    Reset,
    /// The server's process is killed.
    Kill,
    /// The network carries no packet from now on.
    NetworkDown,
    /// The network carries packets again.
    NetworkUp,
    /// Waits until the server has printed this text.
    Printed(String),
    /// Waits until the server has ended.
    Ended,
}

impl Scene {
    /// Reads a scene from its file.
    ///
    /// # Errors
    /// In words that name the file and the line.
    pub fn load(file: &Path) -> Result<Self, Words> {
        let shown = file.display();
        let fails = |error: &dyn fmt::Display| {
            Words::new(format!("{shown}: {error}"), format!("{shown}：{error}"))
        };
        let mut text = String::new();
        let opened = File::open(file).map_err(|error| fails(&error))?;
        opened.take(LONGEST_SCENE).read_to_string(&mut text).map_err(|error| fails(&error))?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if name.starts_with(['.', '-']) || name.chars().any(char::is_control) {
            let (en, zh) = ("a scene can't have this name", "剧本不能用这个名字");
            return Err(Words::new(format!("{shown}: {en}"), format!("{shown}：{zh}")));
        }
        Scene::parse(&name, &text).map_err(|(line, what)| {
            let (en, zh) = (what.say(Lang::En), what.say(Lang::ZhCn));
            Words::new(format!("{shown}:{line}: {en}"), format!("{shown}:{line}：{zh}"))
        })
    }

    /// Reads a scene from its text.
    ///
    /// # Errors
    /// The number of the line that is wrong, and what is wrong with it.
    pub fn parse(name: &str, text: &str) -> Result<Self, (usize, Words)> {
        let title = Title { en: name.into(), zh: name.into() };
        let (name, encoding) = (name.into(), Encoding::Gbk);
        let mut scene = Scene { name, title, encoding, program: vec![], steps: vec![] };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            scene.read(line).map_err(|what| (number, what))?;
        }
        match scene.steps.is_empty() && scene.program.is_empty() {
            true => Err((1, Words::fixed("the scene is empty", "剧本是空的"))),
            false => Ok(scene),
        }
    }

    fn read(&mut self, line: &str) -> Result<(), Words> {
        let (word, words) = line.split_once(' ').unwrap_or((line, ""));
        match (word, words.trim()) {
            ("title", words) => self.title.en = words.into(),
            ("title-zh", words) => self.title.zh = words.into(),
            ("encoding", "gbk") => self.encoding = Encoding::Gbk,
            ("encoding", "utf-8") => self.encoding = Encoding::Utf8,
            ("program", words) => {
                self.program = words.split_whitespace().map(str::to_owned).collect();
            }
            ("connect", "") if self.steps.iter().any(|step| step.action == Action::Connect) => {
                let (en, zh) = ("a scene connects once", "一个剧本只连接一次");
                return Err(Words::fixed(en, zh));
            }
            _ => self.steps.push(Step { line: line.into(), action: Action::parse(line)? }),
        }
        Ok(())
    }
}

impl Action {
    /// Reads one line of a scene.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &str) -> Result<Self, Words> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match (word, rest) {
            ("connect", "") => Ok(Action::Connect),
            ("half-close", "") => Ok(Action::HalfClose),
            ("close", "") => Ok(Action::Close),
            ("reset", "") => Ok(Action::Reset),
            ("kill", "") => Ok(Action::Kill),
            ("ended", "") => Ok(Action::Ended),
            ("network", "down") => Ok(Action::NetworkDown),
            ("network", "up") => Ok(Action::NetworkUp),
            ("recv", "end") => Ok(Action::ReceiveEnd),
            ("recv", count) => number(count, MOST_SENT as u64).map(|n| Action::Receive(n as usize)),
            ("pause", time) => number(time, LONGEST_PAUSE).map(Action::Pause),
            ("printed", text) => match quoted(text)? {
                (text, "") => Ok(Action::Printed(text)),
                (_, rest) => Err(too_much(rest)),
            },
            ("send", what) => bytes(what).map(Action::Send),
            _ => {
                let line = one_line(line);
                Err(Words::new(
                    format!("unknown step \"{line}\""),
                    format!("没有这样的步骤：\"{line}\""),
                ))
            }
        }
    }
}

impl Action {
    /// In words for a picture; nothing for what only the scene waits for.
    pub fn words(&self) -> Option<Words> {
        Some(match self {
            Action::Connect => Words::fixed("connect", "connect 连接"),
            Action::Send(bytes) => said("send", bytes),
            Action::Receive(_) | Action::ReceiveEnd => Words::fixed("recv", "recv 接收"),
            Action::HalfClose => Words::fixed("shutdown (half-close)", "shutdown 半关闭"),
            Action::Close => Words::fixed("close", "close 关闭"),
            Action::Reset => Words::fixed("reset (throw away)", "重置连接"),
            Action::Kill => Words::fixed("the server is killed", "服务器进程被杀掉"),
            Action::NetworkDown => Words::fixed("the network goes down", "网络断开"),
            Action::NetworkUp => Words::fixed("the network is up again", "网络恢复"),
            Action::Pause(_) | Action::Printed(_) | Action::Ended => return None,
        })
    }
}

fn said(call: &str, bytes: &[u8]) -> Words {
    let count = bytes.len();
    let unit = if count == 1 { "byte" } else { "bytes" };
    Words::new(format!("{call} {count} {unit}"), format!("{call} 发送 {count} 字节"))
}

/// `"text"`, `utf-8 "text"`, `hex c4 e3`; behind a text, `3000 times`.
fn bytes(what: &str) -> Result<Vec<u8>, Words> {
    if let Some(digits) = what.strip_prefix("hex ") {
        return hex(digits).filter(|bytes| !bytes.is_empty()).ok_or_else(|| {
            let digits = one_line(digits);
            Words::new(format!("\"{digits}\" is no hex"), format!("\"{digits}\" 不是十六进制"))
        });
    }
    let (utf_8, what) = match what.strip_prefix("utf-8 ") {
        Some(text) => (true, text.trim()),
        None => (false, what),
    };
    let (text, rest) = quoted(what)?;
    let once = if utf_8 { text.into_bytes() } else { in_gbk(&text)? };
    let times = match rest {
        "" => 1,
        rest => {
            let times = rest.strip_suffix(" times").ok_or_else(|| too_much(rest))?;
            number(times, MOST_SENT as u64)? as usize
        }
    };
    match once.len().checked_mul(times) {
        Some(1..=MOST_SENT) => Ok(once.repeat(times)),
        _ => Err(Words::new(
            format!("a send has 1 to {MOST_SENT} bytes"),
            format!("一次发送 1 到 {MOST_SENT} 字节"),
        )),
    }
}

fn too_much(rest: &str) -> Words {
    let rest = one_line(rest);
    Words::new(format!("\"{rest}\" is too much"), format!("多了 \"{rest}\""))
}

fn in_gbk(text: &str) -> Result<Vec<u8>, Words> {
    let bytes = shared::encode_line(text.as_bytes(), "gbk", true);
    bytes.map_err(|what| Words::new(what.clone(), format!("无法用 GBK 表示：{what}")))
}

fn number(text: &str, most: u64) -> Result<u64, Words> {
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| {
        let text = one_line(text);
        Words::new(
            format!("\"{text}\" is no number from 1 to {most}"),
            format!("\"{text}\" 不是 1 到 {most} 之间的整数"),
        )
    })
}

/// The text in quotes that `words` begin with, and what stands behind it. JSON knows how to read
/// quotes.
fn quoted(words: &str) -> Result<(String, &str), Words> {
    let mut texts = serde_json::Deserializer::from_str(words).into_iter::<String>();
    match texts.next() {
        Some(Ok(text)) => Ok((text, words[texts.byte_offset()..].trim())),
        _ => {
            let words = one_line(words);
            Err(Words::new(
                format!("a text in quotes has to stand here, and not {words}"),
                format!("这里应该是引号里的文字，而不是 {words}"),
            ))
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

#[cfg(test)]
mod tests {
    use shared::gbk;

    use super::*;

    fn action(line: &str) -> Result<Action, String> {
        Action::parse(line).map_err(|words| words.say(Lang::En).to_owned())
    }

    #[test]
    fn what_is_sent_is_gbk_unless_it_says_otherwise() {
        assert_eq!(action("send \"你好\""), Ok(Action::Send(gbk("你好"))));
        assert_eq!(action("send utf-8 \"你好\""), Ok(Action::Send("你好".into())));
        assert_eq!(action("send hex c4 e3ba"), Ok(Action::Send(vec![0xc4, 0xe3, 0xba])));
        assert_eq!(action(r#"send "a\n" 3 times"#), Ok(Action::Send(b"a\na\na\n".to_vec())));
    }

    #[test]
    fn a_wrong_line_is_named_with_its_number() {
        let wrong = |text| Scene::parse("x", text).map(drop).map_err(|(line, _)| line);
        assert_eq!(wrong("# nothing\nconnect\nwave"), Err(3));
        assert_eq!(wrong("connect\nsend hello"), Err(2));
        assert_eq!(wrong("send \"\""), Err(1));
        assert_eq!(wrong("send hex c"), Err(1));
        assert_eq!(wrong("send \"x\" 99999999999999999999 times"), Err(1));
        assert_eq!(wrong("send \"abc\" 16777216 times"), Err(1));
        assert_eq!(wrong("send \"😀\""), Err(1));
        assert_eq!(wrong("pause 0"), Err(1));
        assert_eq!(wrong("pause 1 s"), Err(1));
        assert_eq!(wrong("recv"), Err(1));
        assert_eq!(wrong("close now"), Err(1));
        assert_eq!(wrong("send hex +f"), Err(1));
        assert_eq!(wrong("send \"a\" 3"), Err(1));
        assert_eq!(wrong("printed \"a\" \"b\""), Err(1));
        assert_eq!(wrong("connect\nclose\nconnect"), Err(3));
        assert_eq!(wrong(""), Err(1));
        assert_eq!(wrong("title only a title"), Err(1));
    }
}
