//! How a server is examined: its process, its callers, and what the kernel says of its sockets.
//!
//! - [`behaviours`] holds what the lessons do, each behaviour one function that reads like its
//!   sentence;
//! - [`Server`] and [`Client`] are the two programs of a lesson, started as real processes;
//! - [`Connection`] and [`Listener`] are the other end of the line, in the hands of the test;
//! - [`kernel`] waits for what the kernel's socket table shows.
//!
//! Nothing here sleeps to synchronise: every wait is for an event, and every wait has a deadline.

pub mod behaviours;
mod client;
mod connection;
mod fault;
pub mod kernel;
mod loopback;
mod output;
mod program;
mod server;

pub use client::Client;
pub use connection::{Connection, Listener};
pub use fault::{Fault, Verdict};
pub use server::Server;

use std::time::Duration;

/// The longest that anything is waited for. It is met in milliseconds; only a busy machine, or a
/// fault, needs more.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// How long to wait before looking again at something that announces no change, such as the
/// kernel's socket table.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Says which behaviours a program has to show: each becomes a test of the same name.
#[macro_export]
macro_rules! examine {
    ($program:expr; $($topic:ident::$behaviour:ident,)*) => {
        $(
            #[test]
            fn $behaviour() -> $crate::Verdict {
                $crate::behaviours::$topic::$behaviour($program)
            }
        )*
    };
}

/// Like [`examine!`], for behaviours that were measured on Linux and are examined only there.
#[macro_export]
macro_rules! examine_on_linux {
    ($program:expr; $($topic:ident::$behaviour:ident,)*) => {
        $(
            #[test]
            #[cfg_attr(not(target_os = "linux"), ignore = "measured on Linux only")]
            fn $behaviour() -> $crate::Verdict {
                $crate::behaviours::$topic::$behaviour($program)
            }
        )*
    };
}
