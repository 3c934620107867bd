//! The lesson's client, with the test at its keyboard.

use std::net::SocketAddr;

use assert_cmd::assert::Assert;

use crate::Fault;
use crate::program::Program;

/// A client that has been told whom to call.
pub struct Client(Program);

impl Client {
    /// Starts `program`, which calls `address`.
    pub fn start(program: &str, address: SocketAddr, options: &[&str]) -> Result<Self, Fault> {
        let address = address.to_string();
        Ok(Client(Program::start(program, &[&[address.as_str()], options].concat())?))
    }

    /// Types `text`.
    pub fn types(&mut self, text: impl AsRef<[u8]>) -> Result<(), Fault> {
        self.0.types(text.as_ref())
    }

    /// Presses Ctrl-D.
    pub fn ends_its_input(&mut self) {
        self.0.input = None;
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
}
