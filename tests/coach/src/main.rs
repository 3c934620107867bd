//! `cargo coach`: examines the exercises, and any server in any language.

mod alone;
mod check;
mod class;
mod grade;
mod grades;
mod hint;
mod recorder;
mod reset;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use behaviours::{EXERCISES, Exercise};
use check::Target;
use clap::{Parser, Subcommand};
use coach::report::Detail;
use coach::screen;
use coach::words::exercises;
use stage::{Lang, Stage, Words, print};

/// The exit status of a program that Ctrl-C has ended, as shells have it.
const INTERRUPTED: i32 = 130;

/// Examines the exercises, and any server in any language. 检查练习，以及任何语言写的服务器。
///
/// Exit status: 0 passed; 1 not passed; 2 could not be examined.
/// 退出状态：0 通过；1 没有通过；2 无法检查。
#[derive(Parser)]
#[command(name = "cargo coach", bin_name = "cargo coach", version)]
struct Arguments {
    /// The language of the coach; the system's unless given. 语言，默认随系统。
    #[arg(long, global = true, value_parser = ["en", "zh-CN"])]
    lang: Option<String>,

    /// How much memory a program may have (Linux). 一个程序最多占用多少内存（Linux）。
    #[arg(long, global = true, value_name = "MIB", default_value = "1024", value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    memory: u64,

    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Examines an exercise, or a command. 检查一个练习，或者一条命令。
    Check(CheckArguments),
    /// Examines an exercise again whenever its file is saved. 每次保存文件就重新检查。
    Watch {
        /// Its number, such as 02. 编号，例如 02。
        exercise: String,
    },
    /// Tells how to go on: a hint for the first thing that is missing. 提示怎样做到还缺的第一项。
    Hint {
        /// Its number, such as 02. 编号，例如 02。
        exercise: String,
    },
    /// Restores an exercise, and keeps your file beside it. 恢复练习的原样，你的文件另存在旁边。
    Reset {
        /// Its number, such as 02. 编号，例如 02。
        exercise: String,
    },
    /// Examines many answers: each folder below DIR is one. 检查许多份作业：DIR 下每个文件夹是一份。
    ///
    /// On Linux each answer runs in separate namespaces, where the machine allows it. Elsewhere it can
    /// do all that you can: use a virtual machine, or an account made for it.
    /// 在 Linux 上，只要机器允许，每份作业都在单独的命名空间里运行。其他系统上，作业能做你能做的一切：
    /// 请用虚拟机，或者专门的账户。
    Grade(GradeArguments),
    /// Examines one answer for `grade`.
    #[command(hide = true)]
    Alone {
        order: String,
        /// In namespaces.
        #[arg(long)]
        inside: bool,
    },
    /// Plays a scene and draws what happens (Linux). 演一个剧本，把发生的事画成图（Linux）。
    #[command(disable_help_flag = true)]
    Record {
        /// As `record --help` explains. 用法见 `record --help`。
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Draws a recording again, on standard output. 把录制好的文件再画一次，写到标准输出。
    #[command(disable_help_flag = true)]
    Draw {
        /// As `draw --help` explains. 用法见 `draw --help`。
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

#[derive(clap::Args)]
struct CheckArguments {
    /// Its number, such as 02; all exercises unless given. 编号，例如 02；不给出就检查全部练习。
    exercise: Option<String>,
    /// Checks again whenever the file is saved. 每次保存文件就重新检查。
    #[arg(long, conflicts_with_all = ["command", "json"])]
    watch: bool,
    /// The port of a server that can't be told where to listen. 不能指定地址的服务器所用的端口。
    #[arg(long, requires = "command", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Shows every failure whole, not only the first. 逐项详细显示，不只显示第一项。
    #[arg(long)]
    all: bool,
    /// Prints the verdict as JSON. 以 JSON 输出结果。
    #[arg(long)]
    json: bool,
    /// The command to check; "{address}", "{host}" and "{port}" are filled in.
    /// 要检查的命令，其中 {address}、{host}、{port} 会被替换。
    #[arg(last = true, requires = "exercise")]
    command: Vec<String>,
}

#[derive(clap::Args)]
struct GradeArguments {
    /// The folder with a folder for each answer. 每份作业一个文件夹，都放在这里。
    dir: PathBuf,
    /// Its number, such as 02. 编号，例如 02。
    #[arg(long, value_name = "NN")]
    lesson: String,
    /// Writes the table as CSV too. 另外写成 CSV 文件。
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Writes each result at once, a line of JSON; beside the CSV unless given.
    /// 每得到一个结果就写一行 JSON；默认写在 CSV 旁边。
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Writes a file for each student: what `check` would have shown, in both languages.
    /// 给每个学生写一个文件：`check` 会显示的内容，中英文都有。
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Prints the results as JSON. 以 JSON 输出结果。
    #[arg(long)]
    json: bool,
    /// How to start an exercise-NN.ENDING, such as "py=python3 {file} {address}".
    /// 怎样启动 exercise-NN.后缀，例如 "py=python3 {file} {address}"。
    #[arg(long, value_name = "ENDING=COMMAND")]
    run: Vec<String>,
    /// Does not isolate the answers, and does not say so. 不隔离作业，也不提示。
    #[arg(long)]
    not_isolated: bool,
    /// How to start every answer; {dir} is its folder. Without it, each holds an exercise-NN.rs (.py, …).
    /// 怎样启动每份作业，{dir} 是它的文件夹；不给出时，每个文件夹里有一个 exercise-NN.rs（.py 等）。
    #[arg(last = true)]
    command: Vec<String>,
}

/// How a task ends: whether it passed.
type Outcome = Result<bool, Words>;

/// Its exit status is 0 where all passed, 1 where not, 2 where nothing could be examined.
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let lang = language(arguments.lang.as_deref());
    match run(arguments.task, arguments.memory, lang) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            shared::say(why.as_error(lang));
            ExitCode::from(2)
        }
    }
}

/// Ctrl-C ends the programs under examination, and then the coach.
fn end_with_us(stage: Stage) {
    // It can only fail where something else listens for Ctrl-C already.
    let _ = ctrlc::set_handler(move || stage.exit(INTERRUPTED, grade::clean_up));
}

fn language(asked: Option<&str>) -> Lang {
    asked.map_or_else(shared::language, Lang::named)
}

fn run(task: Option<Task>, memory: u64, lang: Lang) -> Outcome {
    let stage = &Stage::new();
    if !matches!(task, Some(Task::Alone { .. })) {
        end_with_us(stage.clone());
    }
    let limited = || stage.clone().with_memory(memory << 20);
    match task {
        None => list(lang),
        Some(Task::Check(arguments)) => check(&limited(), arguments, lang),
        Some(Task::Watch { exercise }) => watch::watch(&limited(), find(&exercise)?, lang),
        Some(Task::Hint { exercise }) => hint::hint(&limited(), find(&exercise)?, lang),
        Some(Task::Reset { exercise }) => reset::reset(find(&exercise)?, lang),
        Some(Task::Grade(arguments)) => grade::grade(stage, &arguments, memory, lang),
        Some(Task::Alone { order, inside }) => alone::alone(&order, inside, lang),
        Some(Task::Record { words }) => recorder::run("record", &words, lang),
        Some(Task::Draw { words }) => recorder::run("draw", &words, lang),
    }
}

fn find(number: &str) -> Result<&'static Exercise, Words> {
    Exercise::numbered(&format!("{number:0>2}")).ok_or_else(|| {
        let numbers = EXERCISES.each_ref().map(|exercise| exercise.number);
        Words::new(
            format!("exercise {number:?} does not exist; there are {}", numbers.join(", ")),
            format!("没有练习 {number:?}；有 {}", numbers.join("、")),
        )
    })
}

/// Lists the exercises.
fn list(lang: Lang) -> Outcome {
    let mut text = String::new();
    for exercise in &EXERCISES {
        text += &format!("{}  {}\n", exercise.number, exercises::title(exercise).say(lang));
        text += &format!("    {}\n    {}\n", exercises::reading(exercise, lang), exercise.file());
    }
    let next = Words::fixed(
        "\nread a lesson, finish its exercise, then: cargo coach check 01\n",
        "\n读一课，完成它的练习，然后运行：cargo coach check 01\n",
    );
    screen::show(&(text + next.say(lang)))?;
    Ok(true)
}

fn check(stage: &Stage, arguments: CheckArguments, lang: Lang) -> Outcome {
    let Some(number) = &arguments.exercise else { return check_all(stage, lang) };
    let exercise = find(number)?;
    if arguments.watch {
        return watch::watch(stage, exercise, lang);
    }
    let target = match arguments.command.is_empty() {
        true => Target::own(stage, exercise, lang)?,
        false => Target::command(stage, exercise, arguments.command, arguments.port)?,
    };
    if arguments.json {
        let report = target.examine(|_| ())?;
        print(&report.json(lang))?;
        return Ok(report.passed());
    }
    let detail = if arguments.all { Detail::All } else { Detail::FirstFault };
    Ok(target.examine_shown(lang, detail)?.passed())
}

/// Checks every exercise: a line for each.
fn check_all(stage: &Stage, lang: Lang) -> Outcome {
    let mut passed = 0;
    for exercise in &EXERCISES {
        let report = Target::own(stage, exercise, lang)?.examine(|_| ())?;
        passed += usize::from(report.passed());
        let title = exercises::title(exercise);
        let (number, count, all) = (exercise.number, report.count(), exercise.table.len());
        screen::show(&format!("{number}  {count}/{all}  {}\n", title.say(lang)))?;
    }
    let all = passed == EXERCISES.len();
    let words = match all {
        true => Words::fixed("all exercises pass\n", "全部练习都通过了\n"),
        false => Words::new(
            format!("{passed} of {} exercises pass\n", EXERCISES.len()),
            format!("共 {} 个练习，通过了 {passed} 个\n", EXERCISES.len()),
        ),
    };
    screen::show(words.say(lang))?;
    Ok(all)
}
