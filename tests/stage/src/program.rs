//! A program that is to be examined: how it is started, and what is noted of its examination.

use std::net::SocketAddr;

use crate::loopback::{free_address, free_port, free_port_everywhere};
use crate::process::Process;
use crate::{Fault, Steps, Words};

/// A program that is to be examined, in whatever language it is written.
#[derive(Clone)]
pub struct Program {
    command: Vec<String>,
    announces: bool,
    counts: bool,
    fixed_port: Option<u16>,
    pub steps: Steps,
}

impl Program {
    /// A lesson: it takes an address as its first word, and says when it listens.
    pub fn lesson(path: &str) -> Self {
        Program { announces: true, ..Program::command(vec![path.into(), "{address}".into()]) }
    }

    /// Any command. In its words `{address}`, `{host}` and `{port}` stand for where it has to
    /// listen, or whom it has to call. It need not say when it listens.
    pub fn command(command: Vec<String>) -> Self {
        let steps = Steps::default();
        Program { command, announces: false, counts: false, fixed_port: None, steps }
    }

    /// A program that can't be told where to listen, and listens on `port`.
    pub fn on_port(mut self, port: Option<u16>) -> Self {
        self.fixed_port = port;
        self
    }

    /// A program that ends its transcript with `total: N bytes, M characters`.
    pub fn counting(mut self) -> Self {
        self.counts = true;
        self
    }

    /// The same program, of whose examination nothing is noted yet.
    pub fn afresh(&self) -> Self {
        Program { steps: Steps::default(), ..self.clone() }
    }

    /// The steps that its examination has taken.
    pub fn steps(&self) -> Vec<Words> {
        self.steps.taken()
    }

    /// Whether it says when it listens.
    pub fn announces(&self) -> bool {
        self.announces
    }

    /// Whether it ends its transcript with a total.
    pub fn counts(&self) -> bool {
        self.counts
    }

    /// Where it is to listen next.
    pub fn address(&self) -> Result<SocketAddr, Fault> {
        match self.fixed_port {
            Some(port) => Ok(SocketAddr::from(([127, 0, 0, 1], port))),
            None if self.announces => Ok(free_address()),
            None if self.command.iter().any(|word| word.contains("{port}"))
                && !self
                    .command
                    .iter()
                    .any(|word| word.contains("{address}") || word.contains("{host}")) =>
            {
                // Told a port alone, it can only guess the address, or take them all.
                free_port_everywhere()
            }
            None => free_port(),
        }
    }

    /// The words that start it on `address`.
    pub fn words(&self, address: SocketAddr, options: &[&str]) -> Vec<String> {
        let filled = self.command.iter().map(|word| {
            word.replace("{address}", &address.to_string())
                .replace("{host}", &address.ip().to_string())
                .replace("{port}", &address.port().to_string())
        });
        filled.chain(options.iter().map(|option| option.to_string())).collect()
    }

    /// Starts a lesson with `arguments` alone.
    pub fn start(&self, arguments: &[&str]) -> Result<Process, Fault> {
        let words = self.command.iter().take(1).map(String::as_str);
        Process::start(
            &words.chain(arguments.iter().copied()).map(str::to_owned).collect::<Vec<_>>(),
        )
    }
}
