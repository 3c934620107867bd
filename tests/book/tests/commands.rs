//! The commands of a console session: those that a learner types, and no others. No shell is used.

use crate::workspace::workspace;

/// What a learner types at a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `cargo run -q -p PACKAGE [--bin PROGRAM] [-- ARGUMENTS]`
    Run { package: String, program: String, arguments: Vec<String> },
    /// `cargo coach ARGUMENTS`
    Coach { arguments: Vec<String> },
    /// `python3 FILE ARGUMENTS`
    Python { arguments: Vec<String> },
    /// `echo $?`: the exit status of the command before.
    Status,
}

impl Command {
    /// Whether it needs Python.
    pub fn is_python(&self) -> bool {
        matches!(self, Command::Python { .. })
    }
}

/// What a shell would not hand on as it stands.
const FOR_A_SHELL: &str = "|&;<>()$`\\\"'*?[]#~=%!";

/// Reads a command.
pub fn parse(text: &str) -> Result<Command, String> {
    if text == "echo $?" {
        return Ok(Command::Status);
    }
    if let Some(character) = text.chars().find(|character| FOR_A_SHELL.contains(*character)) {
        return Err(format!("`{text}` needs a shell for its `{character}`, and there is none"));
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_string).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["cargo", "run", "-q", "-p", package, options @ ..] => run(text, package, options),
        ["cargo", "run", ..] => Err(format!(
            "`{text}`: a session has `cargo run -q -p PACKAGE`; without -q cargo speaks too"
        )),
        ["cargo", "coach", ..] => Ok(Command::Coach { arguments: words[2..].to_vec() }),
        ["python3", file, ..] if file.starts_with("tests/") => match workspace().misses(text) {
            Some(missing) => Err(format!("`{text}`: {missing}")),
            None => Ok(Command::Python { arguments: words[1..].to_vec() }),
        },
        _ => Err(format!(
            "`{text}` can't be run here: a session has `cargo run -q -p …`, `cargo coach …`, `python3 tests/…` and `echo $?`"
        )),
    }
}

fn run(text: &str, package: &str, options: &[&str]) -> Result<Command, String> {
    let (program, rest) = match options {
        ["--bin", program, rest @ ..] => (*program, rest),
        rest => (package, rest),
    };
    let arguments = match rest {
        [] => Vec::new(),
        ["--", arguments @ ..] => arguments.iter().map(|word| word.to_string()).collect(),
        [word, ..] => return Err(format!("`{text}`: {word} belongs behind `--`")),
    };
    match workspace().misses(&format!("cargo run -p {package} --bin {program}")) {
        Some(missing) => Err(format!("`{text}`: {missing}")),
        None => Ok(Command::Run { package: package.into(), program: program.into(), arguments }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_is_run_with_its_arguments() {
        let parsed = parse("cargo run -q -p lesson-03 -- --server-first");
        let (package, program) = ("lesson-03".to_string(), "lesson-03".to_string());
        let arguments = vec!["--server-first".to_string()];
        assert_eq!(parsed, Ok(Command::Run { package, program, arguments }));
        assert!(parse("cargo run -q -p lesson-02 --bin exercise-02").is_ok());
        assert_eq!(parse("echo $?"), Ok(Command::Status));
    }

    #[test]
    fn what_can_not_be_run_is_named() {
        let refused = |text| parse(text).err().unwrap_or_default();
        assert!(refused("cargo run -p lesson-03").contains("without -q"));
        assert!(refused("cargo run -q -p lesson-99").contains("no package lesson-99"));
        assert!(
            refused("cargo run -q -p lesson-03 --server-first").contains("belongs behind `--`")
        );
        assert!(
            refused("cargo run -q -p lesson-02 | head -1").contains("needs a shell for its `|`")
        );
        assert!(refused("rm -rf target").contains("can't be run here"));
        assert!(refused("python3 tests/none.py").contains("there is no file"));
    }
}
