//! Examining one program.

use std::io::IsTerminal;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use behaviours::Exercise;
use coach::examination;
use coach::report::{Detail, Report, Until};
use coach::screen::show;
use stage::{Lang, Program, Stage, Words, cargo, is_told};

/// How long a build may take before the learner is told of it.
const QUIET: Duration = Duration::from_secs(1);

/// Something to examine: a report with nothing in it yet, and the program, where it compiles.
pub struct Target {
    report: Report,
    program: Option<Program>,
}

impl Target {
    /// The learner's own file, which is built now.
    pub fn own(stage: &Stage, exercise: &'static Exercise, lang: Lang) -> Result<Self, Words> {
        Ok(match build(stage, exercise, lang)? {
            Ok(program) => Target { report: Report::of(exercise), program: Some(program) },
            Err(message) => {
                Target { report: Report::does_not_compile(exercise, message), program: None }
            }
        })
    }

    /// Any command, in whose words `{address}`, `{host}` and `{port}` stand for where to listen;
    /// `port` is where it listens if it can't be told.
    pub fn command(
        stage: &Stage,
        exercise: &'static Exercise,
        words: Vec<String>,
        port: Option<u16>,
    ) -> Result<Self, Words> {
        if port.is_none() && !is_told(&words) {
            return Err(has_no_place(exercise));
        }
        let mut program = Program::command(stage, words.clone());
        if let Some(port) = port {
            nothing_listens(port)?;
            program = program.on_port(port);
        }
        Ok(Target { report: Report::of(exercise).of_command(words), program: Some(program) })
    }

    /// Examines it, and calls `progress` after each behaviour.
    pub fn examine(self, progress: impl FnMut(&Report)) -> Result<Report, Words> {
        match &self.program {
            None => Ok(self.report),
            Some(program) => examination::examine(self.report, program, progress),
        }
    }

    /// Examines it, and shows each behaviour as it is done.
    pub fn examine_shown(self, lang: Lang, detail: Detail) -> Result<Report, Words> {
        let mut shown = String::new();
        let report = self.examine(|report| {
            let text = report.text(lang, detail, Until::Now);
            // Where standard output is gone, the exit status still tells.
            let _ = show(text.strip_prefix(&shown).unwrap_or(&text));
            shown = text;
        })?;
        let text = report.text(lang, detail, Until::End);
        show(text.strip_prefix(&shown).unwrap_or(&text))?;
        Ok(report)
    }
}

fn has_no_place(exercise: &Exercise) -> Words {
    match exercise.is_client {
        true => Words::fixed(
            "the command has to say where to connect to: put \"{address}\" in it",
            "命令里要说明连接哪里：加上 \"{address}\"",
        ),
        false => Words::fixed(
            "the command has to say where to listen: put \"{address}\" in it, or give --port 7788",
            "命令里要说明监听哪里：加上 \"{address}\"，或者给出 --port 7788",
        ),
    }
}

/// Builds the learner's own file, or says what the compiler says.
pub fn build(
    stage: &Stage,
    exercise: &'static Exercise,
    lang: Lang,
) -> Result<Result<Program, String>, Words> {
    let name = format!("exercise-{}", exercise.number);
    let (built, is_built) = mpsc::channel::<()>();
    let words = Words::new(
        format!("building {name}; the first time takes a while"),
        format!("正在编译 {name}；第一次需要一些时间"),
    );
    // Where nothing else than a person reads it.
    let is_read = std::io::stderr().is_terminal();
    thread::spawn(move || {
        if is_read && is_built.recv_timeout(QUIET) == Err(mpsc::RecvTimeoutError::Timeout) {
            shared::say(words.say(lang));
        }
    });
    let program = cargo::build(&cargo::workspace(), &["--package", &name, "--bin", &name])?;
    drop(built);
    let words = |path: PathBuf| vec![path.to_string_lossy().into_owned(), "{address}".into()];
    Ok(program.map(|path| Program::command(stage, words(path))))
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
