//! What lesson 02 does.

use behaviours::lessons::{ARGUMENTS, CONTRACT, LISTENING, RECEIVE_LOOP, STREAM, TEXT};
use behaviours::{Failed, examine};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-02");

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
fn receive_loop() -> Result<(), Failed> {
    examine(LESSON, RECEIVE_LOOP)
}
