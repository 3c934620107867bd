//! The coach's command line.

mod check;
mod grade;
mod help;
mod progress;
mod record;
mod watch;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use coach::exercises::{EXERCISES, Exercise};
use coach::report::Report;
use coach::{Lang, Words};

use check::Examinee;

/// Examines the exercises, and any server in any language. 检查练习，以及任何语言写的服务器。
///
/// Exit status: 0 passed; 1 not passed; 2 could not be examined.
/// 退出状态：0 通过；1 没有通过；2 无法检查。
#[derive(Parser)]
#[command(name = "cargo coach", bin_name = "cargo coach", version)]
struct Arguments {
    /// The language of the coach; the system's unless given. 语言，默认随系统。
    #[arg(long, global = true, value_enum)]
    lang: Option<LangName>,

    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Clone, Copy, ValueEnum)]
enum LangName {
    En,
    #[value(name = "zh-CN")]
    ZhCn,
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
    /// Gives one more hint each time. 每次多给一个提示。
    Hint {
        /// Two digits: 00 to 04. 两位数字：00 到 04。
        exercise: String,
    },
    /// Shows the solution; asks first if the exercise has not passed. 显示答案；没有通过时先询问。
    Solution {
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
    /// Plays a scene and draws what happens: packets, states, calls (Linux).
    /// 演一个剧本，把发生的事画成图：数据包、状态、调用（Linux）。
    ///
    /// Writes NAME.svg, NAME.json (for `draw`) and NAME.pcap (for Wireshark).
    /// 写出 NAME.svg、NAME.json（给 draw 用）和 NAME.pcap（给 Wireshark 用）。
    Record(record::RecordArguments),
    /// Draws a recording again, on standard output. 把录制好的文件再画一次，写到标准输出。
    Draw {
        /// The recording: NAME.json. 录制文件：NAME.json。
        file: PathBuf,
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
    /// Writes the verdict as JUnit XML too. 另外写成 JUnit XML 文件。
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// The command to examine; {address}, {host} and {port} are filled in.
    /// 要检查的命令，其中 {address}、{host}、{port} 会被替换。
    #[arg(last = true)]
    command: Vec<String>,
}

#[derive(clap::Args)]
struct GradeArguments {
    /// The folder with a folder for each answer. 每份作业一个文件夹，都放在这里。
    dir: PathBuf,
    /// Two digits: 00 to 04. 两位数字：00 到 04。
    #[arg(long, value_name = "NN")]
    lesson: String,
    /// Writes the table as CSV too. 另外写成 CSV 文件。
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// How to start an answer; {dir} is its folder. Without it, each holds an exercise-NN.rs.
    /// 怎样启动一份作业，{dir} 是它的文件夹；不给出时，每个文件夹里有一个 exercise-NN.rs。
    #[arg(last = true)]
    command: Vec<String>,
}

/// Why something could not be examined at all.
pub struct Unexamined(pub Words);

impl<E: std::error::Error> From<E> for Unexamined {
    fn from(error: E) -> Self {
        Unexamined(Words::same(error))
    }
}

/// How a task ends: whether it passed.
type Outcome = Result<bool, Unexamined>;

/// Runs the coach. Its exit status is 0 where all passed, 1 where not, 2 where nothing could be
/// examined.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let lang = language(arguments.lang);
    match run(arguments.task, lang) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Unexamined(why)) => {
            let error = Words::fixed("error: ", "错误：");
            let _ = writeln!(io::stderr(), "{}{}", error.say(lang), why.say(lang));
            ExitCode::from(2)
        }
    }
}

fn language(asked: Option<LangName>) -> Lang {
    match asked {
        Some(LangName::En) => Lang::En,
        Some(LangName::ZhCn) => Lang::ZhCn,
        None if sys_locale::get_locale().is_some_and(|locale| locale.starts_with("zh")) => {
            Lang::ZhCn
        }
        None => Lang::En,
    }
}

fn run(task: Option<Task>, lang: Lang) -> Outcome {
    match task {
        None => list(lang),
        Some(Task::Check(arguments)) => check(arguments, lang),
        Some(Task::Watch { exercise }) => watch::watch(find(&exercise)?, lang),
        Some(Task::Hint { exercise }) => help::hint(find(&exercise)?, lang),
        Some(Task::Solution { exercise }) => help::solution(find(&exercise)?, lang),
        Some(Task::Reset { exercise }) => help::reset(find(&exercise)?, lang),
        Some(Task::Grade(arguments)) => grade::grade(&arguments, find(&arguments.lesson)?, lang),
        Some(Task::Record(arguments)) => record::record(&arguments, lang),
        Some(Task::Draw { file }) => record::draw(&file, lang),
    }
}

fn find(number: &str) -> Result<&'static Exercise, Unexamined> {
    Exercise::numbered(number).ok_or_else(|| {
        Unexamined(Words::new(
            format!("there is no exercise {number:?}; there are 00, 01, 02, 03 and 04"),
            format!("没有练习 {number:?}；有 00、01、02、03 和 04"),
        ))
    })
}

/// The workspace, in which the exercises are: the one from which cargo has started this program.
pub fn workspace() -> PathBuf {
    let built_in = env!("CARGO_MANIFEST_DIR").into();
    let mut workspace = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or(built_in));
    workspace.pop();
    workspace
}

/// Prints text at once. A reader who has gone away (`| head`) ends it like any other end.
pub fn print(text: &str) -> Result<(), Unexamined> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// Writes a file that somebody asked for.
pub fn write(file: &Path, text: &str) -> Result<(), Unexamined> {
    std::fs::write(file, text).map_err(|error| {
        let file = file.display();
        Unexamined(Words::new(format!("{file}: {error}"), format!("{file}：{error}")))
    })
}

/// Lists the exercises, and where the learner stands.
fn list(lang: Lang) -> Outcome {
    let progress = progress::Progress::load();
    let mut text = String::new();
    for exercise in &EXERCISES {
        let stands = match progress.passed(exercise) {
            Some(true) => Words::fixed("passed", "已通过"),
            Some(false) => Words::fixed("not yet", "未通过"),
            None => Words::fixed("not checked", "未检查"),
        };
        let (number, title) = (exercise.number, exercise.title.say(lang));
        text += &format!("{number}  {}: {title}\n", stands.say(lang));
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
    if let Some(file) = &arguments.junit {
        write(file, &report.junit(lang))?;
    }
    Ok(report.passed())
}

/// Examines the learner's exercise and prints the verdict.
pub fn check_exercise(exercise: &'static Exercise, lang: Lang) -> Result<Report, Unexamined> {
    let report = check::examine(exercise, &Examinee::Exercise)?;
    print(&report.text(lang))?;
    Ok(report)
}
