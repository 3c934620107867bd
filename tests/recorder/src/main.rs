//! `cargo coach record` and `cargo coach draw`: plays scenes, and draws recordings. `recorder stream`
//! plays the steps that come on its standard input, and writes each event as it happens.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use picture::Layout;
use picture::event::Recording;
use stage::{Lang, Words};

#[derive(Parser)]
#[command(name = "cargo coach", bin_name = "cargo coach")]
struct Arguments {
    /// The language of pictures and messages. 图和消息的语言。
    #[arg(long, global = true, default_value = "en", value_parser = ["en", "zh-CN"])]
    lang: String,

    /// How a picture is laid out; narrow is for a phone. 图的版式，narrow 适合手机。
    #[arg(long, global = true, default_value = "wide", value_parser = ["wide", "narrow"])]
    layout: String,

    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Plays a scene and draws what happens: packets, states, calls (Linux).
    /// 演一个剧本，把发生的事画成图：数据包、状态、调用（Linux）。
    ///
    /// Writes NAME.svg, NAME.json (for `draw`) and NAME.pcap (for Wireshark).
    /// 写出 NAME.svg、NAME.json（给 draw 用）和 NAME.pcap（给 Wireshark 用）。
    Record(RecordArguments),
    /// Draws a recording again, on standard output. 把录制好的文件再画一次，写到标准输出。
    Draw {
        /// The recording: NAME.json. 录制文件：NAME.json。
        file: PathBuf,
        /// Writes a page that shows it as a film instead; with --open, cargo coach opens the page.
        /// 改写成一个逐步演示的网页；用 --open，cargo coach 会打开这个网页。
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Takes steps on standard input, writes events on standard output, and ends with its input
    /// (Linux). 从标准输入读步骤，往标准输出写事件，输入结束时结束（Linux）。
    Stream(Programs),
}

#[derive(clap::Args)]
struct RecordArguments {
    /// 03 for the lesson, exercise-03, or the name of a scene.
    /// 03 表示这一课，exercise-03 表示练习，也可以写剧本的名字。
    #[arg(conflicts_with = "all")]
    target: Option<String>,
    /// The scene in which an exercise plays; the lesson's own unless given.
    /// 练习演哪个剧本，默认是这一课自己的剧本。
    #[arg(value_name = "SCENE", requires = "target", conflicts_with = "all")]
    of: Option<String>,
    /// Where to write the picture, the recording and the packets; target/pictures of the course unless
    /// given. 图、录制文件和数据包写到哪个目录，默认是课程的 target/pictures。
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Plays your own scene. 用自己写的剧本。
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "target"])]
    scene: Option<PathBuf>,
    /// Writes a page too that shows it as a film; with --open, cargo coach opens the page.
    /// 另外写一个逐步演示的网页；用 --open，cargo coach 会打开这个网页。
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    html: Option<PathBuf>,
    /// Records every scene of the course. 录制课程的全部剧本。
    #[arg(long, conflicts_with = "command")]
    all: bool,
    #[command(flatten)]
    programs: Programs,
}

#[derive(clap::Args)]
struct Programs {
    /// How long one scene may take; of `stream`, one step.
    /// 一个剧本最多录多少秒；stream 是一个步骤最多等多少秒。
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// The command of a client, for steps that start one. 客户端的命令，供启动客户端的步骤使用。
    #[arg(long, value_name = "COMMAND")]
    client: Option<String>,
    /// The server's command; {address}, {host} and {port} are filled in.
    /// 服务器的命令，其中 {address}、{host}、{port} 会被替换。
    #[arg(last = true)]
    command: Vec<String>,
}

/// Whether all scenes were played to their end; an error where nothing could be recorded.
type Outcome = Result<bool, Words>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let lang = Lang::named(&arguments.lang);
    let layout = if arguments.layout == "narrow" { Layout::Narrow } else { Layout::Wide };
    let outcome = match &arguments.task {
        Task::Record(arguments) => record(arguments, lang, layout),
        Task::Draw { file, html } => draw(file, html.as_deref(), lang, layout),
        Task::Stream(programs) => stream(programs),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            shared::say(why.as_error(lang));
            ExitCode::from(2)
        }
    }
}

fn draw(file: &Path, html: Option<&Path>, lang: Lang, layout: Layout) -> Outcome {
    let text = fs::read_to_string(file).map_err(|error| in_file(file, &Words::same(error)))?;
    let recording = Recording::read(&text).map_err(|words| in_file(file, &words))?;
    match html {
        Some(html) => write_page(html, &[recording], lang)?,
        None => stage::print(&picture::svg(&recording, lang, layout))?,
    }
    Ok(true)
}

/// Writes a page that shows the recordings as a film, beside each other.
fn write_page(file: &Path, recordings: &[Recording], lang: Lang) -> Result<(), Words> {
    let page = picture::page(recordings, lang);
    fs::write(file, page).map_err(|error| in_file(file, &Words::same(error)))?;
    // The page is written, even if no program reads this.
    let _ = stage::print(&format!("{}\n", file.display()));
    Ok(())
}

fn in_file(file: &Path, words: &Words) -> Words {
    words.of(&file.display().to_string())
}

#[cfg(not(target_os = "linux"))]
fn record(_arguments: &RecordArguments, _lang: Lang, _layout: Layout) -> Outcome {
    Err(only_on_linux())
}

#[cfg(not(target_os = "linux"))]
fn stream(_programs: &Programs) -> Outcome {
    Err(only_on_linux())
}

#[cfg(not(target_os = "linux"))]
fn only_on_linux() -> Words {
    let (en, zh) = (
        "only Linux lets a program have its own network and watch it; `cargo coach draw` draws a recording here too",
        "只有 Linux 允许程序拥有并观察一个私有网络；录制好的文件在这里也可以用 cargo coach draw 画出来",
    );
    Words::fixed(en, zh)
}

#[cfg(target_os = "linux")]
use linux::{record, stream};

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, Write};
    use std::time::Duration;

    use picture::event::{Encoding, Event, FORMAT, Head, What};
    use recorder::scene::Scene;
    use recorder::{Network, Played, SERVER, Task, play};
    use stage::{Program, Stage, Step, cargo};

    use super::*;

    /// The scene for a server of which nothing is known.
    const ANY_SERVER: &str = "call";

    /// A scene, and the server that plays in it.
    struct Play {
        scene: Scene,
        program: Vec<String>,
    }

    impl Play {
        /// The same scene against each of its servers: `NAME`, and `NAME--OTHER`.
        fn with_others(self) -> Vec<Play> {
            let others = self.scene.others.clone().into_iter().map(|(other, program)| {
                let name = format!("{}--{other}", self.scene.name);
                Play { scene: Scene { name, ..self.scene.clone() }, program }
            });
            let others: Vec<_> = others.collect();
            [self].into_iter().chain(others).collect()
        }
    }

    /// Records one scene, or all.
    pub fn record(arguments: &RecordArguments, lang: Lang, layout: Layout) -> Outcome {
        let plays = plays(arguments)?;
        // All is built before anything is played.
        let task = |play: &Play| task(&arguments.programs, &play.program, false);
        let tasks = plays.iter().map(task).collect::<Result<Vec<_>, _>>()?;
        // Git ignores this folder.
        let ignored = || cargo::workspace().join("target").join("pictures");
        let out = arguments.out.clone().unwrap_or_else(ignored);
        fs::create_dir_all(&out).map_err(|error| in_file(&out, &Words::same(error)))?;
        let stage = own_stage()?;
        let (mut all_finished, mut recordings) = (true, Vec::new());
        for (Play { scene, program }, task) in plays.iter().zip(tasks) {
            let head = head(&stage, &scene.name, &scene.title, scene.encoding, program);
            let mut events = Vec::new();
            let sink = |event| {
                events.push(event);
                Ok(())
            };
            let played = play(&stage, &task, scene.steps.iter().cloned().map(Ok), sink)?;
            // A script of the course may print where it is.
            let folder = format!("{}/", cargo::workspace().display());
            for event in &mut events {
                if let What::Output { text, .. } = &mut event.what {
                    *text = text.replace(&folder, "");
                }
            }
            picture::ask::put(&scene.asks, &mut events);
            let recording = Recording { head, events };
            let picture = picture::svg(&recording, lang, layout);
            write(&out, &recording, &played, &picture)?;
            recordings.push(recording);
            if let Some(why) = played.stopped {
                let stopped = Words::fixed("the scene was not played to its end", "剧本没有演完");
                shared::say(why.of(stopped.say(lang)).say(lang));
                all_finished = false;
            }
        }
        if let Some(html) = &arguments.html {
            write_page(html, &recordings, lang)?;
        }
        Ok(all_finished)
    }

    /// Plays the steps of standard input as they come.
    pub fn stream(programs: &Programs) -> Outcome {
        if programs.command.is_empty() {
            return Err(nothing_asked());
        }
        let task = task(programs, &programs.command, true)?;
        let stage = own_stage()?;
        let title = Words::same("stream");
        let head = head(&stage, "stream", &title, Encoding::Gbk, &programs.command);
        let mut output = io::stdout();
        writeln!(output, "{}", serde_json::to_string(&head)?)?;
        let sink = |event: Event| {
            writeln!(output, "{}", serde_json::to_string(&event)?)?;
            output.flush()
        };
        let lines = io::stdin().lines().map_while(Result::ok);
        let lines = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        play(&stage, &task, lines.map(|line| Step::parse(&line)), sink)?;
        Ok(true)
    }

    /// What is to be played, with its programs built.
    fn task(programs: &Programs, server: &[String], live: bool) -> Result<Task, Words> {
        let client = programs.client.as_deref().unwrap_or_default();
        let mut client: Vec<_> = client.split_whitespace().map(str::to_owned).collect();
        let (mut server, patience) = (server.to_vec(), Duration::from_secs(programs.seconds));
        build(&mut server)?;
        build(&mut client)?;
        Ok(Task { server, client, patience, live })
    }

    /// Makes this process the master of its networks, and a stage that ends with it.
    fn own_stage() -> Result<Stage, Words> {
        Network::allow()?;
        let stage = Stage::new();
        end_with_us(stage.clone());
        Ok(stage)
    }

    /// What a reader is told of a recording, without the folder that the program happens to be in.
    fn head(
        stage: &Stage,
        scene: &str,
        title: &Words,
        encoding: Encoding,
        program: &[String],
    ) -> Head {
        let program = Program::command(stage, program.to_vec()).words(SERVER, &[]).join(" ");
        Head { format: FORMAT, scene: scene.into(), title: title.clone(), program, encoding }
    }

    /// Ctrl-C ends the server that is recorded, and then the recorder.
    fn end_with_us(stage: Stage) {
        // It can only fail where something else listens for Ctrl-C already.
        let _ = ctrlc::set_handler(move || stage.exit(130, || {}));
    }

    /// What is to be played.
    fn plays(arguments: &RecordArguments) -> Result<Vec<Play>, Words> {
        let command = &arguments.programs.command;
        if arguments.all {
            let all = shipped()?.into_iter().map(|name| load(&scene_file(&name)));
            let all = all.collect::<Result<Vec<_>, _>>()?.into_iter();
            let all = all.filter(|play| !play.program.is_empty());
            return Ok(all.flat_map(Play::with_others).collect());
        }
        let mut play = match (&arguments.scene, &arguments.target) {
            (Some(file), _) => load(file)?,
            (None, Some(target)) => named(target, arguments.of.as_deref())?,
            (None, None) if command.is_empty() => return Err(nothing_asked()),
            (None, None) => load(&scene_file(ANY_SERVER))?,
        };
        if !command.is_empty() {
            play.program = command.clone();
            play.scene.others.clear();
        }
        if play.program.is_empty() {
            let en = "the scene names no server: give its command behind --";
            return Err(Words::fixed(en, "剧本里没有写服务器：请在 -- 后面给出它的命令"));
        }
        Ok(play.with_others())
    }

    fn nothing_asked() -> Words {
        Words::fixed(
            "what is to be recorded? Give a lesson (03), --all, or a command behind --",
            "要录制什么？请给出课号（03）、--all，或者 -- 后面的命令",
        )
    }

    fn load(file: &Path) -> Result<Play, Words> {
        let scene = Scene::load(file)?;
        Ok(Play { program: scene.program.clone(), scene })
    }

    /// The play that a learner means by `03`, or a scene's name; by `exercise-03` and a scene's name,
    /// which is the lesson's own unless given.
    fn named(target: &str, scene: Option<&str>) -> Result<Play, Words> {
        let shipped = shipped()?;
        let is_lesson = |number: &&str| shipped.contains(&format!("lesson-{number}"));
        let number = target.strip_prefix("exercise-").or_else(|| target.strip_prefix("solution-"));
        if let Some(number) = number.filter(is_lesson) {
            let mut play = named(scene.unwrap_or(number), None)?;
            play.program = vec![target.into(), "{address}".into()];
            play.scene.name = target.into();
            play.scene.others.clear();
            return Ok(play);
        }
        if scene.is_some() {
            let en = "only an exercise takes the name of a scene";
            return Err(Words::fixed(en, "只有练习后面能写剧本的名字"));
        }
        let names = [format!("lesson-{target}"), target.to_string()];
        match names.iter().find(|name| shipped.contains(name)) {
            Some(name) => load(&scene_file(name)),
            None => {
                let names = shipped.join(", ");
                Err(Words::new(
                    format!("unknown scene {target:?}; choose one of 01 to 07, {names}"),
                    format!("没有剧本 {target:?}；有 01 到 07，以及 {names}"),
                ))
            }
        }
    }

    fn scene_file(name: &str) -> PathBuf {
        cargo::workspace().join(format!("tests/recorder/scenes/{name}.scene"))
    }

    /// The names of the course's scenes.
    fn shipped() -> Result<Vec<String>, Words> {
        let mut names = Vec::new();
        for file in fs::read_dir(cargo::workspace().join("tests/recorder/scenes"))? {
            let name = file?.file_name().to_string_lossy().into_owned();
            names.extend(name.strip_suffix(".scene").map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    /// Builds a program of the course, and puts its path in the place of its name. Any other command
    /// is left as it is, but for where the course's own scripts are.
    fn build(program: &mut [String]) -> Result<(), Words> {
        for script in program.iter_mut().filter(|word| word.starts_with("tests/coach/")) {
            *script = cargo::workspace().join(&script).display().to_string();
        }
        let name = program.first().and_then(|name| name.rsplit_once('-'));
        let Some((kind, number)) = name else { return Ok(()) };
        let package = match kind {
            "lesson" if number.len() == 2 => format!("lesson-{number}"),
            "exercise" | "solution" if number.len() == 2 => format!("exercise-{number}"),
            _ => return Ok(()),
        };
        let options = ["--package", &package, "--bin", &program[0]];
        let built = cargo::build(&cargo::workspace(), &options)?;
        program[0] = built.map_err(Words::same)?.display().to_string();
        Ok(())
    }

    /// Writes the recording, its packets and its picture.
    fn write(
        folder: &Path,
        recording: &Recording,
        played: &Played,
        picture: &str,
    ) -> Result<(), Words> {
        let name = &recording.head.scene;
        let path = |end: &str| folder.join(format!("{name}.{end}"));
        let put = |end: &str, content: &[u8]| {
            fs::write(path(end), content).map_err(|error| in_file(&path(end), &Words::same(error)))
        };
        put("json", recording.lines()?.as_bytes())?;
        put("pcap", &played.pcap)?;
        put("svg", picture.as_bytes())?;
        // The recording has not failed if no program reads this.
        let files = ["svg", "json", "pcap"].map(|end| format!("{}\n", path(end).display()));
        let _ = stage::print(&files.concat());
        Ok(())
    }
}
