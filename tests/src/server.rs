//! A lesson's server, started as a learner starts it.

use std::net::SocketAddr;
use std::process::Stdio;

use assert_cmd::assert::Assert;

use crate::loopback::free_address;
use crate::program::Program;
use crate::{Connection, Fault, kernel};

/// A server that listens.
pub struct Server {
    program: Program,
    address: SocketAddr,
}

impl Server {
    /// Starts `program` on a free port and waits until it listens.
    pub fn start(program: &str) -> Result<Self, Fault> {
        Server::start_with(program, free_address(), &[])
    }

    /// Starts `program` on `address` and waits until it listens.
    pub fn start_on(program: &str, address: SocketAddr) -> Result<Self, Fault> {
        Server::start_with(program, address, &[])
    }

    /// Starts `program` on `address` with `options` and waits until it listens.
    pub fn start_with(program: &str, address: SocketAddr, options: &[&str]) -> Result<Self, Fault> {
        let address = address.to_string();
        Server::listening(Program::start(program, &[&[address.as_str()], options].concat())?)
    }

    /// Starts `program` on a free port, with a standard output of the test's.
    pub fn start_printing_to(program: &str, stdout: impl Into<Stdio>) -> Result<Self, Fault> {
        let address = free_address().to_string();
        Server::listening(Program::start_printing_to(program, &[&address], stdout)?)
    }

    /// Starts `program` on a free port so that Ctrl-C ends it, wherever the tests themselves run:
    /// a job in the background of a script ignores Ctrl-C, and so does what it starts (signal(7)).
    pub fn start_heeding_ctrl_c(program: &str) -> Result<Self, Fault> {
        let address = free_address().to_string();
        Server::listening(Program::start("env", &["--default-signal=INT", program, &address])?)
    }

    fn listening(program: Program) -> Result<Self, Fault> {
        let announced = program.said.wait_for_line_with("listening on ")?;
        let address = announced.trim_start_matches("listening on ").parse()?;
        Ok(Server { program, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Calls it.
    pub fn is_called(&self) -> Result<Connection, Fault> {
        Connection::to(self.address)
    }

    /// Waits until its standard output is `transcript`.
    pub fn has_printed(&self, transcript: &str) -> Result<(), Fault> {
        self.program.printed.wait_for_all(transcript)
    }

    /// Waits until it has printed `count` bytes or more.
    pub fn has_printed_bytes(&self, count: usize) -> Result<(), Fault> {
        let wanted = format!("{count} bytes");
        self.program.printed.wait_for(&wanted, |printed| (printed.len() >= count).then_some(()))
    }

    /// Waits until its standard error has a line with `words`.
    pub fn has_said(&self, words: &str) -> Result<(), Fault> {
        self.program.said.wait_for_line_with(words).map(drop)
    }

    /// Waits until it ends by itself.
    pub fn ends(self) -> Result<Assert, Fault> {
        self.program.ends()
    }

    /// Presses Ctrl-C in its terminal (Unix).
    pub fn is_interrupted(&self) -> Result<(), Fault> {
        self.program.interrupt()
    }

    /// The most memory that it has had at once, in bytes (Linux).
    pub fn peak_memory(&self) -> Result<u64, Fault> {
        kernel::peak_memory(self.program.id())
    }
}
