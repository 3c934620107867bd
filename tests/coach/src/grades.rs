//! The grades of a class: for people, for machines, for a spreadsheet, and for each student.

use std::fs;
use std::path::Path;

use behaviours::Exercise;
use serde_json::{Value, json};
use stage::{Lang, Words, one_line};
use unicode_width::UnicodeWidthStr;

/// What came of one answer.
pub struct Grade {
    /// Its name.
    pub answer: String,
    /// Whether all was found that the exercise asks for.
    pub passed: bool,
    count: u64,
    cause: String,
    /// What is wrong first.
    why: Words,
    /// What its student is told.
    text: Words,
    /// The report for machines.
    report: Value,
}

impl Grade {
    /// An answer without a report.
    pub fn without_verdict(answer: String, cause: &str, why: Words) -> Self {
        let (passed, count, report) = (false, 0, Value::Null);
        let text =
            Words::new(format!("{}\n", why.say(Lang::En)), format!("{}\n", why.say(Lang::ZhCn)));
        Grade { answer, passed, count, cause: cause.into(), why, text, report }
    }

    /// An answer of which an examination has said this.
    pub fn of(answer: String, verdict: &Value) -> Self {
        let text = |at: &Value| at.as_str().unwrap_or_default().to_owned();
        let words = |what: &str| Words::new(text(&verdict[what][0]), text(&verdict[what][1]));
        let (cause, why) = (text(&verdict["cause"]), words("why"));
        if verdict["report"].is_null() {
            return Grade::without_verdict(answer, &cause, why);
        }
        Grade {
            answer,
            passed: verdict["passed"] == true,
            count: verdict["count"].as_u64().unwrap_or(0),
            cause,
            why,
            text: words("text"),
            report: verdict["report"].clone(),
        }
    }

    /// For machines.
    pub fn json(&self, lang: Lang) -> Value {
        json!({
            "answer": self.answer,
            "passed": self.passed,
            "behaviours_passed": self.count,
            "cause": self.cause,
            "why": self.why(lang),
            "report": self.report,
        })
    }

    /// The mistake, if it was recognised, and what was seen. A stranger's words are among them.
    fn why(&self, lang: Lang) -> String {
        one_line(self.why.say(lang).trim())
    }
}

/// For people.
pub fn table(grades: &[Grade], exercise: &Exercise, lang: Lang) -> String {
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
        if !grade.passed {
            table += &format!("    {}\n", grade.why(lang));
        }
    }
    table
}

/// `{"lesson", "answers": [{"answer", "passed", "behaviours_passed", "cause", "why", "report"}]}`
pub fn json(grades: &[Grade], exercise: &Exercise, lang: Lang) -> String {
    let grades: Vec<_> = grades.iter().map(|grade| grade.json(lang)).collect();
    format!("{}\n", json!({ "lesson": exercise.number, "answers": grades }))
}

/// Begins with a byte order mark: without it, Excel takes the names for another encoding.
pub fn csv(grades: &[Grade], exercise: &Exercise, lang: Lang) -> String {
    let head = "answer,passed,behaviours_passed,behaviours,cause,why";
    let mut csv = format!("\u{feff}{head}\r\n");
    for grade in grades {
        let (answer, cause, why) =
            (quoted(&grade.answer), quoted(&grade.cause), quoted(&grade.why(lang)));
        let all = exercise.table.len();
        csv += &format!("{answer},{},{},{all},{cause},{why}\r\n", grade.passed, grade.count);
    }
    csv
}

/// A text as one whole cell, which a spreadsheet does not treat as a formula.
fn quoted(text: &str) -> String {
    let apostrophe = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{apostrophe}{}\"", text.replace('"', "\"\""))
}

/// Writes a separate file for each student, with what the student is told.
pub fn tell_each(folder: &Path, grades: &[Grade]) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (number, grade) in (1..).zip(grades) {
        let name = file_name(number, &grade.answer);
        let (en, zh) = (grade.text.say(Lang::En), grade.text.say(Lang::ZhCn));
        fs::write(folder.join(name), format!("{en}\n{zh}"))?;
    }
    Ok(())
}

/// The answer's name, where it can be one of a file on any system; otherwise with a number before it.
fn file_name(number: usize, answer: &str) -> String {
    let is_good = |letter: char| !"\\/:*?\"<>|".contains(letter);
    let name: String =
        answer.chars().map(|letter| if is_good(letter) { letter } else { '_' }).collect();
    let short: String = name.chars().take(60).collect();
    match short == answer {
        true => format!("{short}.txt"),
        false => format!("{number:03} {short}.txt"),
    }
}
