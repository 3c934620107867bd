//! Examining many answers, a few at a time.

use std::fs;
use std::path::{Path, PathBuf};

use behaviours::{Exercise, side_by_side};
use coach::examination::beside_others;
use coach::report::Report;
use coach::{answers, examination};
use indicatif::{ProgressBar, ProgressStyle};
use stage::{Lang, Program, Stage, Words, is_told, one_line, print};
use unicode_width::UnicodeWidthStr;

use crate::{GradeArguments, Outcome};

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
pub fn grade(
    stage: &Stage,
    arguments: &GradeArguments,
    exercise: &'static Exercise,
    lang: Lang,
) -> Outcome {
    let answers = folders(&arguments.dir)?;
    let bar = ProgressBar::new(answers.len() as u64).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let numbered: Vec<_> = answers.iter().enumerate().collect();
    let grades = side_by_side(AT_A_TIME, &numbered, |(number, answer)| {
        let grade = grade_one(stage, *number, answer, exercise, arguments, lang);
        bar.set_message(grade.answer.clone());
        bar.inc(1);
        grade
    });
    bar.finish_and_clear();
    print(&table(&grades, exercise, lang))?;
    if let Some(file) = &arguments.csv {
        fs::write(file, csv(&grades, exercise)).map_err(|error| of_file(file, &error))?;
    }
    Ok(grades.iter().all(|grade| grade.passed))
}

fn of_file(file: &Path, error: &std::io::Error) -> Words {
    let file = file.display();
    Words::new(format!("{file}: {error}"), format!("{file}：{error}"))
}

fn folders(dir: &Path) -> Result<Vec<PathBuf>, Words> {
    let entries = fs::read_dir(dir).map_err(|error| of_file(dir, &error))?;
    // A folder such as `.git` is not an answer.
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

fn grade_one(
    stage: &Stage,
    number: usize,
    folder: &Path,
    exercise: &'static Exercise,
    arguments: &GradeArguments,
    lang: Lang,
) -> Grade {
    // A stranger has named it: nothing in it may play tricks on the terminal.
    let answer = one_line(&folder.file_name().unwrap_or_default().to_string_lossy());
    match examine_one(stage, number, folder, exercise, &arguments.command) {
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
    stage: &Stage,
    number: usize,
    folder: &Path,
    exercise: &'static Exercise,
    command: &[String],
) -> Result<Report, Words> {
    let mut words: Vec<String>;
    if command.is_empty() {
        let name = format!("exercise-{}.rs", exercise.number);
        let source = folder.canonicalize()?.join(&name);
        if !source.is_file() {
            return Err(Words::new(format!("no {name}"), format!("没有 {name}")));
        }
        let built = beside_others(|| answers::build(&source, &number.to_string(), exercise))?;
        words = match built {
            Err(compiler) => return Ok(Report::does_not_compile(exercise, compiler)),
            Ok(program) => vec![program.to_string_lossy().into_owned()],
        };
    } else {
        let dir = folder.to_string_lossy();
        words = command.iter().map(|word| word.replace("{dir}", &dir)).collect();
    }
    if !is_told(&words) {
        words.push("{address}".into());
    }
    examination::examine(Report::of(exercise), &Program::command(stage, words), |_| ())
}

fn table(grades: &[Grade], exercise: &Exercise, lang: Lang) -> String {
    let all = exercise.table.len();
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

/// Begins with a byte order mark: without it, Excel takes the names for another encoding.
fn csv(grades: &[Grade], exercise: &Exercise) -> String {
    let mut csv = "\u{feff}answer,passed,behaviours_passed,behaviours,cause\r\n".to_string();
    for grade in grades {
        let (answer, cause) = (quoted(&grade.answer), quoted(&grade.cause));
        let all = exercise.table.len();
        csv += &format!("{answer},{},{},{all},{cause}\r\n", grade.passed, grade.count);
    }
    csv
}

/// A text in a cell of its own, which a spreadsheet does not take for a formula.
fn quoted(text: &str) -> String {
    let apostrophe = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{apostrophe}{}\"", text.replace('"', "\"\""))
}
