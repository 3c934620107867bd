//! A class is graded: each answer gets its row and its reason, and cheating does not help.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

use crate::coach::{WRONG, coach, sleeping_for};
use crate::other_languages::have;

const RIGHT: &str = include_str!("../other-languages/receive_all.py");

/// The folder of a class, which is made anew.
struct Class(PathBuf);

impl Class {
    fn new(name: &str) -> io::Result<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        Ok(Class(folder))
    }

    /// Hands in one file.
    fn hand_in(&self, student: &str, file: &str, content: impl AsRef<[u8]>) -> io::Result<()> {
        fs::create_dir_all(self.0.join(student))?;
        fs::write(self.0.join(student).join(file), content)
    }

    fn grade(&self, options: &[&str]) -> io::Result<Output> {
        let folder = self.0.to_string_lossy();
        Command::new(env!("CARGO_BIN_EXE_coach"))
            .args(["--lang", "en", "grade", &folder, "--lesson", "02"])
            .args(options)
            // A coach that is killed leaves its folder there.
            .env("TMPDIR", env!("CARGO_TARGET_TMPDIR"))
            .output()
    }

    fn grade_as_json(&self, options: &[&str]) -> io::Result<Value> {
        let graded = self.grade(&[options, &["--json"]].concat())?;
        let json = serde_json::from_slice(&graded.stdout);
        json.map_err(|_| io::Error::other(format!("{graded:?}")))
    }
}

/// What is said of one student's answer.
fn of<'g>(grades: &'g Value, student: &str) -> &'g Value {
    let answers = grades["answers"].as_array().map(Vec::as_slice).unwrap_or_default();
    answers.iter().find(|answer| answer["answer"] == student).unwrap_or(&Value::Null)
}

#[test]
#[cfg_attr(windows, ignore = "starts the answers by a shell")]
fn a_whole_class_is_graded_and_one_bad_answer_hurts_no_other() -> io::Result<()> {
    let class = Class::new("class")?;
    for answer in ["miscounts", "never-listens", "floods", "crashes-on-reset", "=1+1", "\u{1b}[2J"]
    {
        fs::create_dir_all(class.0.join(answer))?;
        fs::write(class.0.join(answer).join("fault"), answer)?;
    }
    let start = "exec \"$0\" \"$(cat \"$1/fault\")\" \"$2\"";
    let csv = class.0.join("grades.csv");
    let (folder, file) = (class.0.to_string_lossy(), csv.to_string_lossy());
    let words = ["grade", &folder, "--lesson", "02", "--csv", &file, "--"];
    let command = ["sh", "-c", start, WRONG, "{dir}", "{address}"];
    let graded = contains("crashes-on-reset   8/9  not passed  crashed-on-reset\n")
        .and(contains("never-listens      0/9  not passed  never-listened\n"))
        .and(contains("(I do not feel like listening)\n"))
        .and(contains("\\u{1b}[2J "));
    coach(&[words.as_slice(), &command].concat()).code(1).stdout(graded);
    let csv = fs::read_to_string(csv)?;
    let head = "\u{feff}answer,passed,behaviours_passed,behaviours,cause,why\r\n";
    assert!(csv.starts_with(head), "{csv}");
    assert!(csv.contains("\"crashes-on-reset\",false,8,9,\"crashed-on-reset\",\""), "{csv}");
    assert!(csv.contains("\"'=1+1\",false,0,9,"), "{csv}");
    assert_eq!(csv.lines().count(), 7);
    Ok(())
}

/// The answers of some who cheat.
const CHEATS: [&str; 5] = ["solution", "neighbour", "knows", "forges", "rewrites"];

/// Hands them in, and one that is right. The grades come into `grades.csv`, and the log beside it.
fn hand_in_cheats(class: &Class, seconds: &str) -> io::Result<()> {
    class.hand_in("right", "exercise-02.py", RIGHT)?;
    for cheat in CHEATS {
        let program = cheat_of(class, &format!("{cheat}.py"), seconds)?;
        class.hand_in(cheat, "exercise-02.py", program)?;
    }
    class.hand_in("knows", "right.py", RIGHT)?;
    let solution = "lessons/02-receive-loop/exercise/src/bin/solution-02.rs";
    let solution = stage::cargo::workspace().join(solution);
    class.hand_in("includes", "exercise-02.rs", cheat_of(class, "includes.rs", seconds)?)?;
    fs::create_dir_all(class.0.join("links"))?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(solution, class.0.join("links/exercise-02.rs"))?;
    Ok(())
}

/// A program in `tests/coach/cheats/`, with the places of this class.
fn cheat_of(class: &Class, name: &str, seconds: &str) -> io::Result<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("cheats").join(name);
    let place = |name: &str| class.0.join(name).to_string_lossy().into_owned();
    let program = fs::read_to_string(file)?;
    Ok(program
        .replace("@SOLUTION@", WRONG)
        .replace("@NEIGHBOUR@", &place("right/exercise-02.py"))
        .replace("@GRADES@", &place("grades.csv"))
        .replace("@LOG@", &place("grades.log"))
        .replace("@SECONDS@", seconds))
}

fn passed(grades: &Value, student: &str) -> u64 {
    of(grades, student)["behaviours_passed"].as_u64().unwrap_or(99)
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "only Linux isolates the answers")]
fn cheating_does_not_help_where_answers_are_isolated() -> io::Result<()> {
    if !have("python3") || !Command::new("unshare").args(["-U", "true"]).status()?.success() {
        eprintln!("SKIPPED: this machine does not allow user namespaces");
        return Ok(());
    }
    let (class, seconds) = (Class::new("cheats")?, format!("63.{}", std::process::id()));
    hand_in_cheats(&class, &seconds)?;
    class.hand_in("kills", "exercise-02.py", cheat_of(&class, "kills.py", &seconds)?)?;
    let csv = class.0.join("grades.csv");
    let grades = class.grade_as_json(&["--csv", &csv.to_string_lossy()])?;
    assert_eq!(passed(&grades, "right"), 9, "{grades}");
    for student in CHEATS.iter().chain(&["kills", "includes", "links"]) {
        assert_eq!(passed(&grades, student), 0, "{student}: {grades}");
    }
    assert_eq!(of(&grades, "links")["cause"], "no-answer");
    assert_eq!(of(&grades, "includes")["cause"], "does-not-compile");
    assert_eq!(sleeping_for(&seconds)?, Vec::<PathBuf>::new());
    Ok(())
}

/// What isolation is for: without it, some of the cheats pass.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "looks at Linux's list of processes")]
fn without_isolation_a_killed_coach_loses_no_result() -> io::Result<()> {
    if !have("python3") {
        return Ok(());
    }
    let (class, seconds) = (Class::new("kills")?, format!("64.{}", std::process::id()));
    let (csv, log) = (class.0.join("grades.csv"), class.0.join("grades.log"));
    hand_in_cheats(&class, &seconds)?;
    let options = ["--not-isolated", "--csv", &csv.to_string_lossy()];
    let grades = class.grade_as_json(&options)?;
    for student in ["right", "solution", "neighbour", "knows", "includes"] {
        assert_eq!(passed(&grades, student), 9, "{student}: {grades}");
    }
    for student in ["forges", "rewrites", "links"] {
        assert_eq!(passed(&grades, student), 0, "{student}: {grades}");
    }
    assert_eq!(sleeping_for(&seconds)?, Vec::<PathBuf>::new());

    fs::remove_file(&csv)?;
    class.hand_in("zoe kills", "exercise-02.py", cheat_of(&class, "kills.py", &seconds)?)?;
    let killed = class.grade(&options)?;
    assert_eq!(killed.status.code(), None, "{killed:?}");
    assert!(!csv.exists());
    let log = fs::read_to_string(log)?;
    assert_eq!(log.lines().count(), 8, "{log}");
    assert!(log.contains("\"answer\":\"right\",\"behaviours_passed\":9"), "{log}");
    Ok(())
}
