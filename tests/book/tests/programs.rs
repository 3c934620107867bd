//! The programs that the sessions run, built as a learner's `cargo run` would build them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use crate::commands::Command;
use crate::pages::root;
use crate::sessions::Session;

/// What was built for the sessions.
#[derive(Default)]
pub struct Programs {
    built: BTreeMap<String, Program>,
}

/// A program that can be started.
pub struct Program {
    pub path: PathBuf,
    /// Whether it can be told where to listen, or whom to call.
    pub takes_address: bool,
}

impl Programs {
    /// The program of this name.
    pub fn get(&self, name: &str) -> &Program {
        self.built.get(name).unwrap_or_else(|| panic!("{name} is built before it is run"))
    }
}

/// Whether a command has to do with what learners write. It sees the exercises as they are handed
/// out, and what it remembers is not theirs.
pub fn needs_copy(command: &Command) -> bool {
    match command {
        Command::Run { program, .. } => program.starts_with("exercise-"),
        Command::Coach { .. } => true,
        Command::Python { .. } | Command::Status => false,
    }
}

/// Whether this machine has Python.
pub fn have_python() -> bool {
    Process::new("python3").arg("--version").output().is_ok_and(|ran| ran.status.success())
}

/// Builds what the sessions run.
pub fn build(sessions: &[Session]) -> Programs {
    let commands: Vec<&Command> = sessions.iter().flat_map(Session::commands).collect();
    let mut programs = Programs::default();
    if commands.iter().any(|command| needs_copy(command)) {
        mirror(root(), &copy()).unwrap_or_else(|error| panic!("{}: {error}", copy().display()));
    }
    let (copied, own): (Vec<&Command>, Vec<&Command>) =
        commands.into_iter().partition(|command| needs_copy(command));
    programs.build(root(), &target(), &own);
    programs.build(&copy(), &copy().join("target"), &copied);
    programs
}

impl Programs {
    fn build(&mut self, workspace: &Path, target: &Path, commands: &[&Command]) {
        let names: BTreeSet<_> = commands.iter().filter_map(|command| program(command)).collect();
        // Each by itself, as the coach builds them: together, they might need their dependencies
        // with other features, and the coach would build them again.
        for (package, program) in names {
            self.build_one(workspace, target, &package, &program);
        }
    }

    fn build_one(&mut self, workspace: &Path, target: &Path, package: &str, program: &str) {
        let mut cargo = Process::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args([
            "build",
            "--quiet",
            "--message-format=json-render-diagnostics",
            "--target-dir",
        ]);
        cargo.arg(target).current_dir(workspace);
        cargo.args(["--package", package, "--bin", program]);
        let output = cargo.output().expect("cargo can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            if let (Some(path), Some(name)) =
                (message["executable"].as_str(), message["target"]["name"].as_str())
            {
                let (path, takes_address) = (PathBuf::from(path), takes_address(path));
                self.built.insert(name.into(), Program { path, takes_address });
            }
        }
    }
}

/// The package and the program that a command needs. The coach would build an exercise by itself, but
/// while a session waits, and a first build on a busy machine takes longer than a session may.
fn program(command: &Command) -> Option<(String, String)> {
    match command {
        Command::Run { package, program, .. } => Some((package.clone(), program.clone())),
        Command::Coach { arguments } => match arguments.as_slice() {
            [task, number, rest @ ..] if task == "check" && !rest.contains(&"--".to_string()) => {
                let is_known = coach::exercises::Exercise::numbered(number).is_some();
                is_known.then(|| (format!("lesson-{number}"), format!("exercise-{number}")))
            }
            _ => None,
        },
        Command::Python { .. } | Command::Status => None,
    }
}

/// Asks a program.
fn takes_address(path: &str) -> bool {
    let help = Process::new(path).arg("--help").output();
    help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("[ADDRESS]"))
}

/// The target folder in which these tests are.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it holds tmp").to_path_buf()
}

/// A workspace in which no learner works.
pub fn copy() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("book")
}

/// Makes `to` what `from` is, as far as cargo needs it. A file that is the same is not touched, so
/// that nothing is built again.
fn mirror(from: &Path, to: &Path) -> io::Result<()> {
    for name in [".cargo", "lessons", "shared", "tests"] {
        mirror_folder(&from.join(name), &to.join(name))?;
    }
    for name in ["Cargo.toml", "Cargo.lock"] {
        mirror_file(&from.join(name), &to.join(name))?;
    }
    Ok(())
}

fn mirror_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        let is_gone = !from.join(entry.file_name()).exists();
        match entry.file_type()?.is_dir() {
            true if is_gone => fs::remove_dir_all(entry.path())?,
            false if is_gone => fs::remove_file(entry.path())?,
            _ => {}
        }
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        let handed_out = root().join("tests/exercises").join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => mirror_folder(&entry.path(), &to)?,
            false if handed_out.is_file() => mirror_file(&handed_out, &to)?,
            false => mirror_file(&entry.path(), &to)?,
        }
    }
    Ok(())
}

fn mirror_file(from: &Path, to: &Path) -> io::Result<()> {
    let now = fs::read(from)?;
    if fs::read(to).is_ok_and(|before| before == now) { Ok(()) } else { fs::write(to, now) }
}
