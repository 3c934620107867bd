//! The coach examines programs in any language: no check depends on Rust.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use assert_cmd::assert::OutputAssertExt;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/other-languages");

/// Examines `command` for exercise `number`.
fn check(number: &str, options: &[&str], command: &[&str]) -> std::io::Result<Output> {
    let coach = env!("CARGO_BIN_EXE_coach");
    Command::new(coach)
        .env("PATH", path())
        .args(["--lang", "en", "check", number])
        .args(options)
        .arg("--")
        .args(command)
        .output()
}

/// Where programs are looked for, with the folder of Python itself first: a `python3` that looks for
/// it (as that of pyenv) takes longer to start than Python.
pub fn path() -> &'static OsStr {
    static PATH: OnceLock<OsString> = OnceLock::new();
    PATH.get_or_init(|| {
        let says_where = ["-c", "import os, sys; print(os.path.dirname(sys.executable))"];
        let said = Command::new("python3").args(says_where).output();
        let folder = said.map(|said| String::from_utf8_lossy(&said.stdout).trim_end().to_owned());
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = folder.into_iter().map(PathBuf::from).chain(std::env::split_paths(&path));
        std::env::join_paths(folders).unwrap_or(path)
    })
}

/// Whether a tool is on this machine; says loudly where it is not.
pub fn have(tool: &str) -> bool {
    let have = Command::new(tool).arg("--version").output().is_ok_and(|ran| ran.status.success());
    if !have {
        eprintln!("SKIPPED: this machine does not have {tool}");
    }
    have
}

#[test]
fn exercise_02_in_python_passes() -> std::io::Result<()> {
    if have("python3") {
        let server = format!("{HERE}/receive_all.py");
        let passed =
            contains("passed: all 9\nnext: docs/en/src/lesson-00.md; cargo coach check 00\n");
        check("02", &[], &["python3", &server, "{address}"])?.assert().success().stdout(passed);
    }
    Ok(())
}

#[test]
fn exercise_05_in_python_passes() -> std::io::Result<()> {
    if have("python3") {
        let server = format!("{HERE}/parcel.py");
        let passed = contains("passed: all 12");
        check("05", &[], &["python3", &server, "{address}"])?.assert().success().stdout(passed);
    }
    Ok(())
}

#[test]
fn exercise_06_in_python_passes() -> std::io::Result<()> {
    if have("python3") {
        let server = format!("{HERE}/conference.py");
        let passed = contains("passed: all 11");
        check("06", &[], &["python3", &server, "{address}"])?.assert().success().stdout(passed);
    }
    Ok(())
}

#[test]
fn exercise_06_in_javascript_passes() -> std::io::Result<()> {
    if have("node") {
        let server = format!("{HERE}/conference.js");
        let passed = contains("passed: all 11");
        check("06", &[], &["node", &server, "{host}", "{port}"])?.assert().success().stdout(passed);
    }
    Ok(())
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "its iconv is the C library's, as on Linux")]
fn exercise_02_in_c_passes() -> std::io::Result<()> {
    if have("cc") {
        let server = concat!(env!("CARGO_TARGET_TMPDIR"), "/receive_all");
        let source = format!("{HERE}/receive_all.c");
        let compiler =
            Command::new("cc").args(["-Wall", "-Werror", "-o", server, &source]).output()?;
        compiler.assert().success();
        let passed = contains("passed: all 9");
        check("02", &[], &[server, "{address}"])?.assert().success().stdout(passed);
    }
    Ok(())
}

/// A server that can't be told its port and sets no option: the coach leaves no TIME_WAIT on it.
#[test]
#[ignore = "waits half a minute for what these servers never do; measured on Linux only"]
fn a_server_with_a_port_of_its_own_is_examined_three_times_in_a_row() -> stage::Verdict {
    if !have("python3") {
        return Ok(());
    }
    let port = stage::loopback::port_on_every_address()?.port().to_string();
    for (number, program) in [("01", "tutorial_once.py"), ("02", "tutorial_loop.py")] {
        let server = format!("{HERE}/{program}");
        for _time in 1..=3 {
            let examined = contains("FAIL").and(contains("the port is closed").not());
            check(number, &["--port", &port], &["python3", &server, &port])?
                .assert()
                .code(1)
                .stdout(examined);
        }
    }
    Ok(())
}
