//! A client under examination, with the examiner at its keyboard.

use std::net::SocketAddr;
use std::process::Output;

use crate::deadline::Deadline;
use crate::fault::Fault;
use crate::process::Process;
use crate::program::Program;
use crate::steps::Steps;
use acts::{Act, For, Who};

/// The client of an examination, which has only one.
const CLIENT: Who = Who::Client(None);

/// A client that has been told what to connect to.
pub struct Client {
    process: Process,
    steps: Steps,
    deadline: Deadline,
}

impl Client {
    /// Starts `program`, which connects to `address`.
    pub fn start(program: &Program, address: SocketAddr, options: &[&str]) -> Result<Self, Fault> {
        program.steps.take(CLIENT, Act::Start(Vec::new()));
        let process = Process::start(&program.stage, &program.words(address, options))?;
        Ok(Client { process, steps: program.steps.clone(), deadline: program.deadline })
    }

    /// Types `text`.
    pub fn types(&self, text: impl AsRef<[u8]>) -> Result<(), Fault> {
        let typed = String::from_utf8_lossy(text.as_ref()).into_owned();
        self.steps.take(CLIENT, Act::Type(typed));
        self.process.types(text.as_ref())
    }

    /// Presses Ctrl-D.
    pub fn ends_its_input(&mut self) {
        self.steps.take(CLIENT, Act::EndInput);
        self.process.ends_its_input();
    }

    /// Kills it.
    pub fn is_killed(self) {
        self.process.end();
    }

    /// Waits until its standard output is `replies`.
    pub fn has_printed(&self, replies: &str) -> Result<(), Fault> {
        self.process.printed.wait_for_all(self.deadline, replies)
    }

    /// Waits until its standard error has a line with `words`.
    pub fn has_said(&self, words: &str) -> Result<(), Fault> {
        self.process.said.wait_for_line_with(self.deadline, words)
    }

    /// Waits until it ends by itself.
    pub fn ends(self) -> Result<Output, Fault> {
        self.steps.take(CLIENT, Act::Wait(For::Ended));
        self.process.ends(self.deadline)
    }
}
