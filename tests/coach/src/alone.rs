//! Examining one answer in a separate process. Whatever the answer does ends with this process, and
//! hurts no other examination. On Linux the process first enters namespaces, if it may.

use std::env::consts::EXE_SUFFIX;
use std::fs::File;
use std::path::PathBuf;

use behaviours::Exercise;
use coach::cause::DOES_NOT_START;
use coach::report::{Detail, Report, Until};
use coach::{answers, examination, turns};
use serde_json::{Value, json};
use stage::{Lang, Program, Stage, Words, is_told, print};

use crate::Outcome;

/// How one answer is examined.
#[derive(clap::Args)]
pub struct AloneArguments {
    /// Two digits.
    exercise: String,
    /// The folder of this examination: the answer is in `answer`, and runs in `run`, which is empty.
    own: PathBuf,
    /// The file by which all examinations of a class take turns.
    turns: PathBuf,
    /// In separate namespaces.
    #[arg(long)]
    isolated: bool,
    /// The namespaces have been entered.
    #[arg(long)]
    inside: bool,
    /// Only to see whether it can be done.
    #[arg(long)]
    probe: bool,
    /// A folder that the answer does not see.
    #[arg(long)]
    hide: Vec<PathBuf>,
    /// A file or folder that it sees anyway.
    #[arg(long)]
    show: Vec<PathBuf>,
    /// A library, as NAME=FILE.
    #[arg(long)]
    library: Vec<String>,
    /// The file to compile, if there is one.
    #[arg(long)]
    compile: Option<String>,
    /// The command to start otherwise.
    #[arg(last = true)]
    command: Vec<String>,
}

/// Examines an answer, and prints its verdict as JSON: `{"passed", "count", "cause", "why", "text",
/// "report"}`, of which `why` and `text` are in both languages.
pub fn alone(arguments: &AloneArguments, memory: u64, lang: Lang) -> Outcome {
    if arguments.isolated && !arguments.inside {
        return enter();
    }
    // Opened now: soon it can't be found by its name.
    turns::share(File::open(&arguments.turns)?);
    if arguments.isolated {
        furnish(arguments)?;
    } else {
        #[cfg(target_os = "linux")]
        stage::isolation::keep_to_oneself()?;
    }
    if arguments.probe {
        return Ok(true);
    }
    let exercise = crate::find(&arguments.exercise)?;
    let verdict = match examine(arguments, exercise, memory) {
        Ok(report) => verdict(&report, lang),
        Err(why) => {
            let why = [why.say(Lang::En), why.say(Lang::ZhCn)];
            json!({ "passed": false, "count": 0, "cause": DOES_NOT_START, "why": why })
        }
    };
    print(&format!("{verdict}\n"))?;
    Ok(true)
}

fn examine(
    arguments: &AloneArguments,
    exercise: &'static Exercise,
    memory: u64,
) -> Result<Report, Words> {
    let stage = || Stage::new().with_memory(memory << 20);
    let (dir, run) = (arguments.own.join("answer"), arguments.own.join("run"));
    let dir_words = dir.to_string_lossy();
    let mut words: Vec<String> =
        arguments.command.iter().map(|word| word.replace("{dir}", &dir_words)).collect();
    if let Some(file) = &arguments.compile {
        let program = arguments.own.join(format!("program{EXE_SUFFIX}"));
        let library = |words: &String| {
            let (name, file) = words.split_once('=')?;
            Some((name.to_owned(), PathBuf::from(file)))
        };
        let libraries: Vec<_> = arguments.library.iter().filter_map(library).collect();
        let source = dir.join(file);
        let compile = || answers::compile(&stage(), &source, &program, &libraries);
        if let Err(compiler) = turns::beside_others(compile)? {
            return Ok(Report::does_not_compile(exercise, compiler));
        }
        words = vec![program.to_string_lossy().into_owned()];
    }
    if !is_told(&words) {
        words.push("{address}".into());
    }
    let program = Program::command(&stage().in_folder(run), words);
    examination::examine(Report::of(exercise), &program, |_| ())
}

/// What the process that grades needs to know of a report.
fn verdict(report: &Report, lang: Lang) -> Value {
    let why = report.first_fault().unwrap_or(Words::fixed("", ""));
    let text = |lang| report.text(lang, Detail::FirstFault, Until::End);
    json!({
        "passed": report.passed(),
        "count": report.count(),
        "cause": report.first_cause(),
        "why": [why.say(Lang::En), why.say(Lang::ZhCn)],
        "text": [text(Lang::En), text(Lang::ZhCn)],
        "report": serde_json::from_str::<Value>(&report.json(lang)).unwrap_or_default(),
    })
}

/// Gets into namespaces, and does there what this process was asked to do.
#[cfg(target_os = "linux")]
fn enter() -> Outcome {
    let program = std::env::current_exe()?;
    stage::isolation::enter()?;
    let mut words = std::env::args_os().skip(1);
    let task = words.next().unwrap_or_default();
    let mut inside = std::process::Command::new(program);
    let ended = inside.arg(task).arg("--inside").args(words).status()?;
    match ended.code() {
        Some(0) => Ok(true),
        // It has said why.
        Some(status) => std::process::exit(status),
        None => Err(Words::same(ended)),
    }
}

#[cfg(target_os = "linux")]
fn furnish(arguments: &AloneArguments) -> Result<(), Words> {
    Ok(stage::isolation::furnish(&stage::isolation::View {
        hidden: arguments.hide.clone(),
        shown: arguments.show.clone(),
        own: arguments.own.clone(),
    })?)
}

#[cfg(not(target_os = "linux"))]
fn enter() -> Outcome {
    Err(Words::fixed("only Linux has namespaces", "只有 Linux 有命名空间"))
}

#[cfg(not(target_os = "linux"))]
fn furnish(_arguments: &AloneArguments) -> Result<(), Words> {
    enter().map(drop)
}
