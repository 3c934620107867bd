//! What lesson 03 does.

use behaviours::lessons::{ARGUMENTS, CLIENT_FIRST_CLOSE, CONTRACT, LISTENING, STREAM, TEXT};
use behaviours::{Failed, examine};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-03");

#[test]
fn arguments() -> Result<(), Failed> {
    examine(LESSON, ARGUMENTS)
}

#[test]
fn listening() -> Result<(), Failed> {
    examine(LESSON, LISTENING)
}

#[test]
fn contract() -> Result<(), Failed> {
    examine(LESSON, CONTRACT)
}

#[test]
fn text() -> Result<(), Failed> {
    examine(LESSON, TEXT)
}

#[test]
fn stream() -> Result<(), Failed> {
    examine(LESSON, STREAM)
}

#[test]
fn client_first_close() -> Result<(), Failed> {
    examine(LESSON, CLIENT_FIRST_CLOSE)
}
