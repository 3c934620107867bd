//! Recording scenes, and drawing the recordings.

use std::fs;
use std::path::{Path, PathBuf};

use coach::recording::Recording;
use coach::{Lang, Words, drawing};

use super::{Outcome, Unexamined, print};

#[derive(clap::Args)]
pub struct RecordArguments {
    /// 03 for the lesson, exercise-03, or the name of a scene.
    /// 03 表示这一课，exercise-03 表示练习，也可以写剧本的名字。
    #[arg(conflicts_with = "all")]
    pub target: Option<String>,
    /// Where to write the picture, the recording and the packets.
    /// 图、录制文件和数据包写到哪个目录。
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// Plays a scene of one's own. 用自己写的剧本。
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "target"])]
    pub scene: Option<PathBuf>,
    /// Records every scene of the course. 录制课程的全部剧本。
    #[arg(long, conflicts_with = "command")]
    pub all: bool,
    /// How long one scene may take. 一个剧本最多录多少秒。
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// The server's command; {address}, {host} and {port} are filled in.
    /// 服务器的命令，其中 {address}、{host}、{port} 会被替换。
    #[arg(last = true)]
    pub command: Vec<String>,
}

/// Draws a recording.
pub fn draw(file: &Path, lang: Lang) -> Outcome {
    let text = fs::read_to_string(file).map_err(|error| in_file(file, &Words::same(error)))?;
    let recording = Recording::from_json(&text).map_err(|words| in_file(file, &words))?;
    print(&drawing::svg(&recording, lang))?;
    Ok(true)
}

fn in_file(file: &Path, words: &Words) -> Unexamined {
    let file = file.display();
    let (en, zh) = (words.say(Lang::En), words.say(Lang::ZhCn));
    Unexamined(Words::new(format!("{file}: {en}"), format!("{file}：{zh}")))
}

/// Records one scene, or all.
#[cfg(not(target_os = "linux"))]
pub fn record(_arguments: &RecordArguments, _lang: Lang) -> Outcome {
    let (en, zh) = (
        "only Linux lets a program have a network of its own and watch it; `cargo coach draw` draws a recording here too",
        "只有 Linux 允许程序拥有并观察一个私有网络；录制好的文件在这里也可以用 cargo coach draw 画出来",
    );
    Err(Unexamined(Words::fixed(en, zh)))
}

#[cfg(target_os = "linux")]
pub use linux::record;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io::{self, Write};
    use std::time::Duration;

    use coach::Fault;
    use coach::recording::scene::Scene;
    use coach::recording::{self, Network, Task};

    use super::super::check::cargo_build;
    use super::super::workspace;
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
        let mut plays = plays(arguments)?;
        let shown: Vec<_> = plays.iter().map(|play| play.program.clone()).collect();
        for play in &mut plays {
            build(&mut play.program)?;
        }
        fs::create_dir_all(&arguments.out)
            .map_err(|error| in_file(&arguments.out, &Words::same(error)))?;
        Network::allow().map_err(Unexamined)?;
        let mut all_finished = true;
        for (play, shown) in plays.iter().zip(shown) {
            let (scene, command) = (&play.scene, play.program.clone());
            let patience = Duration::from_secs(arguments.seconds);
            let recorded = recording::record(&Task { scene, command, shown, patience })
                .map_err(|Fault { words, .. }| Unexamined(words))?;
            write(&arguments.out, &recorded, lang)?;
            if let Some(why) = recorded.stopped {
                let stopped = Words::fixed("the scene was not played to its end", "剧本没有演完");
                let _ = writeln!(io::stderr(), "{}: {}", stopped.say(lang), why.say(lang));
                all_finished = false;
            }
        }
        Ok(all_finished)
    }

    /// What is to be played.
    fn plays(arguments: &RecordArguments) -> Result<Vec<Play>, Unexamined> {
        if arguments.all {
            let all = shipped()?.into_iter().map(|file| load(&file));
            let all = all.collect::<Result<Vec<_>, _>>()?;
            return Ok(all.into_iter().filter(|play| !play.program.is_empty()).collect());
        }
        let mut play = match (&arguments.scene, &arguments.target) {
            (Some(file), _) => load(file)?,
            (None, Some(target)) => named(target)?,
            (None, None) if arguments.command.is_empty() => return Err(nothing_asked()),
            (None, None) => load(&scene_file(ANY_SERVER))?,
        };
        if !arguments.command.is_empty() {
            play.program = arguments.command.clone();
        }
        match play.program.is_empty() {
            true => Err(Unexamined(Words::fixed(
                "the scene names no server: give its command behind --",
                "剧本里没有写服务器：请在 -- 后面给出它的命令",
            ))),
            false => Ok(vec![play]),
        }
    }

    fn nothing_asked() -> Unexamined {
        Unexamined(Words::fixed(
            "what is to be recorded? Give a lesson (03), --all, or a command behind --",
            "要录制什么？请给出课号（03）、--all，或者 -- 后面的命令",
        ))
    }

    fn load(file: &Path) -> Result<Play, Unexamined> {
        let scene = Scene::load(file).map_err(Unexamined)?;
        Ok(Play { program: scene.program.clone(), scene })
    }

    /// The play that a learner means by `03`, `exercise-03`, or a scene's name.
    fn named(target: &str) -> Result<Play, Unexamined> {
        let number = target.strip_prefix("exercise-").or_else(|| target.strip_prefix("solution-"));
        let is_lesson = |number: &&str| number.len() == 2 && scene_of_lesson(number).exists();
        if let Some(number) = number.filter(is_lesson) {
            let mut play = named(number)?;
            play.program = vec![target.into(), "{address}".into()];
            play.scene.name = target.into();
            return Ok(play);
        }
        let lesson = scene_of_lesson(target);
        let file = if lesson.exists() { lesson } else { scene_file(target) };
        if !shipped()?.contains(&file) {
            let names: Vec<_> = shipped()?.iter().filter_map(|file| stem(file)).collect();
            let names = names.join(", ");
            return Err(Unexamined(Words::new(
                format!("there is no scene {target:?}; there are 01 to 04, and {names}"),
                format!("没有剧本 {target:?}；有 01 到 04，以及 {names}"),
            )));
        }
        load(&file)
    }

    /// The scenes of the course.
    fn shipped() -> Result<Vec<PathBuf>, Unexamined> {
        let folder = fs::read_dir(workspace().join("tests/scenes"))?;
        let mut files = folder.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        files.retain(|file| file.extension().is_some_and(|end| end == "scene"));
        files.sort();
        Ok(files)
    }

    fn scene_file(name: &str) -> PathBuf {
        workspace().join("tests/scenes").join(format!("{name}.scene"))
    }

    fn scene_of_lesson(number: &str) -> PathBuf {
        scene_file(&format!("lesson-{number}"))
    }

    fn stem(file: &Path) -> Option<String> {
        file.file_stem().map(|stem| stem.to_string_lossy().into_owned())
    }

    /// Builds a program of the course, and puts its path in the place of its name. Any other command
    /// is left as it is.
    fn build(program: &mut [String]) -> Result<(), Unexamined> {
        let Some((kind, number)) = program[0].rsplit_once('-') else { return Ok(()) };
        if !matches!(kind, "lesson" | "exercise" | "solution") || number.len() != 2 {
            return Ok(());
        }
        let package = format!("lesson-{number}");
        let built = cargo_build(&workspace(), &["--package", &package, "--bin", &program[0]])?;
        program[0] = built.map_err(|what| Unexamined(Words::same(what)))?.display().to_string();
        Ok(())
    }

    /// Writes all three files, or none.
    fn write(folder: &Path, recorded: &recording::Recorded, lang: Lang) -> Result<(), Unexamined> {
        let name = &recorded.recording.scene;
        let files = [
            ("json", recorded.recording.to_json()?.into_bytes()),
            ("pcap", recorded.pcap.clone()),
            ("svg", drawing::svg(&recorded.recording, lang).into_bytes()),
        ];
        let path = |end: &str| folder.join(format!("{name}.{end}"));
        let part = |end: &str| path(&format!("{end}.part"));
        if let Some((end, _)) = files.iter().find(|(end, _)| path(end).is_dir()) {
            let (en, zh) = ("a folder is in the way", "有一个同名的文件夹");
            return Err(in_file(&path(end), &Words::fixed(en, zh)));
        }
        let written = files.iter().try_for_each(|(end, content)| {
            // Never through somebody's link of that name.
            let _ = fs::remove_file(part(end));
            File::create_new(part(end))?.write_all(content)
        });
        let placed = written
            .and_then(|()| files.iter().try_for_each(|(end, _)| fs::rename(part(end), path(end))));
        if let Err(error) = placed {
            for (end, _) in &files {
                // That one was never written is no harm.
                let _ = fs::remove_file(part(end));
            }
            return Err(in_file(&path("svg"), &Words::same(error)));
        }
        // That nobody can read it is no reason to call the recording failed.
        let _ = print(&format!("{}\n", path("svg").display()));
        Ok(())
    }
}
