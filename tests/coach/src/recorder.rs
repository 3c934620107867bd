//! Running the recorder, a separate program.

use std::process::Command;

use stage::{Lang, Words, cargo};

use crate::Outcome;

/// Runs `recorder TASK WORDS…`, and ends as it does.
pub fn run(task: &str, words: &[String], lang: Lang) -> Outcome {
    let built = cargo::build(&cargo::workspace(), &["--package", "recorder", "--bin", "recorder"])?;
    let recorder = built.map_err(Words::same)?;
    let status = Command::new(recorder).args(["--lang", lang.name(), task]).args(words).status()?;
    std::process::exit(status.code().unwrap_or(2))
}
