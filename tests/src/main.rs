//! `cargo coach`: examines the exercises, and any server in any language.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
