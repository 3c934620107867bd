//! What was wrong, as data: what had to be, and what was. [`Fault::say`] puts it into words.

mod words;

use std::fmt;
use std::net::SocketAddr;
use std::process::ExitStatus;
use std::time::Duration;

use crate::difference::Difference;
use acts::{Lang, Words};

/// How an examination of one behaviour ends.
pub type Verdict = Result<(), Fault>;

/// What a program did wrong.
#[derive(Clone)]
pub enum Fault {
    /// It can't be started at all: there is nothing to examine.
    DoesNotStart {
        /// The program.
        program: String,
        /// What the system says.
        why: String,
    },
    /// It never listened; it has ended, or runs still.
    NeverListened(Option<Ending>),
    /// It listens, on another address than the one that it was given.
    ListensElsewhere(SocketAddr),
    /// It could not listen, because the kernel keeps its port in TIME_WAIT; it has ended, or tries
    /// still.
    PortInTimeWait(Option<Ending>),
    /// Two programs listen on one port.
    TwoListeners,
    /// It never connected.
    NeverConnected,
    /// Its standard output or its standard error is not what it had to be.
    Printed {
        /// What had to be.
        expected: String,
        /// What the program printed, with the clients' real addresses.
        found: String,
        /// Until when it was looked at.
        until: Until,
    },
    /// A line of its output does not begin with the client, as `expected` does.
    NotTheClient {
        /// The beginning that each line had to have.
        expected: String,
        /// What was printed.
        found: String,
    },
    /// It counted fewer bytes than it was sent.
    TotalTooSmall,
    /// It printed and printed.
    Flooded,
    /// It had more memory than it may have, and was ended for it.
    TooMuchMemory,
    /// It sent something else than `expected`, or stopped before all of it had come.
    Sent {
        /// What had to come.
        expected: Vec<u8>,
        /// What came.
        found: Vec<u8>,
        /// Why no more came; none where something else came.
        stop: Option<Stop>,
    },
    /// What it sent back differs from what was sent.
    SentBackOther {
        /// From this byte on; the first is 1.
        at: usize,
        /// The byte that came instead.
        found: u8,
    },
    /// It lost some of the bytes that it was sent, in the middle of the stream.
    LostBytes {
        /// How many it was sent.
        sent: usize,
        /// How many came back.
        back: usize,
    },
    /// It sent back a part of what it was sent, and closed.
    ClosedTooEarly,
    /// It sent these bytes where the stream had to end.
    SentMore(Vec<u8>),
    /// It sent something while its client was silent, and began with this byte; or it closed.
    BrokeTheSilence(Result<u8, Stop>),
    /// What was awaited from the connection did not come.
    Stopped(Stop),
    /// It did not close the connection.
    DidNotClose,
    /// It took no more bytes.
    StoppedReceiving,
    /// It did not end.
    DidNotEnd,
    /// It ended, and something that it started holds its output open.
    OutputStillOpen,
    /// It ended with another exit status than 0.
    Failed(Ending),
    /// It ended by itself, where it had to serve until Ctrl-C.
    EndedByItself(Ending),
    /// It closed a connection, and said nothing of why on standard error.
    SaidNothing,
    /// It reserved so many bytes of memory for one message.
    Reserved(u64),
    /// Half of so many replies came later than this.
    SlowReplies {
        /// How many there were.
        count: usize,
        /// How long the median of them may take.
        limit: Duration,
    },
    /// It kept so many bytes more in memory while one client did not read.
    Hoarded(u64),
    /// It sent this line, which it was not sent: it may be two lines that are mixed.
    Mixed(Vec<u8>),
    /// Two clients received the same lines in different orders.
    TwoOrders,
    /// It ended with exit status 0, where it had to say that it failed.
    FailedWithStatus0,
    /// The second of two programs ended with exit status 0, where it had to be refused.
    RefusedWithStatus0,
    /// It failed, as it should, but said nothing of it.
    FailedSilently,
    /// The kernel does not show what it had to show.
    Kernel {
        /// In English and Chinese.
        wanted: (String, String),
        /// What it had to show and what it shows, where the two can be compared.
        difference: Option<Difference>,
    },
    /// A client of the examination did not act in time, because the machine was too busy.
    ClientWasLate,
    /// No time was left to examine it.
    NotExamined,
    /// The examination itself met an error, or a scene could not go on.
    System(Words),
}

/// How a program has ended by itself.
#[derive(Clone)]
pub struct Ending {
    /// Its exit status, or the signal that has ended it.
    pub status: ExitStatus,
    /// The last line that it has written to standard error, which usually says why.
    pub said: String,
}

/// Until when an output was looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until the deadline.
    Deadline,
    /// Until the output's end, which came too early.
    OutputEnded,
    /// Until the program has ended.
    ProgramEnded,
}

/// Why nothing more comes from a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The other end has closed it (FIN).
    Closed,
    /// The other end has reset it (RST).
    Reset,
    /// Nothing came until the deadline.
    Silence,
}

impl Fault {
    /// A fault of the examination itself, explained by `what`.
    pub fn new(what: impl fmt::Display) -> Self {
        Fault::System(Words::same(what))
    }

    /// Whether more time might have helped: something never came, which only a deadline shows, or a
    /// client was late.
    pub fn is_wait(&self) -> bool {
        match self {
            Fault::Printed { until, .. } => *until == Until::Deadline,
            Fault::Sent { stop, .. } => *stop == Some(Stop::Silence),
            Fault::Stopped(stop) => *stop == Stop::Silence,
            Fault::DidNotClose
            | Fault::StoppedReceiving
            | Fault::DidNotEnd
            | Fault::OutputStillOpen
            | Fault::NeverListened(None)
            | Fault::PortInTimeWait(None)
            | Fault::NeverConnected
            | Fault::SaidNothing
            | Fault::Kernel { .. }
            | Fault::ClientWasLate => true,
            _ => false,
        }
    }

    /// What had to be and what was, where the two can be compared.
    pub fn difference(&self) -> Option<Difference> {
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        match self {
            Fault::Printed { expected, found, .. } | Fault::NotTheClient { expected, found } => {
                Some(Difference::of_transcripts(expected, found))
            }
            Fault::Sent { expected, found, .. } => {
                Some(Difference { expected: text(expected), found: text(found) })
            }
            Fault::Kernel { difference, .. } => difference.clone(),
            _ => None,
        }
    }
}

impl Ending {
    /// How a program has ended that has said `said`.
    pub fn new(status: ExitStatus, said: &[u8]) -> Self {
        let said = String::from_utf8_lossy(said);
        // After a panic, Rust notes how to get a backtrace. This note does not say why.
        let why = |line: &&str| !line.trim().is_empty() && !line.starts_with("note: ");
        let last = said.lines().rfind(why).unwrap_or_default();
        Ending { status, said: last.trim().chars().take(200).collect() }
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
        write!(f, "{}", self.say(Lang::En))?;
        if let Some(excerpt) = self.difference().as_ref().map(Difference::excerpt) {
            write!(f, "\n  expected \"{}\"\n  found    \"{}\"", excerpt.expected, excerpt.found)?;
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
