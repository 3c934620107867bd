//! What lesson 05 does.

use behaviours::lessons::{ARGUMENTS, LINES, LISTENING, ONE_AT_A_TIME};
use behaviours::{Failed, examine};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-05");

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
fn one_at_a_time() -> Result<(), Failed> {
    examine(LESSON, ONE_AT_A_TIME)
}
