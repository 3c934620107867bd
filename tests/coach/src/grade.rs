//! Examining many answers, a few at a time, each by a separate process.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use behaviours::{Exercise, side_by_side};
use coach::answers::{self, Libraries};
use coach::cause::{EXAMINATION_ENDED, NO_ANSWER};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use stage::fault::Ending;
use stage::{Deadline, Lang, Process, Stage, Words, cargo, print};

use crate::alone::{Order, this_program};
use crate::class::{self, Answer, Start};
use crate::grades::{self, Grade};
use crate::{GradeArguments, Outcome};

/// How many answers are examined at a time.
const AT_A_TIME: usize = 4;

/// The longest that the examination of one answer takes: with compiling it, and with waiting until
/// others have been examined alone.
const LONGEST: Duration = Duration::from_secs(300);

/// The file by which the examinations take turns.
const TURNS: &str = "turns";

/// The most bytes that an answer may have.
const LARGEST: u64 = 32 << 20;

/// What all examinations of a class have in common.
struct Class<'a> {
    stage: &'a Stage,
    arguments: &'a GradeArguments,
    exercise: &'static Exercise,
    memory: u64,
    lang: Lang,
    /// What the answers may use.
    libraries: Libraries,
    /// Whether each has separate namespaces.
    is_isolated: bool,
    /// Holds a folder for each examination, and is gone in the end.
    folder: PathBuf,
}

/// Examines each answer in the given folder.
pub fn grade(stage: &Stage, arguments: &GradeArguments, memory: u64, lang: Lang) -> Outcome {
    let exercise = crate::find(&arguments.lesson)?;
    let answers = answers_of(arguments, exercise)?;
    let mut class = Class {
        stage,
        arguments,
        exercise,
        memory,
        lang,
        libraries: Libraries::new(),
        is_isolated: false,
        folder: own_folder()?,
    };
    let graded = class.prepare(&answers).and_then(|()| class.grade(&answers));
    clean_up();
    let grades = graded?;
    // Where a file can't be written, the grades are on the screen.
    let written = class.write(&grades);
    print(&match arguments.json {
        true => grades::json(&grades, exercise, lang),
        false => grades::table(&grades, exercise, lang),
    })?;
    written?;
    Ok(grades.iter().all(|grade| grade.passed))
}

fn answers_of(arguments: &GradeArguments, exercise: &Exercise) -> Result<Vec<Answer>, Words> {
    let GradeArguments { dir, csv, out, .. } = arguments;
    let ours: Vec<PathBuf> =
        [csv, &log_of(arguments), out].into_iter().flatten().cloned().collect();
    let runners = class::runners(&arguments.run)?;
    class::known(&arguments.command)?;
    let answers = class::answers(dir, &ours, exercise, &arguments.command, &runners);
    let answers = in_file(dir, answers)?;
    if !answers.iter().any(|answer| answer.path.is_dir()) {
        let dir = dir.display();
        return Err(Words::new(
            format!("{dir} has no folders: each answer is a folder"),
            format!("{dir} 里没有文件夹：每份作业是一个文件夹"),
        ));
    }
    Ok(answers)
}

/// Where results are written as they come.
fn log_of(arguments: &GradeArguments) -> Option<PathBuf> {
    let beside_csv = || Some(arguments.csv.as_ref()?.with_extension("log"));
    arguments.log.clone().or_else(beside_csv)
}

/// Where the answers run, which Ctrl-C has to remove too.
static OWN_FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// Removes what an examination has left in the folder for temporary files.
pub fn clean_up() {
    // It does no harm if the folder is gone already.
    let _ = OWN_FOLDER.get().map(fs::remove_dir_all);
}

/// A folder that only this user can look into.
fn own_folder() -> Result<PathBuf, Words> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let name = format!("coach-{}-{}", std::process::id(), now.as_nanos());
    let folder = std::env::temp_dir().canonicalize()?.join(name);
    #[cfg(unix)]
    let created =
        std::os::unix::fs::DirBuilderExt::mode(&mut fs::DirBuilder::new(), 0o700).create(&folder);
    #[cfg(not(unix))]
    let created = fs::create_dir(&folder);
    in_file(&folder, created)?;
    Ok(OWN_FOLDER.get_or_init(|| folder).clone())
}

fn in_file<T>(file: &Path, result: std::io::Result<T>) -> Result<T, Words> {
    result.map_err(|error| Words::same(error).of(&file.to_string_lossy()))
}

impl Class<'_> {
    fn prepare(&mut self, answers: &[Answer]) -> Result<(), Words> {
        File::create(self.folder.join(TURNS))?;
        if answers.iter().any(|answer| matches!(answer.start, Ok(Start::Compile(_)))) {
            self.libraries = answers::libraries()?;
        }
        if !self.arguments.not_isolated {
            self.is_isolated = true;
            if let Err(why) = self.probe() {
                self.is_isolated = false;
                let but = Words::fixed(
                    "the answers are not isolated, see \"Grading a class\" in the manual: ",
                    "作业没有隔离运行，见手册“批改全班”：",
                );
                shared::say(format!("{}{}", but.say(self.lang), why.say(self.lang)));
            }
        }
        Ok(())
    }

    /// Whether an answer can have separate namespaces here.
    fn probe(&self) -> Result<(), Words> {
        let own = self.folder.join("probe");
        fs::create_dir_all(&own)?;
        let ended = self.alone(&own, None)?;
        match ended.status.success() {
            true => Ok(()),
            false => {
                let remedy = remedy();
                let said = Ending::new(ended.status, &ended.stderr).said;
                let said = said.trim_start_matches("error: ").trim_start_matches("错误：");
                Err(Words::new(
                    format!("{said}; {}", remedy.say(Lang::En)),
                    format!("{said}；{}", remedy.say(Lang::ZhCn)),
                ))
            }
        }
    }

    fn grade(&self, answers: &[Answer]) -> Result<Vec<Grade>, Words> {
        let log = log_of(self.arguments);
        let log = log.map(|file| in_file(&file, File::create(&file))).transpose()?.map(Mutex::new);
        let bar = ProgressBar::new(answers.len() as u64).with_style(
            ProgressStyle::with_template("{bar:40} {pos}/{len} {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let numbered: Vec<_> = answers.iter().enumerate().collect();
        let grades = side_by_side(AT_A_TIME, &numbered, |(number, answer)| {
            let grade = self.grade_one(*number, answer);
            if let Some(mut log) = log.as_ref().and_then(|log| log.lock().ok()) {
                // If this can't be written now, the coach writes all grades at the end anyway.
                let _ = writeln!(log, "{}", grade.json(self.lang));
            }
            bar.set_message(grade.answer.clone());
            bar.inc(1);
            grade
        });
        bar.finish_and_clear();
        Ok(grades)
    }

    /// Writes the files that were asked for.
    fn write(&self, grades: &[Grade]) -> Result<(), Words> {
        if let Some(file) = &self.arguments.csv {
            in_file(file, fs::write(file, grades::csv(grades, self.exercise, self.lang)))?;
        }
        if let Some(folder) = &self.arguments.out {
            in_file(folder, grades::tell_each(folder, grades))?;
        }
        Ok(())
    }

    fn grade_one(&self, number: usize, answer: &Answer) -> Grade {
        let name = answer.name.clone();
        let start = match &answer.start {
            Ok(start) => start,
            Err(why) => return Grade::without_verdict(name, NO_ANSWER, why.clone()),
        };
        let own = self.folder.join(number.to_string());
        let grade = match copy_into(&own, answer).map(|()| self.examine(&own, start)) {
            Err(why) => Grade::without_verdict(name, NO_ANSWER, why),
            Ok(Err(why)) => Grade::without_verdict(name, EXAMINATION_ENDED, why),
            Ok(Ok(verdict)) => Grade::of(name, &verdict),
        };
        let _ = fs::remove_dir_all(&own);
        grade
    }

    /// Has an answer examined, in a separate folder.
    fn examine(&self, own: &Path, start: &Start) -> Result<Value, Words> {
        let ended = self.alone(own, Some(start))?;
        // If the process was killed, its output does not count.
        let verdict = ended.status.success().then(|| serde_json::from_slice(&ended.stdout).ok());
        verdict.flatten().ok_or_else(|| {
            let ending = Ending::new(ended.status, &ended.stderr);
            Words::new(
                format!("the examination ended: {} {}", ending.status, ending.said),
                format!("检查中断：{} {}", ending.status, ending.said),
            )
        })
    }

    /// Runs an examination to its end.
    fn alone(&self, own: &Path, start: Option<&Start>) -> Result<Output, Words> {
        let start = start.map(rooted);
        let order = Order {
            exercise: self.exercise.number.into(),
            own: own.into(),
            turns: self.folder.join(TURNS),
            memory: self.memory,
            isolated: self.is_isolated,
            hidden: self.hidden()?,
            shown: self.shown(start.as_ref()),
            libraries: self.libraries.clone(),
            start,
        };
        let (program, order) = (this_program()?, serde_json::to_string(&order)?);
        let words = [&*program.to_string_lossy(), "--lang", self.lang.name(), "alone", &order];
        let process = Process::start(self.stage, &words.map(str::to_owned));
        let process = process.map_err(|fault| fault.words())?;
        process.ends(Deadline::after(LONGEST)).map_err(|fault| fault.words())
    }

    /// What an answer is not to see: the solutions, the programs made of them, and other answers.
    fn hidden(&self) -> Result<Vec<PathBuf>, Words> {
        let mut hidden =
            vec![cargo::workspace().canonicalize()?, self.arguments.dir.canonicalize()?];
        let program = std::env::current_exe()?;
        let profile =
            program.parent().filter(|dir| dir.ends_with("debug") || dir.ends_with("release"));
        hidden.extend(profile.and_then(Path::parent).map(Path::to_path_buf));
        Ok(hidden)
    }

    /// What it has to see: the libraries, and what the teacher starts it with.
    fn shown(&self, start: Option<&Start>) -> Vec<PathBuf> {
        let command = match start {
            Some(Start::Run(command)) => command.as_slice(),
            _ => &[],
        };
        let libraries = self.libraries.iter().filter_map(|(_, file)| file.parent());
        let words =
            command.iter().map(Path::new).filter(|word| word.is_absolute() && word.is_file());
        let mut shown: Vec<_> = libraries.chain(words).map(Path::to_path_buf).collect();
        shown.dedup();
        shown
    }
}

/// Prepares the folder of an examination.
fn copy_into(own: &Path, answer: &Answer) -> Result<(), Words> {
    let dir = own.join("answer");
    fs::create_dir_all(own.join("run"))?;
    fs::create_dir_all(&dir)?;
    stage::copy(&answer.path, &dir, LARGEST).map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => {
            Words::fixed("the folder has more than 32 MiB of files", "文件夹里的文件超过 32 MiB")
        }
        _ => Words::same(error),
    })
}

/// The same start, whatever the folder it is done in.
fn rooted(start: &Start) -> Start {
    let rooted = |word: &String| match Path::new(word).canonicalize() {
        Ok(path) if word.contains('/') && path.is_file() => path.to_string_lossy().into_owned(),
        _ => word.clone(),
    };
    match start {
        Start::Compile(file) => Start::Compile(file.clone()),
        Start::Run(command) => Start::Run(command.iter().map(rooted).collect()),
    }
}

#[cfg(target_os = "linux")]
fn remedy() -> Words {
    stage::namespaces::remedy()
}

#[cfg(not(target_os = "linux"))]
fn remedy() -> Words {
    Words::fixed("use a virtual machine, or an account made for it", "请用虚拟机，或者专门的账户")
}
