//! What a behaviour answers: nothing to say, or what was wrong.

use std::fmt;
use std::net::SocketAddr;

use crate::{Lang, Words};

/// How an examination of one behaviour ends.
pub type Verdict = Result<(), Fault>;

/// What a program did wrong.
pub struct Fault {
    /// The kind of fault, by which a cause is recognised.
    pub kind: Kind,
    /// What happened, in words.
    pub words: Words,
    /// What had to be, and what was, where the two can be compared.
    pub difference: Option<Difference>,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It can't be started at all: there is nothing to examine.
    DoesNotStart,
    /// It never listened.
    NeverListened,
    /// It could not listen, because the kernel keeps its port in TIME_WAIT.
    PortInTimeWait,
    /// It never called.
    NeverCalled,
    /// Two programs listen on one port.
    TwoListeners,
    /// It printed something else.
    Printed,
    /// It counted fewer bytes than it was sent.
    CountedFewer,
    /// It sent something else.
    Sent,
    /// It sent more than it should.
    SentMore,
    /// It printed nothing until the deadline.
    PrintedNothing,
    /// It ended, and has printed nothing at all.
    EndedInSilence,
    /// It sent nothing until the deadline.
    SentNothing,
    /// It printed and printed.
    Flooded,
    /// It closed the connection where it should not.
    Closed,
    /// It threw the connection away where it should not.
    Reset,
    /// It took no more bytes.
    TookNoMore,
    /// It did not end until the deadline.
    DidNotEnd,
    /// It ended, and somebody it started holds its output open.
    OutputHeld,
    /// It failed, as it should, but said nothing of it.
    FailedSilently,
    /// It ended with another exit status.
    ExitStatus,
    /// The kernel shows something else.
    Kernel,
    /// There was no time left to examine it.
    NotExamined,
    /// The examination itself met an error.
    System,
}

impl Kind {
    /// Whether the fault is that something never came, which only a deadline shows.
    pub fn is_wait(self) -> bool {
        use Kind::{DidNotEnd, Kernel, OutputHeld, PrintedNothing, SentNothing, TookNoMore};
        matches!(self, DidNotEnd | Kernel | OutputHeld | PrintedNothing | SentNothing | TookNoMore)
    }
}

/// Two texts that had to be the same. The clients' addresses in them, which differ every time, are
/// written `IP:PORT`.
pub struct Difference {
    /// What had to be.
    pub expected: String,
    /// What was.
    pub found: String,
}

/// A part of two texts, around the place where they part.
pub struct Excerpt {
    /// What had to be, with controls escaped.
    pub expected: String,
    /// What was, with controls escaped.
    pub found: String,
    /// What the two begin with.
    pub same: String,
}

impl Difference {
    /// Compares two texts.
    pub fn new(expected: &str, found: &str) -> Self {
        let clients: Vec<&str> = expected
            .lines()
            .filter_map(|line| line.split_once(">>>").map(|(client, _)| client))
            .filter(|client| client.parse::<SocketAddr>().is_ok())
            .collect();
        let without = |text: &str| {
            clients.iter().fold(text.to_string(), |text, client| {
                text.replace(&format!("{client}>>>"), "IP:PORT>>>")
            })
        };
        Difference { expected: without(expected), found: without(found) }
    }

    /// The part that is worth showing.
    pub fn excerpt(&self) -> Excerpt {
        let pairs = self.expected.chars().zip(self.found.chars());
        let same = pairs.take_while(|(expected, found)| expected == found).count();
        let begin = same.saturating_sub(BEFORE);
        let part = |text: &str| {
            let mut shown: String = text.chars().skip(begin).take(BEFORE + BEHIND).collect();
            if begin > 0 {
                shown.insert(0, '…');
            }
            if text.chars().nth(begin + BEFORE + BEHIND).is_some() {
                shown.push('…');
            }
            shown.chars().flat_map(visible).collect::<String>()
        };
        let (expected, found) = (part(&self.expected), part(&self.found));
        let pairs = expected.chars().zip(found.chars());
        let same = pairs.take_while(|(one, other)| one == other).map(|(one, _)| one).collect();
        Excerpt { expected, found, same }
    }
}

impl Fault {
    /// A fault of `kind`, in both languages.
    pub fn of(kind: Kind, en: impl Into<String>, zh: impl Into<String>) -> Self {
        Fault { kind, words: Words::new(en, zh), difference: None }
    }

    /// A fault of the examination itself, explained by `what`.
    pub fn new(what: impl fmt::Display) -> Self {
        Fault { kind: Kind::System, words: Words::same(what), difference: None }
    }

    /// Adds what had to be and what was.
    pub fn with(mut self, difference: Difference) -> Self {
        self.difference = Some(difference);
        self
    }
}

/// How many characters are shown before and behind the place where two texts part.
const BEFORE: usize = 40;
const BEHIND: usize = 30;

/// Controls as Rust writes them; everything else as it is.
fn visible(character: char) -> Vec<char> {
    match character.is_control() {
        true => character.escape_default().collect(),
        false => vec![character],
    }
}

/// Compares what was found with what had to be.
pub fn same<T: fmt::Debug + PartialEq + ?Sized>(found: &T, expected: &T) -> Verdict {
    if found == expected {
        return Ok(());
    }
    Err(Fault::new(format!("found {found:?}\n where {expected:?} should be")))
}

/// As a failed test shows it.
impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.words.say(Lang::En))?;
        if let Some(Excerpt { expected, found, .. }) =
            self.difference.as_ref().map(Difference::excerpt)
        {
            write!(f, "\n  expected \"{expected}\"\n  found    \"{found}\"")?;
        }
        Ok(())
    }
}

/// `Fault` is no `Error` itself, so that `?` takes every error: of the system, and of a predicate.
impl<E: std::error::Error> From<E> for Fault {
    fn from(error: E) -> Self {
        Fault::new(error)
    }
}
