//! How a server is examined: its process, its callers, and what the kernel says of its sockets.
//!
//! - [`behaviours`] holds what the lessons do, each behaviour one function that reads like its
//!   sentence;
//! - [`Program`] is what is examined; [`Server`] and [`Client`] are such programs at work, as real
//!   processes;
//! - [`Connection`] and [`Listener`] are the other end of the line, in the hands of the examiner;
//! - [`recording`] is what happened in one scene, packet by packet, and [`drawing`] its picture;
//! - [`Terminal`] shows a program as its user sees it, for the sessions that the book prints;
//! - [`kernel`] waits for what the kernel's socket table shows.
//!
//! Every wait is for an event, and every wait has a deadline.

pub mod behaviours;
pub mod cause;
mod client;
mod connection;
pub mod deadline;
pub mod drawing;
pub mod examination;
pub mod exercises;
pub mod fault;
pub mod kernel;
pub mod loopback;
mod output;
mod process;
mod program;
pub mod recording;
pub mod report;
mod server;
mod steps;
mod terminal;
mod words;
mod xml;

pub use client::Client;
pub use connection::{Connection, Listener};
pub use fault::{Fault, Verdict};
pub use program::Program;
pub use server::Server;
pub use steps::Steps;
pub use terminal::Terminal;
pub use words::{Lang, Words, one_line};

/// Says which behaviours a program has to show: each becomes a test of the same name.
#[macro_export]
macro_rules! examine {
    ($program:expr; $($topic:ident::$behaviour:ident,)*) => {
        $(
            #[test]
            fn $behaviour() -> $crate::Verdict {
                $crate::behaviours::$topic::$behaviour(&$crate::Program::lesson($program))
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
                $crate::behaviours::$topic::$behaviour(&$crate::Program::lesson($program))
            }
        )*
    };
}

/// Proves of an exercise that its solution passes, and that it fails as long as nobody has touched
/// it. A learner's own version may do either.
#[macro_export]
macro_rules! examine_exercise {
    ($number:expr; $exercise:expr, $solution:expr $(,)?) => {
        #[test]
        fn the_solution_passes() -> $crate::Verdict {
            $crate::exercises::passes($number, $solution)
        }

        #[test]
        fn the_untouched_exercise_fails() -> $crate::Verdict {
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/exercise-", $number, ".rs");
            $crate::exercises::fails_untouched($number, $exercise, file)
        }
    };
}
