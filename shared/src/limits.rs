//! The options of lessons 07 to 10: how long a server waits for a client, and for how many clients.

use std::net::SocketAddr;
use std::time::Duration;

use crate::CommandLine;
use crate::command_line::{USAGE_ERROR, end};

/// What `--help` says about them.
const HELP: &str = "[ADDRESS] [OPTIONS]

  ADDRESS            IP:PORT to listen on; port 0 is any free one [default: 127.0.0.1:7788]
  --idle SECONDS     how long a client may be silent between messages [default: 60]
  --message SECONDS  how long a message may take once it has begun [default: 10]
  --write SECONDS    how long a client may not read its replies [default: 10]
  --clients N        how many clients may be connected at once [default: 1000]
  --grace SECONDS    how long the server waits for its clients after Ctrl-C [default: 3]
";

/// What the command line can limit.
#[derive(Clone, Copy)]
pub struct Limits {
    /// From the last reply, or the connect, to the first byte of the next message.
    pub idle: Duration,
    /// From this byte to the end of the message.
    pub message: Duration,
    /// Until the kernel has taken all replies to what one recv returned.
    pub write: Duration,
    /// From Ctrl-C to the end.
    pub grace: Duration,
    /// How many clients may be connected at once.
    pub clients: usize,
}

impl Limits {
    /// Reads the address and the limits that this process was started with. Its help says
    /// what the `program` is `about`.
    pub fn read(program: &str, about: &str) -> (SocketAddr, Self) {
        let line = CommandLine::new(format!("{program}: {about}\n\nUsage: {program} {HELP}"));
        let line = line.seconds("idle").seconds("message").seconds("write");
        let given = line.seconds("grace").number("clients").read();
        let seconds = |name, usual| given.seconds(name).unwrap_or(Duration::from_secs(usual));
        let limits = Limits {
            idle: seconds("idle", 60),
            message: seconds("message", 10),
            write: seconds("write", 10),
            grace: seconds("grace", 3),
            clients: given.number("clients").unwrap_or(1000) as usize,
        };
        (given.address, limits)
    }

    /// How many descriptors the server needs: one for each client, and 100 for the refused clients
    /// and the server's files.
    pub fn descriptors(&self) -> u64 {
        self.clients as u64 + 100
    }

    /// Ends the process if the system allows too few.
    pub fn need_descriptors(&self, allowed: u64) {
        let (clients, needed) = (self.clients, self.descriptors());
        let what =
            format!("{clients} clients need {needed} descriptors, and {allowed} are allowed");
        if allowed < needed {
            end(USAGE_ERROR, format!("{what}: ulimit -n {needed}"));
        }
    }
}
