//! What `cargo coach` does: its words, its files, and its exit statuses.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::assert::{Assert, OutputAssertExt};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_match, starts_with};

/// A right answer to exercise 02 is in `lessons/`; here is a wrong one.
pub const WRONG: &str = env!("CARGO_BIN_EXE_wrong-server");

/// The longest that anything is waited for.
const DEADLINE: Duration = Duration::from_secs(10);

/// A separate workspace with only the exercises, which one test may change.
struct Workspace(PathBuf);

impl Workspace {
    fn new(name: &str) -> io::Result<Self> {
        let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&workspace);
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let exercises = workspace.join("tests/coach/exercises");
        let lesson = workspace.join("lessons/02-receive-loop/exercise/src");
        for (folder, name) in [(exercises, "exercise-02.rs"), (lesson, "main.rs")] {
            fs::create_dir_all(&folder)?;
            fs::copy(here.join("exercises/exercise-02.rs"), folder.join(name))?;
        }
        Ok(Workspace(workspace))
    }

    fn exercise(&self) -> PathBuf {
        self.0.join("lessons/02-receive-loop/exercise/src/main.rs")
    }

    fn coach(&self, words: &[&str]) -> Assert {
        let mut coach = Command::new(env!("CARGO_BIN_EXE_coach"));
        coach
            .env("CARGO_MANIFEST_DIR", self.0.join("tests/coach"))
            .args(["--lang", "en"])
            .args(words);
        coach.assert()
    }
}

pub fn coach(words: &[&str]) -> Assert {
    Command::new(env!("CARGO_BIN_EXE_coach")).args(["--lang", "en"]).args(words).assert()
}

#[test]
fn without_a_task_it_lists_the_exercises() {
    let file = "lessons/00-client/exercise/src/main.rs\n";
    coach(&[]).success().stdout(contains("02  receive until the end\n").and(contains(file)));
}

#[test]
fn a_program_that_never_listens_is_not_passed_and_ends_the_check_at_once() {
    coach(&["check", "02", "--", WRONG, "never-listens", "{address}"])
        .code(1)
        .stdout(contains("I do not feel like listening").and(contains("not checked: 8")));
}

#[test]
fn a_program_that_does_not_compile_is_not_passed() -> io::Result<()> {
    let workspace = Workspace::new("compile")?;
    fs::write(workspace.0.join("Cargo.toml"), "nothing can be built here")?;
    workspace.coach(&["check", "02"]).code(1).stdout(contains("it does not compile:\n"));
    workspace.coach(&["hint", "02"]).success().stdout(contains("it does not compile:\n"));
    let ran = workspace.coach(&["check", "02", "--json"]).code(1);
    let report: serde_json::Value = serde_json::from_slice(&ran.get_output().stdout)?;
    assert_eq!(report["behaviours"][0]["cause"], "does-not-compile");
    Ok(())
}

#[test]
fn without_a_number_every_exercise_is_checked() -> io::Result<()> {
    let workspace = Workspace::new("all")?;
    fs::write(workspace.0.join("Cargo.toml"), "nothing can be built here")?;
    let lines =
        contains("02  0/9  receive until the end\n").and(contains("0 of 8 exercises pass\n"));
    workspace.coach(&["check"]).code(1).stdout(lines);
    Ok(())
}

/// PowerShell gives a word in braces another meaning.
#[test]
fn an_address_can_be_written_without_braces() {
    let check = ["check", "02", "--", WRONG, "forgets-nothing", "@address"];
    coach(&check).success().stdout(contains("passed: all 9\n"));
}

#[test]
fn a_step_that_is_done_counts_although_the_next_one_is_not() {
    let check = ["check", "02", "--", WRONG, "counts-bytes", "{address}"];
    let steps =
        "step 3 of 3 (print the total at the end, after a reset too); passing: 8; failing: 1\n";
    coach(&check).code(1).stdout(contains(steps));
}

/// Neither the coach nor the program had any time: that is not the program's fault.
#[test]
#[cfg(target_os = "linux")]
#[ignore = "stands still for six seconds"]
fn a_machine_that_stands_still_fails_no_right_answer() -> io::Result<()> {
    let signal = |name: &str, processes: &[&str]| {
        Command::new("kill").arg(name).args(processes).status().map(drop)
    };
    let mut coach = Command::new(env!("CARGO_BIN_EXE_coach"));
    coach.args(["--lang", "en", "check", "02", "--", WRONG, "forgets-nothing", "{address}"]);
    let coach = coach.stdout(Stdio::piped()).spawn()?;
    let id = coach.id().to_string();
    let begin = Instant::now();
    let program = loop {
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
        match children.split_whitespace().next() {
            Some(child) => break child.to_owned(),
            None => assert!(begin.elapsed() < DEADLINE, "no program was started"),
        }
    };
    signal("-STOP", &[&id, &program])?;
    thread::sleep(Duration::from_secs(6));
    signal("-CONT", &[&program, &id])?;
    let checked = coach.wait_with_output()?;
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    Ok(())
}

/// The first failure whole, a line for each other one, and what several have in common said once.
#[test]
fn a_report_fits_on_a_screen() -> Result<(), Box<dyn std::error::Error>> {
    let check = ["check", "02", "--", WRONG, "receives-once", "{address}"];
    let report = coach(&check).code(1);
    let report = str::from_utf8(&report.get_output().stdout)?.to_owned();
    assert!(report.lines().count() <= 25, "{report}");
    assert_eq!(report.matches("cause: ").count(), 1, "{report}");
    assert!(
        report.contains("  FAIL  receives a message of 116,000 bytes completely (same cause)\n")
    );
    let all = coach(&[&["check", "02", "--all"], &check[2..]].concat()).code(1);
    let all = str::from_utf8(&all.get_output().stdout)?;
    assert!(all.matches("cause: ").count() > 1, "{all}");
    Ok(())
}

#[test]
fn an_impossible_check_is_one_line_and_status_2() {
    let wrong: [&[&str]; 7] = [
        &["check", "08", "--", "true", "{address}"],
        &["check", "02", "--", "no-such-command-anywhere", "{address}"],
        &["check", "02", "--", "true"],
        &["grade", "no-such-folder", "--lesson", "02"],
        &["grade", ".", "--lesson", "02", "--run", "python3"],
        &["grade", ".", "--lesson", "02", "--run", "py=python3 {file} {adress}"],
        &["grade", ".", "--lesson", "02", "--", "python3", "{dir}/server.py", "{adress}"],
    ];
    for words in wrong {
        coach(words).code(2).stdout("").stderr(is_match("^error: [^\n]+\n$").expect("a pattern"));
    }
    coach(&["check", "--", "true"]).code(2);
    coach(&["nonsense"]).code(2);
}

#[test]
fn another_program_on_the_port_is_not_examined() -> io::Result<()> {
    let stranger = TcpListener::bind("127.0.0.1:0")?;
    let port = stranger.local_addr()?.port().to_string();
    coach(&["check", "02", "--port", &port, "--", WRONG, "counts-bytes", "x"])
        .code(2)
        .stderr(contains("another program is listening on port"));
    Ok(())
}

#[test]
fn chinese_is_spoken_when_asked_for_and_when_the_system_speaks_it() {
    let check = ["check", "2", "--", WRONG, "never-listens", "{address}"];
    let coach = || Command::new(env!("CARGO_BIN_EXE_coach"));
    let chinese = || starts_with("练习 02：循环接收到底（");
    coach().args(["--lang", "zh-CN"]).args(check).assert().code(1).stdout(chinese());
    if cfg!(target_os = "linux") {
        let system = |locale| coach().env("LC_ALL", locale).args(check).assert().code(1);
        system("zh_CN.UTF-8").stdout(chinese());
        system("C").stdout(starts_with("Exercise 02"));
    }
}

#[test]
fn json_has_every_behaviour_with_its_cause_and_steps() -> io::Result<()> {
    let ran = coach(&["check", "02", "--json", "--", WRONG, "counts-bytes", "{address}"]).code(1);
    let report: serde_json::Value = serde_json::from_slice(&ran.get_output().stdout)?;
    assert_eq!(report["lesson"], "02");
    assert_eq!(report["passed"], false);
    let behaviours = report["behaviours"].as_array().expect("a list");
    assert_eq!(behaviours.len(), 9);
    let counted = behaviours.iter().find(|one| one["name"] == "bytes_and_characters_are_counted");
    let counted = counted.expect("it is examined");
    assert_eq!(counted["passed"], false);
    assert_eq!(counted["cause"], "wrong-total");
    assert_eq!(counted["steps"][0], "the server is started");
    let whole = behaviours.iter().find(|one| one["name"] == "prints_received_text_immediately");
    assert_eq!(whole.expect("it is examined")["cause"], serde_json::Value::Null);
    Ok(())
}

#[test]
fn reset_restores_the_exercise_and_keeps_what_the_learner_wrote() -> io::Result<()> {
    let workspace = Workspace::new("reset")?;
    let pristine = fs::read(workspace.exercise())?;
    workspace.coach(&["reset", "02"]).success().stdout(contains("nothing to restore"));
    for kept in ["1", "2"] {
        fs::write(workspace.exercise(), format!("version {kept}"))?;
        let words = format!("your file is kept as main.rs.{kept}\n");
        workspace.coach(&["reset", "02"]).success().stdout(words);
        assert_eq!(fs::read(workspace.exercise())?, pristine);
        let kept_file = workspace.exercise().with_extension(format!("rs.{kept}"));
        assert_eq!(fs::read_to_string(kept_file)?, format!("version {kept}"));
    }
    Ok(())
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "looks at Linux's list of processes")]
fn every_process_that_a_program_starts_is_ended() -> io::Result<()> {
    // Nobody else's sleep lasts so long.
    let seconds = format!("60.{}", std::process::id());
    for starts in ["starts-another", "starts-a-daemon"] {
        let mut coach = Command::new(env!("CARGO_BIN_EXE_coach"));
        coach.env("SLEEP", &seconds).args(["check", "02", "--", WRONG, starts, "{address}"]);
        coach.assert().success();
        assert_eq!(sleeping_for(&seconds)?, Vec::<PathBuf>::new(), "{starts}");
    }
    Ok(())
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells how much memory a program has")]
fn a_program_that_uses_too_much_memory_is_ended_and_told_so() {
    let limited = ["check", "02", "--memory", "64", "--", WRONG, "hoards", "{address}"];
    let told = contains("used more memory than it may").and(contains("cause: the program keeps"));
    coach(&limited).code(1).stdout(told.and(contains("not checked: 8")));
    let other = ["check", "02", "--memory", "64", "--", WRONG, "forgets-nothing", "{address}"];
    coach(&other).success();
}

/// Whatever an editor does to save a file, it is one save: writing it in two goes, or writing
/// another one and putting it in its place.
#[test]
fn a_watched_exercise_is_examined_once_for_each_save() -> Result<(), Box<dyn std::error::Error>> {
    let workspace = Workspace::new("watch")?;
    // The verdict is that it does not compile, which takes no time.
    fs::write(workspace.0.join("Cargo.toml"), "nothing can be built here")?;
    let mut coach = Command::new(env!("CARGO_BIN_EXE_coach"))
        .env("CARGO_MANIFEST_DIR", workspace.0.join("tests/coach"))
        .args(["--lang", "en", "watch", "02"])
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = BufReader::new(coach.stdout.take().ok_or("it is piped above")?).lines();
    let (tell, verdicts) = mpsc::channel();
    thread::spawn(move || {
        let verdict = |line: &String| line.starts_with("waiting for the file");
        lines.map_while(Result::ok).filter(verdict).try_for_each(|line| tell.send(line))
    });

    let saved = (|| {
        verdicts.recv_timeout(DEADLINE)?;
        fs::write(workspace.exercise(), "saved")?;
        verdicts.recv_timeout(DEADLINE)?;
        let mut file = fs::File::create(workspace.exercise())?;
        file.write_all(b"saved in ")?;
        file.write_all(b"two goes")?;
        verdicts.recv_timeout(DEADLINE)?;
        let other = workspace.exercise().with_extension("rs~");
        fs::write(&other, "saved beside")?;
        fs::rename(other, workspace.exercise())?;
        verdicts.recv_timeout(DEADLINE)?;
        // Saved again as it was: nothing is new.
        fs::write(workspace.exercise(), "saved beside")?;
        match verdicts.recv_timeout(Duration::from_millis(1500)) {
            Err(mpsc::RecvTimeoutError::Timeout) => Ok(()),
            _ => Err("examined once too often".into()),
        }
    })();
    coach.kill()?;
    coach.wait()?;
    saved
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "looks at Linux's list of processes")]
fn ctrl_c_leaves_no_process_behind() -> Result<(), Box<dyn std::error::Error>> {
    let seconds = format!("61.{}", std::process::id());
    // A job in the background of a script ignores Ctrl-C, and so would what it starts.
    let mut coach = Command::new("env")
        .args(["--default-signal=INT", env!("CARGO_BIN_EXE_coach"), "check", "02", "--"])
        .args(["sh", "-c", &format!("sleep {seconds}"), "{address}"])
        .stdout(Stdio::null())
        .spawn()?;
    let waits = || sleeping_for(&seconds).is_ok_and(|pids| !pids.is_empty());
    until(waits)?;
    let interrupted = Command::new("kill").args(["-INT", &coach.id().to_string()]).status()?;
    assert!(interrupted.success());
    assert_eq!(coach.wait()?.code(), Some(130));
    until(|| sleeping_for(&seconds).is_ok_and(|pids| pids.is_empty()))
}

/// The processes that sleep for `seconds`.
pub fn sleeping_for(seconds: &str) -> io::Result<Vec<PathBuf>> {
    let mut sleeping = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let process = entry?.path();
        let words = fs::read_to_string(process.join("cmdline")).unwrap_or_default();
        if words.starts_with(&format!("sleep\0{seconds}\0")) {
            sleeping.push(process);
        }
    }
    Ok(sleeping)
}

/// Waits until `holds`, which announces no change.
fn until(holds: impl Fn() -> bool) -> Result<(), Box<dyn std::error::Error>> {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        if Instant::now() > deadline {
            return Err("the deadline has passed".into());
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_recording_opens_as_a_film_in_the_browser() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("opens");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let opened = folder.join("opened");
    let path = std::env::var("PATH").unwrap_or_default();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (json, browser) =
        (here.join("../../docs/pictures/en/lesson-03.json"), here.join("tests/browser"));
    let mut coach = Command::new(env!("CARGO_BIN_EXE_coach"));
    coach.current_dir(&folder).env("PATH", format!("{}:{path}", browser.display()));
    coach.args(["--lang", "en", "draw"]).arg(json).arg("--open");
    coach.assert().success().stdout(contains("film.html"));
    until(|| opened.exists())?;
    let page = fs::read_to_string(fs::read_to_string(opened)?)?;
    assert!(page.contains("class=\"film\"") && page.contains("client: TIME_WAIT."));
    Ok(())
}
