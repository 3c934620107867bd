//! What each lesson and each exercise has to do: each behaviour is one function, named by the
//! sentence that it proves, and the lists of them are tables.
//!
//! - [`lessons`] has the tables for the lessons, `exercises` those for the exercises;
//! - `contract`, `text`, `receiving`, `closing`, `client`, `address_reuse`, `framing`,
//!   `many_clients`, `timeouts` and `closing_time` have the behaviours of the lessons; the exercises
//!   share some of them. One that is in no table is dead code, as the compiler says;
//! - `serving` helps to examine a server that serves until Ctrl-C;
//! - `transcript` compares what a server prints with what it has to print.
//!
//! It knows how programs are started and watched (`stage`), and the lessons' contract. It knows no
//! coach: how a fault is explained to a learner is not its subject.

mod address_reuse;
mod behaviour;
mod client;
mod closing;
mod closing_time;
mod contract;
mod examination;
mod exercises;
mod framing;
pub mod lessons;
mod many_clients;
mod receiving;
mod serving;
mod text;
mod timeouts;
mod transcript;

pub use address_reuse::time_wait_ends_after_a_minute;
pub use behaviour::{Behaviour, On};
pub use examination::{Failed, examine, examine_within, side_by_side};
pub use exercises::{EXERCISES, Exercise};
pub use stage::{Program, Verdict};
