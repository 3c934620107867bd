//! A class is graded: each answer gets its row and its reason, and cheating does not help.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;
use stage::Deadline;

use crate::coach::{WRONG, coach, sleeping_for};
use crate::other_languages::{have, path};

const RIGHT: &str = include_str!("../other-languages/receive_all.py");

/// The folder of a class, which the test makes again each time.
struct Class(PathBuf);

impl Class {
    fn new(name: &str) -> io::Result<Self> {
        let class = Class(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        for folder in [&class.0, &class.temporary()] {
            let _ = fs::remove_dir_all(folder);
            fs::create_dir_all(folder)?;
        }
        Ok(class)
    }

    /// What a killed coach leaves there is removed the next time.
    fn temporary(&self) -> PathBuf {
        self.0.with_extension("temporary")
    }

    /// Hands in one file.
    fn hand_in(&self, student: &str, file: &str, content: impl AsRef<[u8]>) -> io::Result<()> {
        fs::create_dir_all(self.0.join(student))?;
        fs::write(self.0.join(student).join(file), content)
    }

    fn coach(&self, options: &[&str]) -> Command {
        self.coach_at(Path::new(env!("CARGO_BIN_EXE_coach")), options)
    }

    fn coach_at(&self, program: &Path, options: &[&str]) -> Command {
        let folder = self.0.to_string_lossy();
        let mut coach = Command::new(program);
        coach.args(["--lang", "en", "grade", &folder, "--lesson", "02"]).args(options);
        coach.env("PATH", path()).env("TMPDIR", self.temporary()).stdout(Stdio::piped());
        coach
    }

    fn grade_as_json(&self, options: &[&str]) -> io::Result<Value> {
        let graded = self.coach(&[options, &["--json"]].concat()).output()?;
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
    for answer in
        ["counts-bytes", "never-listens", "floods", "crashes-on-reset", "=1+1", "\u{1b}[2J"]
    {
        fs::create_dir_all(class.0.join(answer))?;
        fs::write(class.0.join(answer).join("fault"), answer)?;
    }
    let start = "exec \"$0\" \"$(cat \"$1/fault\")\" \"$2\"";
    let csv = class.0.join("grades.csv");
    let (folder, file) = (class.0.to_string_lossy(), csv.to_string_lossy());
    let words = ["grade", &folder, "--lesson", "02", "--csv", &file, "--"];
    let command = ["/bin/sh", "-c", start, WRONG, "{dir}", "{address}"];
    let graded = contains("crashes-on-reset   8/9  not passed  crashed-on-reset\n")
        .and(contains("never-listens      0/9  not passed  ended-before-listening\n"))
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
    link(&solution, &class.0.join("links/exercise-02.rs"))
}

#[cfg(unix)]
fn link(to: &Path, from: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, from)
}

/// There, not everybody may make one, and the tests that need it are left out.
#[cfg(not(unix))]
fn link(_to: &Path, _from: &Path) -> io::Result<()> {
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

fn may_isolate() -> io::Result<bool> {
    let may = Command::new("unshare").args(["-Urm", "true"]).status()?.success();
    if !may {
        eprintln!("SKIPPED: this machine does not allow user namespaces");
    }
    Ok(may)
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "only Linux isolates the answers")]
fn cheating_does_not_help_where_answers_are_isolated() -> io::Result<()> {
    if !have("python3") || !may_isolate()? {
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

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "looks at Linux's list of processes")]
fn nothing_goes_on_when_the_coach_is_killed() -> stage::Verdict {
    if !may_isolate()? {
        return Ok(());
    }
    let (class, seconds) = (Class::new("killed")?, format!("65.{}", std::process::id()));
    class.hand_in("sleeps", "exercise-02.sh", format!("setsid sleep {seconds}\n"))?;
    let mut coach = class.coach(&["--run", "sh=sh {file} {address}"]).spawn()?;
    let deadline = Deadline::after(Duration::from_secs(10));
    let sleeps =
        |wanted| sleeping_for(&seconds).map(|found| (found.is_empty() != wanted).then_some(()));
    let slept = deadline.look(|| sleeps(true))?;
    coach.kill()?;
    coach.wait()?;
    // The examination itself would take 5 s.
    let ended = Deadline::after(Duration::from_secs(3)).look(|| sleeps(false))?;
    assert_eq!((slept, ended), (Some(()), Some(())));
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
    let csv = class.0.join("grades.csv");
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

    let class = Class::new("kills later")?;
    let (csv, log) = (class.0.join("grades.csv"), class.0.join("grades.log"));
    let options = ["--not-isolated", "--csv", &csv.to_string_lossy()];
    class.hand_in("links", "server.py", RIGHT)?;
    class.hand_in("zoe kills", "exercise-02.py", cheat_of(&class, "kills.py", &seconds)?)?;
    let killed = class.coach(&options).output()?;
    assert_eq!(killed.status.code(), None, "{killed:?}");
    assert!(!csv.exists());
    let log = fs::read_to_string(log)?;
    assert!(log.contains("\"answer\":\"links\",\"behaviours_passed\":0"), "{log}");
    Ok(())
}

/// A teacher may build the course again while a class is graded.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "only Linux starts a program that is gone")]
fn a_coach_that_is_removed_grades_to_the_end() -> io::Result<()> {
    if !have("python3") {
        return Ok(());
    }
    let class = Class::new("removed")?;
    let program = class.temporary().join("coach");
    // A copy could not be started while another test has it open for writing in a child (ETXTBSY).
    fs::hard_link(env!("CARGO_BIN_EXE_coach"), &program)?;
    let removes = format!("import pathlib\npathlib.Path({program:?}).unlink(missing_ok=True)\n");
    class.hand_in("1", "exercise-02.py", removes + RIGHT)?;
    // Four are examined at a time: the last one begins after another has ended.
    for student in ["2", "3", "4", "5"] {
        class.hand_in(student, "exercise-02.py", RIGHT)?;
    }
    let graded = class.coach_at(&program, &["--not-isolated", "--json"]).output()?;
    assert!(graded.status.success() && !program.exists(), "{graded:?}");
    Ok(())
}

#[test]
#[cfg_attr(windows, ignore = "Windows has no such names, and no links for everybody")]
fn every_entry_gets_a_row_with_its_reason() -> io::Result<()> {
    if !have("python3") {
        return Ok(());
    }
    let class = Class::new("rows")?;
    let stub = include_str!("../exercises/exercise-02.rs");
    let fixed = "import socket\nsocket.create_server(('127.0.0.1', 0)).accept()\n";
    class.hand_in("compiles not", "exercise-02.rs", format!("{stub}\nfn"))?;
    class.hand_in("empty", "exercise-02.rs", "")?;
    class.hand_in("fixed", "exercise-02.py", fixed)?;
    class.hand_in("other name", "server.py", RIGHT)?;
    class.hand_in("syntax", "exercise-02.py", "def x(:\n")?;
    class.hand_in("two", "exercise-02.py", RIGHT)?;
    class.hand_in("two", "exercise-02.rs", stub)?;
    class.hand_in("unknown", "exercise-02.cobol", "IDENTIFICATION DIVISION.")?;
    fs::create_dir_all(class.0.join("folder/exercise-02.rs"))?;
    fs::create_dir_all(class.0.join("nothing"))?;
    class.hand_in("large", "exercise-02.py", RIGHT)?;
    fs::File::create(class.0.join("large/video"))?.set_len(33 << 20)?;
    fs::create_dir_all(class.0.join("dangling"))?;
    link(Path::new("/nowhere"), &class.0.join("dangling/exercise-02.rs"))?;
    fs::write(class.0.join("heidi.zip"), "PK")?;
    fs::write(class.0.join("loose.py"), RIGHT)?;
    // A space between the names of a Chinese student and a number, an accent as macOS writes it, a
    // name as learning platforms make them, and one that would clear the screen.
    let names = ["张三\u{3000}2024", "Jose\u{301}", &"x".repeat(76), "\u{1b}[2J"];
    for name in names {
        class.hand_in(name, "exercise-02.py", RIGHT)?;
    }

    let out = class.0.join("feedback");
    let options = ["--out", &out.to_string_lossy(), "--run", ".py=python3 {file} {address}"];
    let grades = class.grade_as_json(&options)?;
    let reasons = [
        ("compiles not", "does-not-compile", "error: expected identifier, found `<eof>`"),
        ("dangling", "no-answer", "exercise-02.rs is a symbolic link"),
        ("empty", "no-answer", "exercise-02.rs is empty"),
        ("fixed", "listened-elsewhere", "the program listens on 127.0.0.1:"),
        ("folder", "no-answer", "exercise-02.rs is a folder"),
        ("heidi.zip", "no-answer", "an archive: unpack it"),
        ("large", "no-answer", "the folder has more than 32 MiB"),
        ("loose.py", "no-answer", "a file: each answer is a folder"),
        ("nothing", "no-answer", "the folder is empty"),
        ("other name", "no-answer", "no exercise-02.rs; the folder has server.py"),
        ("syntax", "ended-before-listening", "SyntaxError"),
        ("two", "no-answer", "exercise-02.py, exercise-02.rs: leave one of them"),
        ("unknown", "no-answer", "say how to start it, by --run \"cobol="),
    ];
    for (student, cause, why) in reasons {
        let answer = of(&grades, student);
        let said = answer["why"].as_str().unwrap_or_default();
        assert!(answer["cause"] == cause && said.contains(why), "{student}: {answer}");
    }
    for name in names {
        assert_eq!(passed(&grades, &name.replace('\u{1b}', "\\u{1b}")), 9, "{name:?}: {grades}");
    }
    assert_eq!(grades["answers"].as_array().map(Vec::len), Some(reasons.len() + names.len()));

    let told = fs::read_to_string(out.join("syntax.txt"))?;
    assert!(told.contains("SyntaxError") && told.contains("cause: the program ended before"));
    assert!(told.contains("练习 02") && told.contains("原因：程序还没有监听就结束了"), "{told}");
    assert_eq!(fs::read_dir(out)?.count(), reasons.len() + names.len());
    Ok(())
}

/// One line says so, and the class is graded nevertheless.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "only Linux has user namespaces")]
fn where_user_namespaces_are_refused_the_coach_says_so() -> io::Result<()> {
    let class = Class::new("refused")?;
    class.hand_in("right", "fault", "")?;
    let folder = class.0.to_string_lossy();
    let forbid = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"";
    let inside = ["unshare", "-Urpf", "--mount-proc", "sh", "-c", forbid, "sh"];
    let coach = [env!("CARGO_BIN_EXE_coach"), "--lang", "en", "grade", &folder, "--lesson", "02"];
    let command = ["--", WRONG, "forgets-nothing"];
    let words = [inside.as_slice(), &coach, &command].concat();
    let graded = Command::new(words[0]).args(&words[1..]).output()?;
    let said = String::from_utf8_lossy(&graded.stderr);
    if said.starts_with("unshare:") {
        eprintln!("SKIPPED: {said}");
        return Ok(());
    }
    assert!(said.starts_with("the answers are not isolated, see \"Grading a class\""), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(String::from_utf8_lossy(&graded.stdout), "right   9/9  passed\n");
    Ok(())
}
