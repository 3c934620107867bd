//! What lesson 07 does.

use behaviours::lessons::{ARGUMENTS, CLOSING_TIME, LINES, MANNERS};
use behaviours::{Failed, examine};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-07");

#[test]
fn arguments() -> Result<(), Failed> {
    examine(LESSON, ARGUMENTS)
}

#[test]
fn lines() -> Result<(), Failed> {
    examine(LESSON, LINES)
}

#[test]
fn manners() -> Result<(), Failed> {
    examine(LESSON, MANNERS)
}

#[test]
fn closing_time() -> Result<(), Failed> {
    examine(LESSON, CLOSING_TIME)
}
