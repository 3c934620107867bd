//! The coach's command line.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use behaviours::exercises::{EXERCISES, Exercise};
use clap::{Parser, Subcommand};
use coach::report::Report;
use stage::{Lang, Words, print};

use crate::check::{self, Examinee};
use crate::{grade, hint, recorder, reset, watch};

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

    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Examines an exercise, or a command. 检查一个练习，或者一条命令。
    Check(CheckArguments),
    /// Examines an exercise again whenever its file is saved. 每次保存文件就重新检查。
    Watch {
        /// Two digits: 00 to 04. 两位数字：00 到 04。
        exercise: String,
    },
    /// Tells how to go on: a hint for the first thing that is missing. 提示怎样做到还缺的第一项。
    Hint {
        /// Two digits: 00 to 04. 两位数字：00 到 04。
        exercise: String,
    },
    /// Restores an exercise, and keeps your file beside it. 恢复练习的原样，你的文件另存在旁边。
    Reset {
        /// Two digits: 00 to 04. 两位数字：00 到 04。
        exercise: String,
    },
    /// Examines many answers: each folder below DIR is one. 检查许多份作业：DIR 下每个文件夹是一份。
    ///
    /// The answers run as you, with all that you may do. Run strangers' programs in a container or
    /// under an account made for it.
    /// 作业以你的身份运行，能做你能做的一切。陌生人的程序请放在容器里，或用专门的账户运行。
    Grade(GradeArguments),
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
    /// Two digits: 00 to 04. 两位数字：00 到 04。
    exercise: String,
    /// The port of a server that can't be told where to listen. 不能指定地址的服务器所用的端口。
    #[arg(long, requires = "command", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Prints the verdict as JSON. 以 JSON 输出结果。
    #[arg(long)]
    json: bool,
    /// The command to examine; {address}, {host} and {port} are filled in.
    /// 要检查的命令，其中 {address}、{host}、{port} 会被替换。
    #[arg(last = true)]
    command: Vec<String>,
}

#[derive(clap::Args)]
pub struct GradeArguments {
    /// The folder with a folder for each answer. 每份作业一个文件夹，都放在这里。
    pub dir: PathBuf,
    /// Two digits: 00 to 04. 两位数字：00 到 04。
    #[arg(long, value_name = "NN")]
    pub lesson: String,
    /// Writes the table as CSV too. 另外写成 CSV 文件。
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// How to start an answer; {dir} is its folder. Without it, each holds an exercise-NN.rs.
    /// 怎样启动一份作业，{dir} 是它的文件夹；不给出时，每个文件夹里有一个 exercise-NN.rs。
    #[arg(last = true)]
    pub command: Vec<String>,
}

/// How a task ends: whether it passed.
pub type Outcome = Result<bool, Words>;

/// Runs the coach. Its exit status is 0 where all passed, 1 where not, 2 where nothing could be
/// examined.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let lang = language(arguments.lang.as_deref());
    match run(arguments.task, lang) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            shared::say(why.as_error(lang));
            ExitCode::from(2)
        }
    }
}

fn language(asked: Option<&str>) -> Lang {
    let system_is_chinese = || sys_locale::get_locale().is_some_and(|name| name.starts_with("zh"));
    match asked {
        Some(name) => Lang::named(name),
        None if system_is_chinese() => Lang::ZhCn,
        None => Lang::En,
    }
}

fn run(task: Option<Task>, lang: Lang) -> Outcome {
    match task {
        None => list(lang),
        Some(Task::Check(arguments)) => check(arguments, lang),
        Some(Task::Watch { exercise }) => watch::watch(find(&exercise)?, lang),
        Some(Task::Hint { exercise }) => hint::hint(find(&exercise)?, lang),
        Some(Task::Reset { exercise }) => reset::reset(find(&exercise)?, lang),
        Some(Task::Grade(arguments)) => grade::grade(&arguments, find(&arguments.lesson)?, lang),
        Some(Task::Record { words }) => recorder::run("record", &words, lang),
        Some(Task::Draw { words }) => recorder::run("draw", &words, lang),
    }
}

fn find(number: &str) -> Result<&'static Exercise, Words> {
    Exercise::numbered(number).ok_or_else(|| {
        Words::new(
            format!("there is no exercise {number:?}; there are 00, 01, 02, 03 and 04"),
            format!("没有练习 {number:?}；有 00、01、02、03 和 04"),
        )
    })
}

/// Writes a file that somebody asked for.
pub fn write(file: &Path, text: &str) -> Result<(), Words> {
    std::fs::write(file, text).map_err(|error| {
        let file = file.display();
        Words::new(format!("{file}: {error}"), format!("{file}：{error}"))
    })
}

/// Lists the exercises.
fn list(lang: Lang) -> Outcome {
    let mut text = String::new();
    for exercise in &EXERCISES {
        text += &format!("{}  {}\n", exercise.number, exercise.title.say(lang));
        text += &format!("    {}\n    {}\n", exercise.reading(lang), exercise.file());
    }
    let next = Words::fixed(
        "\nread a lesson, finish its exercise, then: cargo coach check 01\n",
        "\n读一课，完成它的练习，然后运行：cargo coach check 01\n",
    );
    print(&(text + next.say(lang)))?;
    Ok(true)
}

fn check(arguments: CheckArguments, lang: Lang) -> Outcome {
    let exercise = find(&arguments.exercise)?;
    let examinee = match arguments.command.is_empty() {
        true => Examinee::Exercise,
        false => Examinee::Command { words: arguments.command, port: arguments.port },
    };
    let report = check::examine(exercise, &examinee)?;
    print(&if arguments.json { report.json(lang) } else { report.text(lang) })?;
    Ok(report.passed())
}
