//! Examining one program.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use behaviours::Exercise;
use coach::examination;
use coach::report::Report;
use stage::{Program, Stage, Words, cargo};

/// Examines the learner's own file.
pub fn exercise(stage: &Stage, exercise: &'static Exercise) -> Result<Report, Words> {
    match build(stage, exercise)? {
        Err(message) => Ok(Report::does_not_compile(exercise, message)),
        Ok(program) => examination::examine(exercise, &program, |_| ()),
    }
}

/// Builds the learner's own file, or says what the compiler says.
pub fn build(stage: &Stage, exercise: &'static Exercise) -> Result<Result<Program, String>, Words> {
    let name = format!("exercise-{}", exercise.number);
    let built = cargo::build(&cargo::workspace(), &["--package", &name, "--bin", &name])?;
    let words = |path: PathBuf| vec![path.to_string_lossy().into_owned(), "{address}".into()];
    Ok(built.map(|path| exercise.program(stage, words(path))))
}

/// Examines any command, in whose words `{address}`, `{host}` and `{port}` stand for where to
/// listen; `port` is where it listens if it can't be told.
pub fn command(
    stage: &Stage,
    exercise: &'static Exercise,
    words: Vec<String>,
    port: Option<u16>,
) -> Result<Report, Words> {
    if port.is_none() && !is_told(&words) {
        return Err(match exercise.is_client {
            true => Words::fixed(
                "the command has to say whom to call: put {address} in it",
                "命令里要说明连接哪里：加上 {address}",
            ),
            false => Words::fixed(
                "the command has to say where to listen: put {address} in it, or give --port 7788",
                "命令里要说明监听哪里：加上 {address}，或者给出 --port 7788",
            ),
        });
    }
    let mut program = exercise.program(stage, words.clone());
    if let Some(port) = port {
        nothing_listens(port)?;
        program = program.on_port(port);
    }
    Ok(examination::examine(exercise, &program, |_| ())?.of_command(words))
}

/// Whether a command has a place for where to listen.
pub fn is_told(words: &[String]) -> bool {
    let gaps = ["{address}", "{host}", "{port}"];
    words.iter().any(|word| gaps.iter().any(|gap| word.contains(gap)))
}

/// Another program on the port would be examined instead.
fn nothing_listens(port: u16) -> Result<(), Words> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    match TcpStream::connect_timeout(&address, Duration::from_secs(1)) {
        Err(_) => Ok(()),
        Ok(_) => Err(Words::new(
            format!("another program is listening on port {port}; end it first"),
            format!("端口 {port} 上已经有别的程序在监听；请先结束它"),
        )),
    }
}
