//! A client under examination, with the examiner at its keyboard.

use std::net::SocketAddr;

use assert_cmd::assert::Assert;

use crate::process::Process;
use crate::{Fault, Program, deadline};

/// A client that has been told whom to call.
pub struct Client(Process);

impl Client {
    /// Starts `program`, which calls `address`.
    pub fn start(program: &Program, address: SocketAddr, options: &[&str]) -> Result<Self, Fault> {
        program.steps.take("starts the program", "启动程序");
        Ok(Client(Process::start(&program.words(address, options))?))
    }

    /// Types `text`.
    pub fn types(&self, text: impl AsRef<[u8]>) -> Result<(), Fault> {
        self.0.types(text.as_ref())
    }

    /// Presses Ctrl-D.
    pub fn ends_its_input(&mut self) {
        self.0.ends_its_input();
    }

    /// Kills it.
    pub fn is_killed(self) {
        self.0.end();
    }

    /// Waits until its standard output is `replies`.
    pub fn has_printed(&self, replies: &str) -> Result<(), Fault> {
        self.0.printed.wait_for_all(replies)
    }

    /// Waits until its standard error has a line with `words`.
    pub fn has_said(&self, words: &str) -> Result<(), Fault> {
        self.0.said.wait_for_line_with(words).map(drop)
    }

    /// Waits until it ends by itself.
    pub fn ends(self) -> Result<Assert, Fault> {
        self.0.ends()
    }

    /// Waits until it ends by itself, and takes what it has printed.
    pub fn output(self) -> Result<std::process::Output, Fault> {
        self.0.ends_within(deadline::left())
    }
}
