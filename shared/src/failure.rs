//! What a lesson says when it cannot go on: one line `error:`, one line `hint:` where one helps,
//! and an exit status.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use crate::socket_table::{self, State};

/// Why a lesson ends before its last step.
#[derive(Debug)]
pub enum Failure {
    /// No program reads the output any more (`| head -1`). That is not an error: the program ends
    /// quietly.
    OutputClosed,
    /// Something that the reader has to be told.
    Error {
        /// What went wrong, in one line.
        message: String,
        /// What to do about it, in one line.
        hint: Option<String>,
    },
}

impl Failure {
    /// An error of which nothing more can be said than what happened.
    pub fn new(message: impl Display) -> Self {
        Failure::Error { message: message.to_string(), hint: None }
    }

    fn with_hint(message: String, hint: String) -> Self {
        Failure::Error { message, hint: Some(hint) }
    }

    /// `bind` was refused: says who may hold the address, as the kernel's socket table shows it.
    pub fn bind(address: SocketAddr, error: io::Error) -> Self {
        let message = format!("bind {address}: {error}");
        match error.kind() {
            ErrorKind::AddrInUse => Failure::with_hint(message, explain_address_in_use(address)),
            ErrorKind::AddrNotAvailable => Failure::with_hint(
                message,
                "this machine has no such address; 127.0.0.1 is always there".into(),
            ),
            ErrorKind::PermissionDenied => Failure::with_hint(
                message,
                "the system keeps this port for itself; take one from 1024 up".into(),
            ),
            _ => Failure::new(message),
        }
    }

    /// `connect` was refused: says how to start somebody who answers.
    pub fn connect(address: SocketAddr, error: io::Error) -> Self {
        let message = format!("connect {address}: {error}");
        match error.kind() {
            ErrorKind::ConnectionRefused => Failure::with_hint(
                message,
                format!(
                    "start a server first, in another terminal: cargo run -p lesson-02 -- {address}"
                ),
            ),
            _ => Failure::new(message),
        }
    }

    /// Writing to standard output failed.
    pub(crate) fn output(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Failure::OutputClosed,
            _ => Failure::new(format!("standard output: {error}")),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::new(error)
    }
}

/// What holds the port of an address in use, as far as the kernel's socket table tells.
fn explain_address_in_use(address: SocketAddr) -> String {
    let held = socket_table::on(address).unwrap_or_default();
    let listener = held.iter().find(|entry| entry.state == State::Listen);
    let holder = match (listener, held.first()) {
        (Some(listener), _) => format!("a program is listening on {}; end it,", listener.local),
        (None, Some(left)) => match left.state {
            State::Established | State::SynRecv | State::CloseWait => {
                format!("a program still holds {left}; end it,")
            }
            // In all other states it has been closed, and the kernel alone keeps it.
            _ => format!("the kernel still keeps {left}; wait a minute,"),
        },
        (None, None) => "another program holds it, or an earlier connection; end it, wait,".into(),
    };
    format!("{holder} or take another port; `cargo run -p lesson-04` shows why")
}

/// Whether an error of `read` or `write` means that the other side has reset the connection.
///
/// A reset has three names: ECONNRESET; EPIPE, where a FIN had come before it (Linux, `tcp_reset`
/// in `net/ipv4/tcp_input.c`); and WSAECONNABORTED on Windows.
pub fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted
    )
}

/// Writes one line to standard error, which is for everything that is not the transcript. A closed
/// standard error is not a reason to stop (`eprintln!` would panic).
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// The exit status for how a lesson ended, and the lines that explain it on standard error.
pub fn exit_status(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) | Err(Failure::OutputClosed) => ExitCode::SUCCESS,
        Err(Failure::Error { message, hint }) => {
            say(format!("error: {message}"));
            if let Some(hint) = hint {
                say(format!("hint: {hint}"));
            }
            ExitCode::FAILURE
        }
    }
}
