//! Examining one program.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use coach::exercises::Exercise;
use coach::report::Report;
use coach::{Program, Words, examination};

use super::progress::Progress;
use super::{Unexamined, workspace};

/// Who is examined.
pub enum Examinee {
    /// The learner's own file.
    Exercise,
    /// Any command.
    Command {
        /// Its words, in which `{address}`, `{host}` and `{port}` stand for where to listen.
        words: Vec<String>,
        /// Where it listens, if it can't be told.
        port: Option<u16>,
    },
}

/// Examines somebody, one behaviour after the other.
pub fn examine(exercise: &'static Exercise, examinee: &Examinee) -> Result<Report, Unexamined> {
    match examinee {
        Examinee::Command { words, port } => {
            knows_where_to_listen(exercise, words, *port)?;
            let program = exercise.program(words.clone()).on_port(*port);
            examine_program(exercise, &program, *port)
        }
        Examinee::Exercise => {
            let report = match build(exercise)? {
                Err(message) => Report::does_not_compile(exercise, message),
                Ok(path) => {
                    let path = path.to_string_lossy().into_owned();
                    examine_program(
                        exercise,
                        &exercise.program(vec![path, "{address}".into()]),
                        None,
                    )?
                }
            };
            Progress::load().remember(exercise, report.passed())?;
            Ok(report)
        }
    }
}

fn knows_where_to_listen(
    exercise: &Exercise,
    words: &[String],
    port: Option<u16>,
) -> Result<(), Unexamined> {
    let told =
        |word: &String| ["{address}", "{host}", "{port}"].iter().any(|gap| word.contains(gap));
    if port.is_some() || words.iter().any(told) {
        return Ok(());
    }
    Err(Unexamined(match exercise.is_client {
        true => Words::fixed(
            "the command has to say whom to call: put {address} in it",
            "命令里要说明连接哪里：加上 {address}",
        ),
        false => Words::fixed(
            "the command has to say where to listen: put {address} in it, or give --port 7788",
            "命令里要说明监听哪里：加上 {address}，或者给出 --port 7788",
        ),
    }))
}

/// Examines a program that can be started.
pub fn examine_program(
    exercise: &'static Exercise,
    program: &Program,
    port: Option<u16>,
) -> Result<Report, Unexamined> {
    if let Some(port) = port {
        nobody_listens(port)?;
    }
    examination::examine(exercise, program, examination::BEHAVIOUR).map_err(Unexamined)
}

/// A stranger on the port would be examined instead.
fn nobody_listens(port: u16) -> Result<(), Unexamined> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    match TcpStream::connect_timeout(&address, Duration::from_secs(1)) {
        Err(_) => Ok(()),
        Ok(_) => Err(Unexamined(Words::new(
            format!("another program is listening on port {port}; end it first"),
            format!("端口 {port} 上已经有别的程序在监听；请先结束它"),
        ))),
    }
}

/// Builds the learner's exercise. Returns its path, or what the compiler says.
fn build(exercise: &Exercise) -> Result<Result<PathBuf, String>, Unexamined> {
    let package = format!("lesson-{}", exercise.number);
    let name = format!("exercise-{}", exercise.number);
    cargo_build(&workspace(), &["--package", &package, "--bin", &name])
}

/// Builds one program in `folder`. Returns its path, as cargo tells it, or what the compiler says.
pub fn cargo_build(folder: &Path, options: &[&str]) -> Result<Result<PathBuf, String>, Unexamined> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--message-format=json-render-diagnostics"])
        .args(options)
        .current_dir(folder)
        .output()?;
    if !output.status.success() {
        return Ok(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let built = messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    built.map(Ok).ok_or_else(|| Unexamined(Words::same("cargo build names no program")))
}
