//! What lesson 04 shows.

use behaviours::lessons::ADDRESS_REUSE;
use behaviours::{Failed, Program, examine};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-04");

#[test]
fn address_reuse() -> Result<(), Failed> {
    examine(LESSON, ADDRESS_REUSE)
}

#[test]
#[ignore = "needs a minute; measured on Linux only"]
fn time_wait_ends_after_a_minute() -> behaviours::Verdict {
    behaviours::time_wait_ends_after_a_minute(&Program::lesson(LESSON))
}
