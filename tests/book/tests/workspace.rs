//! What the workspace has, for the book to name: its packages, their programs, its tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use crate::pages::root;

/// What can be named.
pub struct Workspace {
    /// Each package with each of its targets, as `(package, kind, name)`.
    targets: BTreeSet<(String, String, String)>,
    tests: BTreeSet<String>,
}

/// The workspace that these tests belong to.
pub fn workspace() -> &'static Workspace {
    static WORKSPACE: LazyLock<Workspace> = LazyLock::new(Workspace::read);
    &WORKSPACE
}

/// Where functions are tests without being marked as such: a list has each of them run.
const BEHAVIOURS: [&str; 2] = ["tests/src/behaviours", "tests/src/exercises"];

impl Workspace {
    /// Asks cargo, and reads all Rust files.
    fn read() -> Self {
        let mut tests = BTreeSet::new();
        for folder in ["lessons", "shared", "tests"] {
            for_each_rust_file(&root().join(folder), &mut |text| tests.extend(marked_tests(text)));
        }
        for folder in BEHAVIOURS {
            for_each_rust_file(&root().join(folder), &mut |text| {
                tests.extend(public_functions(text))
            });
        }
        Workspace { targets: targets(), tests }
    }

    /// Whether there is a test, or a behaviour, of this name.
    pub fn has_test(&self, name: &str) -> bool {
        self.tests.contains(name)
    }

    /// What a command names that there is not.
    pub fn misses(&self, command: &str) -> Option<String> {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            ["cargo", "coach", ..] => None,
            ["cargo", task @ ("run" | "bench" | "test"), options @ ..] => {
                self.misses_target(task, options)
            }
            ["python3", file, ..] | [file, ..] if root().join(file).is_file() => None,
            ["python3", file, ..] => Some(format!("there is no file {file}")),
            _ => Some("not a test, a command of cargo, or a file of the workspace".into()),
        }
    }

    fn misses_target(&self, task: &str, options: &[&str]) -> Option<String> {
        let value = |names: [&str; 2]| {
            let at = options.iter().position(|option| names.contains(option))?;
            options.get(at + 1).copied()
        };
        let Some(package) = value(["-p", "--package"]) else {
            return (task == "run").then(|| "which package? say -p".into());
        };
        if !self.targets.iter().any(|(known, ..)| known == package) {
            return Some(format!("there is no package {package}"));
        }
        let named = [("bin", "--bin"), ("bench", "--bench"), ("test", "--test")];
        let wanted = named.map(|(kind, option)| (kind, value([option, option])));
        let missing = wanted.iter().find_map(|(kind, name)| {
            let name = (*name)?;
            let target = (package.to_string(), kind.to_string(), name.to_string());
            (!self.targets.contains(&target)).then(|| format!("{package} has no {kind} {name}"))
        });
        let needed = if task == "run" { "bin" } else { task };
        let has_any =
            self.targets.iter().any(|(known, kind, _)| known == package && kind == needed);
        missing
            .or_else(|| (!has_any && task != "test").then(|| format!("{package} has no {needed}")))
    }
}

fn targets() -> BTreeSet<(String, String, String)> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo's metadata is JSON");
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let mut targets = BTreeSet::new();
    for package in list(&metadata["packages"]) {
        for target in list(&package["targets"]) {
            targets.insert((
                word(&package["name"]),
                word(&target["kind"][0]),
                word(&target["name"]),
            ));
        }
    }
    targets
}

fn for_each_rust_file(folder: &Path, act: &mut impl FnMut(&str)) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            for_each_rust_file(&path, act);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            act(&fs::read_to_string(&path).expect("Rust is text"));
        }
    }
}

/// The functions that stand behind `#[test]`, whatever else they are marked with.
fn marked_tests(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut is_marked = false;
    for line in text.lines().map(str::trim) {
        is_marked |= line == "#[test]";
        if let Some(name) = function(line).filter(|_| is_marked) {
            names.insert(name.to_string());
            is_marked = false;
        }
    }
    names
}

fn public_functions(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("pub "));
    lines.filter_map(function).map(str::to_string).collect()
}

fn function(line: &str) -> Option<&str> {
    line.strip_prefix("fn ")?.split(['(', '<']).next()
}
