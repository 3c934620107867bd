//! The programs of the sessions, all built before one runs.

use std::path::{Path, PathBuf};
use std::{env, fs};

use book::{files, root};
use stage::{Lang, cargo};

/// Builds the workspace's programs. Returns one of them; the others are beside it.
pub fn build() -> Result<PathBuf, String> {
    let build = |options: &[&str]| {
        cargo::build(root(), options).unwrap_or_else(|why| Err(why.say(Lang::En).to_owned()))
    };
    // The coach, in its own chapter, builds this one by itself, but while the session waits.
    build(&["-p", "exercise-01"])?;
    build(&["--workspace", "--bins"])
}

/// What a command runs: whether it is of this workspace, the program, and its arguments.
fn read(command: &str) -> (bool, &str, Vec<&str>) {
    let words: Vec<&str> = command.split(' ').collect();
    let (program, rest) = match words.as_slice() {
        ["cargo", "coach", rest @ ..] => ("coach", rest),
        ["cargo", "run", "-q", "-p", _, "--bin", program, rest @ ..]
        | ["cargo", "run", "-q", "-p", program, rest @ ..] => (*program, rest),
        _ => return (false, words[0], words[1..].to_vec()),
    };
    (true, program, rest.iter().skip_while(|word| **word == "--").copied().collect())
}

/// The words that start a command, with a built program in place of ours.
pub fn words(command: &str, built: &Path, language: &str) -> Vec<String> {
    let (is_ours, program, arguments) = read(command);
    let program = if is_ours { built.with_file_name(program) } else { program.into() };
    let words = [
        // A script's job in the background ignores Ctrl-C, and so does what it starts (signal(7)).
        "env",
        "--default-signal=INT",
        &format!("--chdir={}", root().display()),
        &format!("CARGO_MANIFEST_DIR={}/tests/coach", root().display()),
        // Ours know Chinese. The machine's own need not have this locale, and may say so.
        if is_ours && language == "zh-CN" { "LC_ALL=zh_CN.UTF-8" } else { "LC_ALL=C.UTF-8" },
        &program.to_string_lossy(),
    ];
    words.into_iter().chain(arguments).map(str::to_owned).collect()
}

/// What a command needs and does not find: a program, or an exercise as it was handed out.
pub fn missing(command: &str) -> Option<String> {
    let (is_ours, program, arguments) = read(command);
    if let ("coach", ["check", number]) = (program, arguments.as_slice()) {
        let exercise = fs::read(root().join(format!("tests/coach/exercises/exercise-{number}.rs")));
        let exercise = exercise.expect("it is there");
        let is_there =
            files("lessons").iter().any(|file| fs::read(file).is_ok_and(|text| text == exercise));
        return (!is_there).then(|| format!("exercise {number} is not as it was handed out"));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = env::split_paths(&path).any(|folder| folder.join(program).is_file());
    (!is_ours && !is_there).then(|| format!("there is no {program}"))
}
