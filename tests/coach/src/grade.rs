//! Examining many answers, a few at a time.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use behaviours::exercises::Exercise;
use coach::report::Report;
use indicatif::{ProgressBar, ProgressStyle};
use stage::{Lang, Words, cargo, print};
use unicode_width::UnicodeWidthStr;

use crate::check::examine_program;
use crate::cli::{GradeArguments, Outcome, write};

/// How many answers are examined at a time.
const AT_A_TIME: usize = 4;

/// What came of one answer.
struct Grade {
    answer: String,
    passed: bool,
    count: usize,
    cause: String,
}

/// Examines each folder below the given one.
pub fn grade(arguments: &GradeArguments, exercise: &'static Exercise, lang: Lang) -> Outcome {
    let answers = folders(&arguments.dir)?;
    let bar = ProgressBar::new(answers.len() as u64).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let next = AtomicUsize::new(0);
    let grades = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(answer) = answers.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let grade = grade_one(answer, exercise, &arguments.command, lang);
                    bar.set_message(grade.answer.clone());
                    bar.inc(1);
                    if let Ok(mut grades) = grades.lock() {
                        grades.push(grade);
                    }
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut grades = grades.into_inner().unwrap_or_default();
    grades.sort_by(|one, other| one.answer.cmp(&other.answer));
    print(&table(&grades, exercise, lang))?;
    if let Some(file) = &arguments.csv {
        write(file, &csv(&grades, exercise))?;
    }
    Ok(grades.iter().all(|grade| grade.passed))
}

fn folders(dir: &Path) -> Result<Vec<PathBuf>, Words> {
    let unread = |error| {
        let dir = dir.display();
        Words::new(format!("{dir}: {error}"), format!("{dir}：{error}"))
    };
    let entries = fs::read_dir(dir).map_err(unread)?;
    // A folder such as `.git` is nobody's answer.
    let hidden =
        |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut folders: Vec<PathBuf> = paths.filter(|path| path.is_dir() && !hidden(path)).collect();
    folders.sort();
    if folders.is_empty() {
        let dir = dir.display();
        return Err(Words::new(
            format!("{dir} has no folders: each answer is a folder"),
            format!("{dir} 里没有文件夹：每份作业是一个文件夹"),
        ));
    }
    Ok(folders)
}

fn grade_one(folder: &Path, exercise: &'static Exercise, command: &[String], lang: Lang) -> Grade {
    let answer = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match examine_one(folder, &answer, exercise, command) {
        Ok(report) => Grade {
            answer,
            passed: report.passed(),
            count: report.count(),
            cause: report.first_cause().unwrap_or_default().to_string(),
        },
        Err(why) => Grade { answer, passed: false, count: 0, cause: why.say(lang).to_string() },
    }
}

fn examine_one(
    folder: &Path,
    answer: &str,
    exercise: &'static Exercise,
    command: &[String],
) -> Result<Report, Words> {
    if !command.is_empty() {
        let dir = folder.to_string_lossy();
        let mut words: Vec<String> =
            command.iter().map(|word| word.replace("{dir}", &dir)).collect();
        let gaps = ["{address}", "{host}", "{port}"];
        if !words.iter().any(|word| gaps.iter().any(|gap| word.contains(gap))) {
            words.push("{address}".into());
        }
        return examine_program(exercise, &exercise.program(words), None);
    }
    match build(folder, answer, exercise)? {
        Err(compiler) => Ok(Report::does_not_compile(exercise, compiler)),
        Ok(program) => {
            let words = vec![program.to_string_lossy().into_owned(), "{address}".into()];
            examine_program(exercise, &exercise.program(words), None)
        }
    }
}

/// Builds a folder's `exercise-NN.rs` as a package of its own, in a target folder that all share.
/// Returns the program, or what the compiler says.
fn build(
    folder: &Path,
    answer: &str,
    exercise: &Exercise,
) -> Result<Result<PathBuf, String>, Words> {
    let source = folder.canonicalize()?.join(format!("exercise-{}.rs", exercise.number));
    if !source.is_file() {
        let name = format!("exercise-{}.rs", exercise.number);
        return Err(Words::new(format!("no {name}"), format!("没有 {name}")));
    }
    let name =
        format!("answer-{}", answer.escape_unicode().to_string().replace(['\\', '{', '}'], ""));
    let grading = cargo::workspace().join("target").join("coach").join("grade");
    let package = grading.join(&name);
    fs::create_dir_all(&package)?;
    let shared = cargo::workspace().join("shared");
    let manifest = format!(
        "[package]\nname = {name:?}\nedition = \"2024\"\n[workspace]\n\
         [[bin]]\nname = {name:?}\npath = {source:?}\n\
         [dependencies]\nshared = {{ path = {shared:?} }}\n\
         socket2 = {{ version = \"0.6\", features = [\"all\"] }}\n",
    );
    fs::write(package.join("Cargo.toml"), manifest)?;
    fs::copy(cargo::workspace().join("Cargo.lock"), package.join("Cargo.lock"))?;
    let target = grading.join("target").to_string_lossy().into_owned();
    cargo::build(&package, &["--offline", "--target-dir", &target])
}

fn table(grades: &[Grade], exercise: &Exercise, lang: Lang) -> String {
    let all = exercise.behaviours.len();
    let width = grades.iter().map(|grade| grade.answer.width()).max().unwrap_or(0);
    let mut table = String::new();
    for grade in grades {
        let passed = match grade.passed {
            true => Words::fixed("passed", "通过  "),
            false => Words::fixed("not passed", "未通过"),
        };
        let gap = " ".repeat(width - grade.answer.width());
        let (answer, passed) = (&grade.answer, passed.say(lang));
        let line = format!("{answer}{gap}  {:>2}/{all}  {passed}  {}", grade.count, grade.cause);
        table += line.trim_end();
        table.push('\n');
    }
    table
}

fn csv(grades: &[Grade], exercise: &Exercise) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut csv = "answer,passed,behaviours_passed,behaviours,cause\r\n".to_string();
    for grade in grades {
        let (answer, cause) = (quoted(&grade.answer), quoted(&grade.cause));
        let all = exercise.behaviours.len();
        csv += &format!("{answer},{},{},{all},{cause}\r\n", grade.passed, grade.count);
    }
    csv
}
