//! The programs of the sessions, all built before one runs.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use book::root;
use stage::{Lang, cargo};

/// What was built, by the names of the programs.
pub type Programs = BTreeMap<String, PathBuf>;

/// Where a reader sits who has not begun: this workspace, by links, with the exercises as they are
/// handed out. Beside it stands what is built there.
const DESK: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/desk");
const DESK_TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/desk-target");

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
    for (package, program, arguments) in commands.map(read) {
        if let Some(package) = package.filter(|_| !programs.contains_key(program)) {
            let built = build_one(root(), &["-p", package, "--bin", program])?;
            programs.insert(program.to_owned(), built);
        }
        if let ("coach", ["check", number, ..]) = (program, arguments.as_slice()) {
            // The coach builds it by itself, but while the session waits.
            let script = root().join("tests/book/hand-out.sh");
            let handed_out = Command::new("sh").arg(script).arg(root()).arg(DESK).status();
            handed_out.map_err(|error| error.to_string())?;
            let exercise = format!("exercise-{number}");
            build_one(Path::new(DESK), &["-p", &exercise, "--target-dir", DESK_TARGET])?;
        }
    }
    Ok(programs)
}

fn build_one(folder: &Path, options: &[&str]) -> Result<PathBuf, String> {
    cargo::build(folder, options).unwrap_or_else(|why| Err(why.say(Lang::En).to_owned()))
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
        &format!("CARGO_MANIFEST_DIR={DESK}/tests/coach"),
        &format!("CARGO_TARGET_DIR={DESK_TARGET}"),
        // Ours know Chinese. The machine's own need not have this locale, and may say so.
        if speaks_chinese { "LC_ALL=zh_CN.UTF-8" } else { "LC_ALL=C.UTF-8" },
        &program,
    ];
    words.into_iter().chain(arguments).map(str::to_owned).collect()
}

/// The program that a command needs and this machine does not have.
pub fn missing(command: &str) -> Option<String> {
    let (package, program, _) = read(command);
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = env::split_paths(&path).any(|folder| folder.join(program).is_file());
    (package.is_none() && !is_there).then(|| format!("SKIPPED: there is no {program}"))
}
