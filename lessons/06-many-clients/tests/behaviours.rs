//! What lesson 06 does.

use behaviours::lessons::{ARGUMENTS, CROWDS, LINES, LISTENING, MANY_CLIENTS};
use behaviours::{Failed, examine};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-06");

#[test]
fn arguments() -> Result<(), Failed> {
    examine(LESSON, ARGUMENTS)
}

#[test]
fn listening() -> Result<(), Failed> {
    examine(LESSON, LISTENING)
}

#[test]
fn lines() -> Result<(), Failed> {
    examine(LESSON, LINES)
}

#[test]
fn many_clients() -> Result<(), Failed> {
    examine(LESSON, MANY_CLIENTS)
}

#[test]
#[ignore = "takes seconds, and 5,000 sockets"]
fn crowds() -> Result<(), Failed> {
    examine(LESSON, CROWDS)
}
