//! What a lesson says when it cannot go on: one line `error:`, one line `hint:` where one helps,
//! and an exit status.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::process::{self, ExitCode};

use plain::Words;

use crate::in_words;
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

    fn with_hint(message: String, hint: &Words) -> Self {
        Failure::Error { message, hint: Some(in_words(hint)) }
    }

    /// `bind` was refused: says who may hold the address, as the kernel's socket table shows it.
    pub fn bind(address: SocketAddr, error: io::Error) -> Self {
        let message = format!("bind {address}: {error}");
        match error.kind() {
            ErrorKind::AddrInUse => Failure::with_hint(message, &explain_address_in_use(address)),
            ErrorKind::AddrNotAvailable => Failure::with_hint(message, &NO_SUCH_ADDRESS),
            ErrorKind::PermissionDenied => Failure::with_hint(message, &RESERVED_PORT),
            _ => Failure::new(message),
        }
    }

    /// `connect` was refused: says how to start a server.
    pub fn connect(address: SocketAddr, error: io::Error) -> Self {
        let message = format!("connect {address}: {error}");
        match error.kind() {
            ErrorKind::ConnectionRefused => Failure::with_hint(
                message,
                &Words::new(
                    format!(
                        "start a server first, in another terminal: cargo run -p lesson-02 -- {address}"
                    ),
                    format!("先在另一个终端里启动服务器：cargo run -p lesson-02 -- {address}"),
                ),
            ),
            _ => Failure::new(message),
        }
    }

    /// Writing to standard output failed.
    pub(crate) fn output(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Failure::OutputClosed,
            _ => {
                Words::new(format!("standard output: {error}"), format!("标准输出：{error}")).into()
            }
        }
    }
}

/// In the language of the system.
impl From<Words> for Failure {
    fn from(words: Words) -> Self {
        Failure::new(in_words(&words))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::new(error)
    }
}

const NO_SUCH_ADDRESS: Words = Words::fixed(
    "this machine has no such address; 127.0.0.1 is always there",
    "本机没有这个地址；127.0.0.1 总是有的",
);

const RESERVED_PORT: Words = Words::fixed(
    "the system keeps this port for itself; take one from 1024 up",
    "这个端口由系统保留；请换一个 1024 以上的端口",
);

/// What holds the port of an address in use, as far as the kernel's socket table tells.
fn explain_address_in_use(address: SocketAddr) -> Words {
    let held = socket_table::on(address).unwrap_or_default();
    let listener = held.iter().find(|entry| entry.state == State::Listen);
    let (en, zh) = match (listener, held.first()) {
        (Some(listener), _) => (
            format!("a program is listening on {}; end it,", listener.local),
            format!("有程序正在监听 {}；结束它，", listener.local),
        ),
        (None, Some(left)) => match left.state {
            State::Established | State::SynRecv | State::CloseWait => (
                format!("a program still holds {left}; end it,"),
                format!("有程序还占着 {left}；结束它，"),
            ),
            // In all other states it has been closed, and the kernel alone keeps it.
            _ => (
                format!("the kernel still keeps {left}; wait a minute,"),
                format!("内核还保留着 {left}；等一分钟，"),
            ),
        },
        (None, None) => (
            "another program holds it, or an earlier connection; end it, wait,".into(),
            "它被别的程序或者先前的连接占着；结束那个程序，等一会儿，".into(),
        ),
    };
    Words::new(
        format!("{en} or take another port; `cargo run -p lesson-04` shows why"),
        format!("{zh}或者换一个端口；`cargo run -p lesson-04` 演示了原因"),
    )
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

/// Whether `read` or `write` has failed because its timeout is over, or because of a signal, which
/// ends a call with a timeout. The connection is as before.
pub fn is_timeout_or_signal(error: &io::Error) -> bool {
    // On Windows TimedOut is the timeout. Elsewhere it means that the client has vanished.
    let on_windows = cfg!(windows) && error.kind() == ErrorKind::TimedOut;
    on_windows || matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// How a connection has ended, if `read` or `write` fails with this error.
pub fn how_lost(error: &io::Error) -> String {
    match error.kind() {
        _ if is_reset(error) => "reset the connection".into(),
        ErrorKind::TimedOut => "has vanished".into(),
        _ => format!("was lost: {error}"),
    }
}

/// Whether `accept` failed because of the one client that it was about to return: you can accept
/// the next one immediately.
///
/// Linux returns here what had happened to the new connection before (accept(2)).
pub fn is_of_one_client(error: &io::Error) -> bool {
    let names = matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::Interrupted
            | ErrorKind::NetworkDown
            | ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::PermissionDenied
    );
    // EPROTO, ENOPROTOOPT, EHOSTDOWN, ENONET and EOPNOTSUPP have no name in std.
    let on_linux = cfg!(target_os = "linux");
    names || on_linux && matches!(error.raw_os_error(), Some(71 | 92 | 112 | 64 | 95))
}

/// Whether a call failed because something has run out that may come back: descriptors (EMFILE,
/// ENFILE), memory (ENOMEM) or buffers (ENOBUFS).
pub fn is_exhausted(error: &io::Error) -> bool {
    let numbers = match () {
        () if cfg!(windows) => [10024, 10024, 10055],
        () if cfg!(target_os = "linux") => [24, 23, 105],
        // macOS and the BSDs
        () => [24, 23, 55],
    };
    error.kind() == ErrorKind::OutOfMemory
        || error.raw_os_error().is_some_and(|number| numbers.contains(&number))
}

/// Writes one line to standard error, which is for everything that is not the transcript. It is
/// written in one piece, so lines of two threads do not mix. A closed standard error is not a
/// reason to stop (`eprintln!` would panic).
pub fn say(line: impl Display) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Says how many clients had this ending; nothing if none had it.
pub fn say_how_many(clients: usize, ending: &str) {
    match clients {
        0 => {}
        1 => say(format!("1 client was {ending}")),
        _ => say(format!("{clients} clients were {ending}")),
    }
}

/// The exit status for how a lesson ended, and the lines that explain it on standard error.
pub fn exit_status(result: Result<(), Failure>) -> ExitCode {
    ExitCode::from(result.map_or_else(explain, |()| 0))
}

/// Ends the whole program, whichever thread calls it, as `exit_status` ends it from `main`.
pub fn exit(failure: Failure) -> ! {
    process::exit(explain(failure).into())
}

/// Says why a lesson ends. Returns its exit status.
fn explain(failure: Failure) -> u8 {
    let Failure::Error { message, hint } = failure else { return 0 };
    say(format!("error: {message}"));
    if let Some(hint) = hint {
        say(format!("hint: {hint}"));
    }
    1
}
