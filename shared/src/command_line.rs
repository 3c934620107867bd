//! What a lesson is told when it is started: `lesson-NN [ADDRESS] [OPTIONS]`.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process;
use std::time::Duration;

use lexopt::{Arg, Error, Parser};

use plain::{Lang, Words};

use crate::transcript::print;
use crate::{Failure, escape, in_words, say};

/// Where a server listens, and where the client calls, unless told otherwise. This machine only:
/// `0.0.0.0` would let in everybody on the classroom's network.
const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7788);

/// The exit status of a program that was started with words it does not know.
pub(crate) const USAGE_ERROR: i32 = 2;

/// The words that a lesson understands. `--help` is always one of them.
pub struct CommandLine {
    help: String,
    takes_address: bool,
    flags: Vec<&'static str>,
    /// Flags of which one alone may be given.
    exclusive: &'static [&'static str],
    choices: Vec<Choice>,
    numbers: Vec<&'static str>,
    seconds: Vec<&'static str>,
    /// Words of which one has to be given.
    words: &'static [&'static str],
}

/// The most that an option with a number takes.
const MOST: u32 = 1_000_000;

/// An option with a value: `--name VALUE`.
struct Choice {
    name: &'static str,
    values: &'static [&'static str],
}

/// The words that a lesson was given.
pub struct Arguments {
    /// ADDRESS, or `127.0.0.1:7788` where none was given.
    pub address: SocketAddr,
    flags: Vec<&'static str>,
    chosen: Vec<(&'static str, &'static str)>,
    numbers: Vec<(&'static str, u32)>,
    seconds: Vec<(&'static str, Duration)>,
    word: &'static str,
}

impl CommandLine {
    /// A command line that takes an ADDRESS and knows `--help`, which prints `help`.
    pub fn new(help: impl Into<String>) -> Self {
        CommandLine {
            help: help.into(),
            takes_address: true,
            flags: Vec::new(),
            exclusive: &[],
            choices: Vec::new(),
            numbers: Vec::new(),
            seconds: Vec::new(),
            words: &[],
        }
    }

    /// The lesson chooses its addresses itself.
    pub fn without_address(mut self) -> Self {
        self.takes_address = false;
        self
    }

    /// The lesson knows `--name`.
    pub fn flag(mut self, name: &'static str) -> Self {
        self.flags.push(name);
        self
    }

    /// The lesson knows these flags, of which one at most may be given.
    pub fn one_flag_of(mut self, names: &'static [&'static str]) -> Self {
        self.flags.extend(names);
        self.exclusive = names;
        self
    }

    /// The lesson knows `--name VALUE`, where VALUE is one of `values`: the first where the option
    /// is not given.
    pub fn choice(mut self, name: &'static str, values: &'static [&'static str]) -> Self {
        self.choices.push(Choice { name, values });
        self
    }

    /// The lesson knows `--name N`, where N is a whole number above 0.
    pub fn number(mut self, name: &'static str) -> Self {
        self.numbers.push(name);
        self
    }

    /// The lesson knows `--name SECONDS`: a number above 0, which may have a decimal.
    pub fn seconds(mut self, name: &'static str) -> Self {
        self.seconds.push(name);
        self
    }

    /// The lesson takes one of these words. It has to be given.
    pub fn one_word_of(mut self, words: &'static [&'static str]) -> Self {
        self.words = words;
        self
    }

    /// Reads the words this process was started with.
    ///
    /// Ends the process where there is nothing left to do: with status 0 after `--help`, and with
    /// status 2 and one line on standard error after a word that the lesson does not know.
    pub fn read(&self) -> Arguments {
        match self.parse(std::env::args_os().skip(1)) {
            Ok(Some(arguments)) => arguments,
            Ok(None) => {
                // Whoever asked for help and went away needs none.
                match print(&self.help) {
                    Err(Failure::Error { message, .. }) => end(1, message),
                    Ok(()) | Err(Failure::OutputClosed) => process::exit(0),
                }
            }
            Err(error) => {
                let (en, zh) = (error.say(Lang::En), error.say(Lang::ZhCn));
                let (en, zh) = (format!("{en}; --help explains"), format!("{zh}；--help 有说明"));
                let mut message = in_words(&Words::new(en, zh));
                escape(&mut message, 0, &[]);
                end(USAGE_ERROR, message)
            }
        }
    }

    /// The arguments in `words`, or `None` where they ask for help.
    fn parse<I>(&self, words: I) -> Result<Option<Arguments>, Words>
    where
        I: IntoIterator<Item = OsString>,
        I::IntoIter: 'static,
    {
        let mut address = None;
        let mut flags = Vec::new();
        let mut chosen = Vec::new();
        let mut numbers = Vec::new();
        let mut seconds = Vec::new();
        let mut word = None;

        let mut parser = Parser::from_args(words);
        while let Some(argument) = parser.next().map_err(in_both)? {
            match argument {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long(name) => {
                    if let Some(flag) = self.flags.iter().find(|flag| **flag == name) {
                        flags.push(*flag);
                    } else if let Some(choice) = self.choices.iter().find(|c| c.name == name) {
                        let value = parser.value().map_err(in_both)?;
                        chosen.push((choice.name, choice.pick(&value.to_string_lossy())?));
                    } else if let Some(known) = self.numbers.iter().find(|n| **n == name) {
                        let value = parser.value().map_err(in_both)?;
                        numbers.push((*known, parse_number(known, &value.to_string_lossy())?));
                    } else if let Some(known) = self.seconds.iter().find(|s| **s == name) {
                        let value = parser.value().map_err(in_both)?;
                        seconds.push((*known, parse_seconds(known, &value.to_string_lossy())?));
                    } else {
                        return Err(in_both(argument.unexpected()));
                    }
                }
                Arg::Value(value) if word.is_none() && !self.words.is_empty() => {
                    word = Some(one_of(self.words, &value.to_string_lossy())?);
                }
                Arg::Value(value) if self.takes_address && address.is_none() => {
                    address = Some(parse_address(&value.to_string_lossy())?);
                }
                Arg::Value(_) | Arg::Short(_) => return Err(in_both(argument.unexpected())),
            }
        }
        let given = |name: &&&str| flags.contains(*name);
        if let [first, .., last] = self.exclusive.iter().filter(given).collect::<Vec<_>>()[..] {
            return Err(Words::new(
                format!("--{first} and --{last} exclude each other"),
                format!("--{first} 和 --{last} 不能一起用"),
            ));
        }
        // The defaults come after what was given, because the first value of a name holds.
        chosen.extend(self.choices.iter().map(|choice| (choice.name, choice.values[0])));
        let address = address.unwrap_or(DEFAULT_ADDRESS);
        let word = match word {
            None if !self.words.is_empty() => one_of(self.words, "")?,
            word => word.unwrap_or_default(),
        };
        Ok(Some(Arguments { address, flags, chosen, numbers, seconds, word }))
    }
}

/// What lexopt found wrong, in both languages.
fn in_both(error: Error) -> Words {
    let en = error.to_string();
    match error {
        Error::MissingValue { option } => {
            Words::new(en, format!("{} 后面缺少值", option.unwrap_or_default()))
        }
        Error::UnexpectedOption(option) => Words::new(en, format!("没有 {option:?} 这个选项")),
        Error::UnexpectedArgument(value) => Words::new(en, format!("多余的参数 {value:?}")),
        Error::UnexpectedValue { option, .. } => Words::new(en, format!("{option} 后面不能有值")),
        other => Words::same(other),
    }
}

pub(crate) fn end(status: i32, message: String) -> ! {
    say(format!("error: {message}"));
    process::exit(status)
}

impl Choice {
    fn pick(&self, value: &str) -> Result<&'static str, Words> {
        let known = self.values.iter().find(|known| **known == value);
        known.copied().ok_or_else(|| {
            let (name, or) = (self.name, |or| self.values.join(or));
            Words::new(
                format!("--{name} takes {}, not {value:?}", or(" or ")),
                format!("--{name} 只能是 {}，不能是 {value:?}", or(" 或 ")),
            )
        })
    }
}

impl Arguments {
    /// Whether `--name` was given.
    pub fn has(&self, name: &str) -> bool {
        self.flags.contains(&name)
    }

    /// The value of `--name`.
    ///
    /// # Panics
    /// Where the command line has no such option: a mistake in the lesson, not in what it was
    /// given.
    pub fn chosen(&self, name: &str) -> &'static str {
        let (_, value) = self
            .chosen
            .iter()
            .find(|(known, _)| *known == name)
            .expect("the lesson asks for an option that it declared");
        value
    }

    /// The one word that was given, of those that the lesson takes.
    pub fn word(&self) -> &'static str {
        self.word
    }

    /// The seconds of `--name`, if they were given.
    pub fn seconds(&self, name: &str) -> Option<Duration> {
        self.seconds.iter().find(|(known, _)| *known == name).map(|(_, seconds)| *seconds)
    }

    /// The number of `--name`, if it was given.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.numbers.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
    }
}

/// Reads the number of `--name`.
fn parse_number(name: &str, word: &str) -> Result<u32, Words> {
    let number = word.parse().ok().filter(|number| (1..=MOST).contains(number));
    number.ok_or_else(|| {
        Words::new(
            format!("--{name} takes a number from 1 to {MOST}, not {word:?}"),
            format!("--{name} 后面是 1 到 {MOST} 的数，不能是 {word:?}"),
        )
    })
}

/// Reads the seconds of `--name`. A day is the most: some systems take no longer wait.
fn parse_seconds(name: &str, word: &str) -> Result<Duration, Words> {
    let seconds = word.parse().ok().filter(|seconds| *seconds >= 0.001 && *seconds <= 86_400.0);
    seconds.map(Duration::from_secs_f64).ok_or_else(|| {
        Words::new(
            format!("--{name} takes seconds from 0.001 to 86400, such as 0.5, not {word:?}"),
            format!("--{name} 后面是 0.001 到 86400 的秒数，例如 0.5，不能是 {word:?}"),
        )
    })
}

/// The one of `words` that was given.
fn one_of(words: &'static [&'static str], given: &str) -> Result<&'static str, Words> {
    let known = words.iter().find(|known| **known == given);
    known.copied().ok_or_else(|| {
        Words::new(
            format!("say one of {}, not {given:?}", words.join(", ")),
            format!("要写 {} 中的一个，不能是 {given:?}", words.join("、")),
        )
    })
}

/// Reads IP:PORT. Host names are refused on purpose: one name can stand for several addresses, and
/// a server then listens on one of them (`localhost` may be `::1`, and `127.0.0.1` is refused).
fn parse_address(word: &str) -> Result<SocketAddr, Words> {
    word.parse().map_err(|_| {
        Words::new(
            format!("{word:?} is not an IP address and port, such as 127.0.0.1:7788 or [::1]:7788"),
            format!("{word:?} 不是“IP 地址:端口”，例如 127.0.0.1:7788 或 [::1]:7788"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Option<Arguments>, Words> {
        CommandLine::new("help")
            .one_flag_of(&["line", "length"])
            .choice("encoding", &["gbk", "utf-8"])
            .number("clients")
            .seconds("idle")
            .parse(words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    fn given(words: &[&str]) -> Arguments {
        parse(words).expect("the words are right").expect("they do not ask for help")
    }

    fn refused(words: &[&str]) -> String {
        match parse(words) {
            Ok(_) => panic!("{words:?} should be refused"),
            Err(error) => error.say(Lang::En).to_owned(),
        }
    }

    #[test]
    fn without_words_the_address_is_this_machine_port_7788() {
        let arguments = given(&[]);
        assert_eq!(arguments.address.to_string(), "127.0.0.1:7788");
        assert!(!arguments.has("line"));
        assert_eq!(arguments.chosen("encoding"), "gbk");
        assert_eq!(arguments.number("clients"), None);
        assert_eq!(arguments.seconds("idle"), None);
    }

    #[test]
    fn words_may_come_in_any_order() {
        let arguments = given(&["--line", "--clients", "7", "[::1]:80", "--encoding=utf-8"]);
        assert_eq!(arguments.address.to_string(), "[::1]:80");
        assert!(arguments.has("line"));
        assert_eq!(arguments.chosen("encoding"), "utf-8");
        assert_eq!(arguments.number("clients"), Some(7));
    }

    #[test]
    fn help_is_asked_for_wherever_it_stands() {
        assert!(matches!(parse(&["127.0.0.1:1", "--help"]), Ok(None)));
        assert!(matches!(parse(&["-h"]), Ok(None)));
    }

    #[test]
    fn an_unknown_word_is_named() {
        assert!(refused(&["localhost:7788"]).contains("localhost:7788"));
        assert!(refused(&["127.0.0.1:1", "127.0.0.1:2"]).contains("127.0.0.1:2"));
        assert!(refused(&["--lines"]).contains("--lines"));
        assert!(refused(&["--encoding", "big5"]).contains("gbk or utf-8"));
        assert!(refused(&["--encoding"]).contains("--encoding"));
        assert!(refused(&["--line=yes"]).contains("line"));
        assert!(refused(&["-x"]).contains("-x"));
        assert_eq!(given(&["--idle", "0.5"]).seconds("idle"), Some(Duration::from_millis(500)));
        for seconds in ["0", "-1", "86401", "long", "inf", "NaN"] {
            assert!(refused(&["--idle", seconds]).contains("from 0.001 to 86400"), "{seconds}");
        }
        for number in ["0", "-1", "1000001", "many"] {
            assert!(refused(&["--clients", number]).contains("from 1 to 1000000"));
        }
    }

    #[test]
    fn one_of_the_words_is_given_before_the_address() {
        let parse = |words: &[&str]| {
            let line = CommandLine::new("help").one_word_of(&["silent", "slow"]);
            line.parse(words.iter().map(OsString::from).collect::<Vec<_>>())
        };
        let given = parse(&["slow", "[::1]:80"]).ok().flatten().expect("they are right");
        assert_eq!((given.word(), given.address.port()), ("slow", 80));
        for wrong in [&["[::1]:80"] as &[_], &[], &["slow", "silent"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn of_two_flags_that_exclude_each_other_one_is_given() {
        assert!(given(&["--length"]).has("length"));
        assert!(given(&["--line", "--line"]).has("line"));
        assert!(refused(&["--length", "--line"]).contains("--line and --length"));
    }
}
