//! Programs and their clients, at work: started, acted on, watched and ended, as real processes on
//! real sockets.
//!
//! - a [`Stage`] is where programs run; [`Program`] is how one is started; [`Server`] and [`Client`] are such programs at work;
//! - [`Connection`] and [`Listener`] are the other end of the line, in the hands of the examiner;
//! - [`Terminal`] shows a program as its user sees it;
//! - [`act`] is the vocabulary of what can be done: a [`Step`] is one line of text and one sentence;
//! - [`kernel`] waits for what the kernel's socket table shows.
//!
//! It knows no lesson and no exercise. Every wait is for an event, and every wait has a deadline.

mod activity;
pub mod cargo;
mod client;
mod connection;
mod copy;
mod crowd;
pub mod deadline;
pub mod difference;
pub mod fault;
#[cfg(target_os = "linux")]
pub mod isolation;
pub mod kernel;
pub mod loopback;
mod mark;
#[cfg(target_os = "linux")]
pub mod namespaces;
#[cfg(target_os = "linux")]
mod netlink;
mod output;
mod print;
mod process;
mod program;
mod server;
mod spawn;
mod stage;
mod steps;
mod terminal;

pub use activity::{Activity, Seen, Watch, stalls};
pub use acts as act;
pub use acts::{Act, Lang, Step, Who, Words, one_line};
pub use client::Client;
pub use connection::{Connection, Listener, is_timeout, sent};
pub use copy::copy;
pub use crowd::{Crowd, Member, allow_thousands_of_sockets};
pub use deadline::Deadline;
pub use fault::{Fault, Verdict};
pub use output::{Output, retry_on_eintr};
pub use print::print;
pub use process::Process;
pub use program::{Program, is_told};
pub use server::{Server, exited_with_status_0};
pub use stage::Stage;
pub use steps::Steps;
pub use terminal::Terminal;
