//! A program that is to be examined: how it is started, and what is noted of its examination.

use std::net::SocketAddr;
use std::time::Duration;

use crate::deadline::Deadline;
use crate::fault::Fault;
use crate::loopback::{own_address, own_port, port_on_every_address};
use crate::process::Process;
use crate::stage::Stage;
use crate::steps::Steps;

/// How long a program is examined unless told otherwise. It takes milliseconds; only a busy machine,
/// or a fault, needs more.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that is to be examined, in whatever language it is written.
#[derive(Clone)]
pub struct Program {
    command: Vec<String>,
    listens: Listens,
    /// Until when it is examined.
    pub deadline: Deadline,
    /// The steps that its examination has taken.
    pub steps: Steps,
    /// Where it runs.
    pub stage: Stage,
}

/// Where a program listens.
#[derive(Clone, Copy)]
enum Listens {
    /// On a port that it chooses itself, and prints.
    WhereItSays,
    /// On the address that it is told.
    WhereItIsTold,
    /// On the port that it is told, on any address: it can only guess one, or take them all.
    OnThePortItIsTold,
    /// On this port: it can't be told.
    On(u16),
}

impl Program {
    /// A program of this course: it takes an address as its first word, says when it listens, and
    /// starts no other program.
    pub fn lesson(path: &str) -> Self {
        Program {
            listens: Listens::WhereItSays,
            ..Program::command(&Stage::of_our_group(), vec![path.into(), "{address}".into()])
        }
    }

    /// Any command. In its words `{address}`, `{host}` and `{port}` stand for where it has to
    /// listen, or what it has to connect to; so do the words `@address`, `@host` and `@port`. It need
    /// not say when it listens.
    pub fn command(stage: &Stage, command: Vec<String>) -> Self {
        let port_alone =
            has_gap(&command, &["{port}"]) && !has_gap(&command, &["{address}", "{host}"]);
        let (told, port) = (Listens::WhereItIsTold, Listens::OnThePortItIsTold);
        Program {
            listens: if port_alone { port } else { told },
            command,
            deadline: Deadline::after(PATIENCE),
            steps: Steps::default(),
            stage: stage.clone(),
        }
    }

    /// The same program, which can't be told where to listen, and listens on `port`.
    pub fn on_port(self, port: u16) -> Self {
        Program { listens: Listens::On(port), ..self }
    }

    /// The same program, of whose examination nothing is noted yet, and which is examined until
    /// `deadline`.
    pub fn afresh(&self, deadline: Deadline) -> Self {
        Program { steps: Steps::default(), stage: self.stage.afresh(), deadline, ..self.clone() }
    }

    /// The same program, under a limit that the shell sets: the words of `ulimit` (Unix).
    pub fn under_limit(&self, words: &str) -> Self {
        self.in_shell(&format!("ulimit {words} && exec \"$@\""))
    }

    /// The same program, whose standard error is its standard output (Unix). So it need not say when
    /// it listens.
    pub fn with_one_output(&self) -> Self {
        Program { listens: Listens::WhereItIsTold, ..self.in_shell("exec \"$@\" 2>&1") }
    }

    fn in_shell(&self, script: &str) -> Self {
        let shell = ["sh", "-c", script, "sh"].map(str::to_owned);
        Program { command: shell.into_iter().chain(self.command.clone()).collect(), ..self.clone() }
    }

    /// Whether it says when it listens.
    pub(crate) fn announces(&self) -> bool {
        matches!(self.listens, Listens::WhereItSays)
    }

    /// Where it is to listen next.
    pub fn address(&self) -> Result<SocketAddr, Fault> {
        match self.listens {
            Listens::WhereItSays => Ok(own_address()),
            Listens::WhereItIsTold => own_port(),
            Listens::OnThePortItIsTold => port_on_every_address(),
            Listens::On(port) => Ok(SocketAddr::from(([127, 0, 0, 1], port))),
        }
    }

    /// The words that start it on `address`.
    pub fn words(&self, address: SocketAddr, options: &[&str]) -> Vec<String> {
        let filled = self.command.iter().map(|word| {
            in_braces(word)
                .replace("{address}", &address.to_string())
                .replace("{host}", &address.ip().to_string())
                .replace("{port}", &address.port().to_string())
        });
        filled.chain(options.iter().map(|option| option.to_string())).collect()
    }

    /// Starts a lesson with `arguments` alone.
    pub fn start(&self, arguments: &[&str]) -> Result<Process, Fault> {
        let words = self.command.iter().take(1).map(String::as_str);
        let words: Vec<_> = words.chain(arguments.iter().copied()).map(str::to_owned).collect();
        Process::start(&self.stage, &words)
    }
}

/// Whether the words of a command contain one of `gaps`.
fn has_gap(command: &[String], gaps: &[&str]) -> bool {
    command.iter().any(|word| gaps.iter().any(|gap| in_braces(word).contains(gap)))
}

/// Whether a command has a place for where to listen, or for what to connect to.
pub fn is_told(command: &[String]) -> bool {
    has_gap(command, &["{address}", "{host}", "{port}"])
}

/// `{address}` for `@address`, and the like: Windows PowerShell gives a word in braces another
/// meaning.
fn in_braces(word: &str) -> String {
    match word {
        "@address" | "@host" | "@port" => format!("{{{}}}", &word[1..]),
        _ => word.into(),
    }
}
