//! `cargo coach`: examines the exercises, and any server in any language.

mod check;
mod cli;
mod grade;
mod hint;
mod recorder;
mod reset;
mod watch;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
