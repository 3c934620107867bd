//! The programs of the sessions, all built before one runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{env, fs};

use book::{files, root};
use stage::{Lang, cargo};

/// What was built, by the names of the programs.
pub type Programs = BTreeMap<String, PathBuf>;

/// What a command runs: the package, if it is of this workspace, the program, and its arguments.
fn read(command: &str) -> (Option<&str>, &str, Vec<&str>) {
    let words: Vec<&str> = command.split(' ').collect();
    let (package, program, rest) = match words.as_slice() {
        ["cargo", "coach", rest @ ..] => return (Some("coach"), "coach", rest.to_vec()),
        ["cargo", "run", "-q", "-p", package, "--bin", program, rest @ ..] => {
            (package, program, rest)
        }
        ["cargo", "run", "-q", "-p", package, rest @ ..] => (package, package, rest),
        _ => return (None, words[0], words[1..].to_vec()),
    };
    (Some(package), program, rest.iter().skip_while(|word| **word == "--").copied().collect())
}

/// Builds what the commands run.
pub fn build<'c>(commands: impl Iterator<Item = &'c str>) -> Result<Programs, String> {
    let mut programs = Programs::new();
    let build_one = |options: &[&str]| {
        cargo::build(root(), options).unwrap_or_else(|why| Err(why.say(Lang::En).to_owned()))
    };
    for (package, program, arguments) in commands.filter(|one| missing(one).is_none()).map(read) {
        if let Some(package) = package.filter(|_| !programs.contains_key(program)) {
            let built = build_one(&["-p", package, "--bin", program])?;
            programs.insert(program.to_owned(), built);
        }
        if let ("coach", ["check", number, ..]) = (program, arguments.as_slice()) {
            // The coach builds it by itself, but while the session waits.
            build_one(&["-p", &format!("exercise-{number}")])?;
        }
    }
    Ok(programs)
}

/// The words that start a command.
pub fn words(command: &str, programs: &Programs, language: &str) -> Vec<String> {
    let (package, program, arguments) = read(command);
    let program = programs.get(program).map_or(program.into(), |file| file.to_string_lossy());
    let speaks_chinese = language == "zh-CN" && package.is_some();
    let words = [
        // A script's job in the background ignores Ctrl-C, and so does what it starts (signal(7)).
        "env",
        "--default-signal=INT",
        &format!("--chdir={}", root().display()),
        &format!("CARGO_MANIFEST_DIR={}/tests/coach", root().display()),
        // Ours know Chinese. The machine's own need not have this locale, and may say so.
        if speaks_chinese { "LC_ALL=zh_CN.UTF-8" } else { "LC_ALL=C.UTF-8" },
        &program,
    ];
    words.into_iter().chain(arguments).map(str::to_owned).collect()
}

/// What a command needs and does not find: a program, or an exercise as it was handed out.
pub fn missing(command: &str) -> Option<String> {
    let (package, program, arguments) = read(command);
    if let ("coach", ["check", number]) = (program, arguments.as_slice()) {
        let exercise = fs::read(root().join(format!("tests/coach/exercises/exercise-{number}.rs")));
        let exercise = exercise.expect("it is there");
        let is_there =
            files("lessons").iter().any(|file| fs::read(file).unwrap_or_default() == exercise);
        return (!is_there).then(|| format!("exercise {number} is not as it was handed out"));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = env::split_paths(&path).any(|folder| folder.join(program).is_file());
    (package.is_none() && !is_there).then(|| format!("there is no {program}"))
}
