//! Examining one answer in a separate process. Whatever the answer does ends with this process, and
//! hurts no other examination. On Linux the process first enters namespaces, if it may.

use std::env::consts::EXE_SUFFIX;
use std::fs::File;
use std::io;
use std::path::PathBuf;
#[cfg(target_os = "linux")]
use std::process::Command;

use coach::answers::{self, Libraries};
use coach::cause::DOES_NOT_START;
use coach::report::{Detail, Report, Until};
use coach::{examination, turns};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stage::{Lang, Program, Stage, Words, is_told, print};

use crate::Outcome;
use crate::class::Start;

/// How one answer is examined. The process that grades writes it as JSON.
#[derive(Serialize, Deserialize)]
#[allow(missing_docs)] // most of their names are what there is to say
pub struct Order {
    /// Two digits.
    pub exercise: String,
    /// The folder of this examination: the answer is in `answer`, and runs in `run`, which is empty.
    pub own: PathBuf,
    /// The file by which all examinations of a class take turns.
    pub turns: PathBuf,
    /// MiB.
    pub memory: u64,
    pub isolated: bool,
    /// Folders that the answer does not see, and what it sees anyway.
    pub hidden: Vec<PathBuf>,
    pub shown: Vec<PathBuf>,
    pub libraries: Libraries,
    /// `None` to see whether it can be done.
    pub start: Option<Start>,
}

/// Examines an answer, and prints its verdict as JSON: `{"passed", "count", "cause", "why", "text",
/// "report"}`, of which `why` and `text` are in both languages.
pub fn alone(order: &str, is_inside: bool, lang: Lang) -> Outcome {
    let order: Order = serde_json::from_str(order)?;
    if order.isolated && !is_inside {
        return enter();
    }
    // Opened now: soon it can't be found by its name.
    turns::share(File::open(&order.turns)?);
    if order.isolated {
        furnish(&order)?;
    } else {
        #[cfg(target_os = "linux")]
        stage::isolation::keep_to_oneself()?;
    }
    let Some(start) = &order.start else { return Ok(true) };
    let verdict = match examine(&order, start) {
        Ok(report) => verdict(&report, lang),
        Err(why) => {
            let why = [why.say(Lang::En), why.say(Lang::ZhCn)];
            json!({ "passed": false, "count": 0, "cause": DOES_NOT_START, "why": why })
        }
    };
    print(&format!("{verdict}\n"))?;
    Ok(true)
}

fn examine(order: &Order, start: &Start) -> Result<Report, Words> {
    let exercise = crate::find(&order.exercise)?;
    let stage = || Stage::new().with_memory(order.memory << 20);
    let (dir, run) = (order.own.join("answer"), order.own.join("run"));
    let mut words: Vec<String> = match start {
        Start::Run(command) => {
            command.iter().map(|word| word.replace("{dir}", &dir.to_string_lossy())).collect()
        }
        Start::Compile(file) => {
            let program = order.own.join(format!("program{EXE_SUFFIX}"));
            let source = dir.join(file);
            let compile = || answers::compile(&stage(), &source, &program, &order.libraries);
            if let Err(compiler) = turns::beside_others(compile)? {
                return Ok(Report::does_not_compile(exercise, compiler));
            }
            vec![program.to_string_lossy().into_owned()]
        }
    };
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

/// This program, even if cargo has built another one in its place.
pub fn this_program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() }
}

/// Gets into namespaces, and does there what this process was asked to do.
#[cfg(target_os = "linux")]
fn enter() -> Outcome {
    stage::isolation::enter()?;
    let mut inside = Command::new(this_program()?);
    let ended = inside.args(std::env::args_os().skip(1)).arg("--inside").status()?;
    match ended.code() {
        Some(0) => Ok(true),
        // It has said why.
        Some(status) => std::process::exit(status),
        None => Err(Words::same(ended)),
    }
}

#[cfg(target_os = "linux")]
fn furnish(order: &Order) -> Result<(), Words> {
    Ok(stage::isolation::furnish(&stage::isolation::View {
        hidden: order.hidden.clone(),
        shown: order.shown.clone(),
        own: order.own.clone(),
    })?)
}

#[cfg(not(target_os = "linux"))]
fn enter() -> Outcome {
    Err(Words::fixed("only Linux has namespaces", "只有 Linux 有命名空间"))
}

#[cfg(not(target_os = "linux"))]
fn furnish(_order: &Order) -> Result<(), Words> {
    enter().map(drop)
}
