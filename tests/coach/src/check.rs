//! Examining one program.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use behaviours::exercises::Exercise;
use coach::examination;
use coach::report::Report;
use stage::{Program, Words, cargo};

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
pub fn examine(exercise: &'static Exercise, examinee: &Examinee) -> Result<Report, Words> {
    match examinee {
        Examinee::Command { words, port } => {
            knows_where_to_listen(exercise, words, *port)?;
            let program = exercise.program(words.clone()).on_port(*port);
            examine_program(exercise, &program, *port)
        }
        Examinee::Exercise => match build(exercise)? {
            Err(message) => Ok(Report::does_not_compile(exercise, message)),
            Ok(path) => {
                let words = vec![path.to_string_lossy().into_owned(), "{address}".into()];
                examine_program(exercise, &exercise.program(words), None)
            }
        },
    }
}

fn knows_where_to_listen(
    exercise: &Exercise,
    words: &[String],
    port: Option<u16>,
) -> Result<(), Words> {
    let told =
        |word: &String| ["{address}", "{host}", "{port}"].iter().any(|gap| word.contains(gap));
    if port.is_some() || words.iter().any(told) {
        return Ok(());
    }
    Err(match exercise.is_client {
        true => Words::fixed(
            "the command has to say whom to call: put {address} in it",
            "命令里要说明连接哪里：加上 {address}",
        ),
        false => Words::fixed(
            "the command has to say where to listen: put {address} in it, or give --port 7788",
            "命令里要说明监听哪里：加上 {address}，或者给出 --port 7788",
        ),
    })
}

/// Examines a program that can be started.
pub fn examine_program(
    exercise: &'static Exercise,
    program: &Program,
    port: Option<u16>,
) -> Result<Report, Words> {
    if let Some(port) = port {
        nobody_listens(port)?;
    }
    examination::examine(exercise, program, examination::BEHAVIOUR)
}

/// A stranger on the port would be examined instead.
fn nobody_listens(port: u16) -> Result<(), Words> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    match TcpStream::connect_timeout(&address, Duration::from_secs(1)) {
        Err(_) => Ok(()),
        Ok(_) => Err(Words::new(
            format!("another program is listening on port {port}; end it first"),
            format!("端口 {port} 上已经有别的程序在监听；请先结束它"),
        )),
    }
}

/// Builds the learner's exercise. Returns its path, or what the compiler says.
fn build(exercise: &Exercise) -> Result<Result<PathBuf, String>, Words> {
    let name = format!("exercise-{}", exercise.number);
    cargo::build(&cargo::workspace(), &["--package", &name, "--bin", &name])
}
