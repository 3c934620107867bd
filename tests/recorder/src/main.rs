//! `cargo coach record` and `cargo coach draw`: plays scenes, and draws recordings. `recorder stream`
//! plays the steps that come on its standard input, and writes each event as it happens.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use recorder::event::Recording;
use recorder::picture;
use stage::{Lang, Words};

#[derive(Parser)]
#[command(name = "cargo coach", bin_name = "cargo coach")]
struct Arguments {
    /// The language of pictures and messages. 图和消息的语言。
    #[arg(long, global = true, default_value = "en", value_parser = ["en", "zh-CN"])]
    lang: String,

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
    },
    /// Takes steps on standard input, writes events on standard output, and ends with its input
    /// (Linux). 从标准输入读步骤，往标准输出写事件，输入结束时结束（Linux）。
    Stream(StreamArguments),
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
    /// Where to write the picture, the recording and the packets.
    /// 图、录制文件和数据包写到哪个目录。
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Plays a scene of one's own. 用自己写的剧本。
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "target"])]
    scene: Option<PathBuf>,
    /// Records every scene of the course. 录制课程的全部剧本。
    #[arg(long, conflicts_with = "command")]
    all: bool,
    /// How long one scene may take. 一个剧本最多录多少秒。
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// The command of a client, for a scene that starts one. 客户端的命令，供启动客户端的剧本使用。
    #[arg(long, value_name = "COMMAND")]
    client: Option<String>,
    /// The server's command; {address}, {host} and {port} are filled in.
    /// 服务器的命令，其中 {address}、{host}、{port} 会被替换。
    #[arg(last = true)]
    command: Vec<String>,
}

#[derive(clap::Args)]
struct StreamArguments {
    /// How long one step may take. 一个步骤最多等多少秒。
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// The command of a client, for `client start`. 客户端的命令，供 client start 使用。
    #[arg(long, value_name = "COMMAND")]
    client: Option<String>,
    /// The server's command; {address}, {host} and {port} are filled in.
    /// 服务器的命令，其中 {address}、{host}、{port} 会被替换。
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// Whether all scenes were played to their end; an error where nothing could be recorded.
type Outcome = Result<bool, Words>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let lang = Lang::named(&arguments.lang);
    let outcome = match &arguments.task {
        Task::Record(arguments) => record(arguments, lang),
        Task::Draw { file } => draw(file, lang),
        Task::Stream(arguments) => stream(arguments),
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

fn draw(file: &Path, lang: Lang) -> Outcome {
    let text = fs::read_to_string(file).map_err(|error| in_file(file, &Words::same(error)))?;
    let recording = Recording::read(&text).map_err(|words| in_file(file, &words))?;
    stage::print(&picture::svg(&recording, lang))?;
    Ok(true)
}

fn in_file(file: &Path, words: &Words) -> Words {
    let file = file.display();
    let (en, zh) = (words.say(Lang::En), words.say(Lang::ZhCn));
    Words::new(format!("{file}: {en}"), format!("{file}：{zh}"))
}

#[cfg(not(target_os = "linux"))]
fn record(_arguments: &RecordArguments, _lang: Lang) -> Outcome {
    Err(only_on_linux())
}

#[cfg(not(target_os = "linux"))]
fn stream(_arguments: &StreamArguments) -> Outcome {
    Err(only_on_linux())
}

#[cfg(not(target_os = "linux"))]
fn only_on_linux() -> Words {
    let (en, zh) = (
        "only Linux lets a program have a network of its own and watch it; `cargo coach draw` draws a recording here too",
        "只有 Linux 允许程序拥有并观察一个私有网络；录制好的文件在这里也可以用 cargo coach draw 画出来",
    );
    Words::fixed(en, zh)
}

#[cfg(target_os = "linux")]
use linux::{record, stream};

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, BufRead, Write};
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    use recorder::event::{Encoding, Event, FORMAT, Head, Said};
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

    /// Records one scene, or all.
    pub fn record(arguments: &RecordArguments, lang: Lang) -> Outcome {
        let plays = plays(arguments)?;
        let mut tasks = Vec::new();
        for Play { program, .. } in &plays {
            let (mut server, mut client) = (program.clone(), words(arguments.client.as_deref()));
            build(&mut server)?;
            build(&mut client)?;
            let patience = Duration::from_secs(arguments.seconds);
            tasks.push(Task { server, client, patience, live: false });
        }
        fs::create_dir_all(&arguments.out)
            .map_err(|error| in_file(&arguments.out, &Words::same(error)))?;
        let stage = own_stage()?;
        let mut all_finished = true;
        for (Play { scene, program }, task) in plays.iter().zip(tasks) {
            let head = head(&stage, scene, program);
            let events = Arc::new(Mutex::new(Vec::new()));
            let seen = Arc::clone(&events);
            let sink = move |event: Event| {
                seen.lock().unwrap_or_else(PoisonError::into_inner).push(event);
                Ok(())
            };
            let played = play(&stage, &task, scene.steps.iter().cloned().map(Ok), sink)?;
            let events =
                std::mem::take(&mut *events.lock().unwrap_or_else(PoisonError::into_inner));
            write(&arguments.out, &Recording { head, events }, &played, lang)?;
            if let Some(why) = played.stopped {
                let stopped = Words::fixed("the scene was not played to its end", "剧本没有演完");
                shared::say(format!("{}: {}", stopped.say(lang), why.say(lang)));
                all_finished = false;
            }
        }
        Ok(all_finished)
    }

    /// Plays the steps of standard input as they come.
    pub fn stream(arguments: &StreamArguments) -> Outcome {
        let (mut server, mut client) =
            (arguments.command.clone(), words(arguments.client.as_deref()));
        build(&mut server)?;
        build(&mut client)?;
        let stage = own_stage()?;
        let name = "stream".to_string();
        let title = Said { en: name.clone(), zh: name.clone() };
        let (program, encoding) = (arguments.command.clone(), Encoding::Gbk);
        let scene = Scene { name, title, encoding, program: vec![], steps: vec![] };
        let mut output = io::stdout();
        writeln!(output, "{}", serde_json::to_string(&head(&stage, &scene, &program))?)?;
        let sink = move |event: Event| {
            writeln!(output, "{}", serde_json::to_string(&event)?)?;
            output.flush()
        };
        let patience = Duration::from_secs(arguments.seconds);
        let task = Task { server, client, patience, live: true };
        let lines = io::stdin().lock().lines().map_while(Result::ok);
        let lines = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        play(&stage, &task, lines.map(|line| Step::parse(&line)), sink)?;
        Ok(true)
    }

    /// Makes this process the master of its networks, and a stage that ends with it.
    fn own_stage() -> Result<Stage, Words> {
        Network::allow()?;
        let stage = Stage::new();
        end_with_us(stage.clone());
        Ok(stage)
    }

    fn words(command: Option<&str>) -> Vec<String> {
        command.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }

    /// What a reader is told of a recording, without the folder that the program happens to be in.
    fn head(stage: &Stage, scene: &Scene, program: &[String]) -> Head {
        let words = Program::command(stage, program.to_vec()).words(SERVER, &[]);
        Head {
            format: FORMAT,
            scene: scene.name.clone(),
            title: scene.title.clone(),
            program: words.join(" "),
            encoding: scene.encoding,
        }
    }

    /// Ctrl-C ends the server that is recorded, and then the recorder.
    fn end_with_us(stage: Stage) {
        // It can only fail where something else listens for Ctrl-C already.
        let _ = ctrlc::set_handler(move || {
            stage.close();
            std::process::exit(130)
        });
    }

    /// What is to be played.
    fn plays(arguments: &RecordArguments) -> Result<Vec<Play>, Words> {
        if arguments.all {
            let all = shipped()?.into_iter().map(|file| load(&file));
            let all = all.collect::<Result<Vec<_>, _>>()?;
            return Ok(all.into_iter().filter(|play| !play.program.is_empty()).collect());
        }
        let mut play = match (&arguments.scene, &arguments.target) {
            (Some(file), _) => load(file)?,
            (None, Some(target)) => named(target, arguments.of.as_deref())?,
            (None, None) if arguments.command.is_empty() => return Err(nothing_asked()),
            (None, None) => load(&scene_file(ANY_SERVER))?,
        };
        if !arguments.command.is_empty() {
            play.program = arguments.command.clone();
        }
        match play.program.is_empty() {
            true => Err(Words::fixed(
                "the scene names no server: give its command behind --",
                "剧本里没有写服务器：请在 -- 后面给出它的命令",
            )),
            false => Ok(vec![play]),
        }
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
        let number = target.strip_prefix("exercise-").or_else(|| target.strip_prefix("solution-"));
        let is_lesson = |number: &&str| number.len() == 2 && scene_of_lesson(number).exists();
        if let Some(number) = number.filter(is_lesson) {
            let mut play = named(scene.unwrap_or(number), None)?;
            play.program = vec![target.into(), "{address}".into()];
            play.scene.name = target.into();
            return Ok(play);
        }
        if scene.is_some() {
            let (en, zh) =
                ("only an exercise takes the name of a scene", "只有练习后面能写剧本的名字");
            return Err(Words::fixed(en, zh));
        }
        let lesson = scene_of_lesson(target);
        let file = if lesson.exists() { lesson } else { scene_file(target) };
        if !shipped()?.contains(&file) {
            let names: Vec<_> = shipped()?.iter().filter_map(|file| stem(file)).collect();
            let names = names.join(", ");
            return Err(Words::new(
                format!("there is no scene {target:?}; there are 01 to 05, and {names}"),
                format!("没有剧本 {target:?}；有 01 到 05，以及 {names}"),
            ));
        }
        load(&file)
    }

    /// The scenes of the course.
    fn shipped() -> Result<Vec<PathBuf>, Words> {
        let folder = fs::read_dir(scenes())?;
        let mut files = folder.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        files.retain(|file| file.extension().is_some_and(|end| end == "scene"));
        files.sort();
        Ok(files)
    }

    fn scenes() -> PathBuf {
        cargo::workspace().join("tests/recorder/scenes")
    }

    fn scene_file(name: &str) -> PathBuf {
        scenes().join(format!("{name}.scene"))
    }

    fn scene_of_lesson(number: &str) -> PathBuf {
        scene_file(&format!("lesson-{number}"))
    }

    fn stem(file: &Path) -> Option<String> {
        file.file_stem().map(|stem| stem.to_string_lossy().into_owned())
    }

    /// Builds a program of the course, and puts its path in the place of its name. Any other command
    /// is left as it is.
    fn build(program: &mut [String]) -> Result<(), Words> {
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
        lang: Lang,
    ) -> Result<(), Words> {
        let name = &recording.head.scene;
        let path = |end: &str| folder.join(format!("{name}.{end}"));
        let put = |end: &str, content: &[u8]| {
            fs::write(path(end), content).map_err(|error| in_file(&path(end), &Words::same(error)))
        };
        put("json", recording.lines()?.as_bytes())?;
        put("pcap", &played.pcap)?;
        put("svg", picture::svg(recording, lang).as_bytes())?;
        // That no one reads it is no reason to call the recording failed.
        let _ = stage::print(&format!("{}\n", path("svg").display()));
        Ok(())
    }
}
