//! What lesson 00 does.

use behaviours::lessons::{ARGUMENTS, CLIENT};
use behaviours::{Failed, examine};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-00");

#[test]
fn arguments() -> Result<(), Failed> {
    examine(LESSON, ARGUMENTS)
}

#[test]
fn client() -> Result<(), Failed> {
    examine(LESSON, CLIENT)
}
