//! What lesson 01 does, and what it loses.

use behaviours::lessons::{ARGUMENTS, CONTRACT, LISTENING, RECEIVE_ONCE, TEXT};
use behaviours::{Failed, examine};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-01");

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
fn receive_once() -> Result<(), Failed> {
    examine(LESSON, RECEIVE_ONCE)
}
