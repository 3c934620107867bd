//! A client under examination, with the examiner at its keyboard.

use std::net::SocketAddr;
use std::process::Output;

use crate::deadline::Deadline;
use crate::process::Process;
use crate::{Fault, Program};

/// A client that has been told what to connect to.
pub struct Client {
    process: Process,
    deadline: Deadline,
}

impl Client {
    /// Starts `program`, which connects to `address`.
    pub fn start(program: &Program, address: SocketAddr, options: &[&str]) -> Result<Self, Fault> {
        program.steps.take("starts the program", "启动程序");
        let process = Process::start(&program.stage, &program.words(address, options))?;
        Ok(Client { process, deadline: program.deadline })
    }

    /// Types `text`.
    pub fn types(&self, text: impl AsRef<[u8]>) -> Result<(), Fault> {
        self.process.types(text.as_ref())
    }

    /// Presses Ctrl-D.
    pub fn ends_its_input(&mut self) {
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
        self.process.ends(self.deadline)
    }
}
