//! The verdict, for people and for machines.

use std::fmt::Write;

use serde_json::json;
use unicode_width::UnicodeWidthStr;

use crate::cause::Cause;
use crate::words;
use behaviours::{Behaviour, Exercise};
use stage::fault::{Difference, Fault};
use stage::{Lang, Words};

/// What came of examining one program.
pub struct Report {
    exercise: &'static Exercise,
    /// What the compiler says of a program that does not compile.
    compiler: Option<String>,
    /// Each behaviour that was examined.
    pub examined: Vec<Examined>,
}

/// What came of one behaviour.
pub struct Examined {
    /// What was examined.
    pub behaviour: &'static Behaviour,
    /// What was wrong, if anything.
    pub fault: Option<Fault>,
    /// The mistake behind it, if it was recognised.
    pub cause: Option<&'static Cause>,
    /// What the examiner has done.
    pub steps: Vec<Words>,
}

const DOES_NOT_COMPILE: &str = "does-not-compile";

impl Report {
    /// Nothing has been examined yet.
    pub fn of(exercise: &'static Exercise) -> Self {
        Report { exercise, compiler: None, examined: Vec::new() }
    }

    /// There is nothing to examine but what the compiler says.
    pub fn does_not_compile(exercise: &'static Exercise, compiler: String) -> Self {
        Report { exercise, compiler: Some(compiler), examined: Vec::new() }
    }

    /// Whether everything that the exercise asks for was examined and found.
    pub fn passed(&self) -> bool {
        self.count() == self.exercise.table.len()
    }

    /// How many behaviours were found.
    pub fn count(&self) -> usize {
        self.examined.iter().filter(|examined| examined.fault.is_none()).count()
    }

    /// The name of the first cause that was recognised.
    pub fn first_cause(&self) -> Option<&'static str> {
        match self.compiler {
            Some(_) => Some(DOES_NOT_COMPILE),
            None => {
                self.examined.iter().find_map(|examined| examined.cause).map(|cause| cause.name)
            }
        }
    }

    /// For people.
    pub fn text(&self, lang: Lang) -> String {
        let (number, title) =
            (self.exercise.number, words::exercises::title(self.exercise.number).say(lang));
        let heading =
            Words::new(format!("Exercise {number}: {title}"), format!("练习 {number}：{title}"));
        let mut text = format!("{}\n\n", heading.say(lang));
        if let Some(compiler) = &self.compiler {
            let words = Words::fixed("it does not compile:", "编译没有通过：");
            let _ = writeln!(text, "{}\n\n{}", words.say(lang), compiler.trim_end());
            return text;
        }
        for examined in &self.examined {
            examined.tell(&mut text, self.exercise, lang);
        }
        let (count, all, reached) = (self.count(), self.exercise.table.len(), self.examined.len());
        let sum = if self.passed() {
            Words::new(format!("passed: all {all}"), format!("通过：全部 {all} 项"))
        } else if reached < all {
            Words::new(
                format!("{count} of {all} passed; {} were not examined", all - reached),
                format!("共 {all} 项，通过 {count} 项；{} 项没有检查", all - reached),
            )
        } else {
            Words::new(format!("{count} of {all} passed"), format!("共 {all} 项，通过 {count} 项"))
        };
        let _ = writeln!(text, "\n{}", sum.say(lang));
        text
    }

    /// For machines: `{"lesson", "passed", "behaviours": [{"name", "passed", "cause", "steps"}]}`.
    pub fn json(&self, lang: Lang) -> String {
        let behaviours: Vec<_> = self.behaviours(lang).map(|told| {
            json!({"name": told.name, "passed": told.passed, "cause": told.cause, "steps": told.steps})
        }).collect();
        let report = json!({
            "lesson": self.exercise.number,
            "passed": self.passed(),
            "behaviours": behaviours,
        });
        format!("{report}\n")
    }

    /// Every behaviour that the exercise asks for; those that were not reached have failed.
    fn behaviours(&self, lang: Lang) -> impl Iterator<Item = Told> {
        self.exercise.table.iter().enumerate().map(move |(at, behaviour)| {
            let examined = self.examined.get(at);
            let fault = examined.and_then(|examined| examined.fault.as_ref());
            let cause = examined.and_then(|examined| examined.cause);
            Told {
                name: behaviour.name,
                passed: examined.is_some() && fault.is_none(),
                cause: match examined {
                    Some(_) => cause.map(|cause| cause.name),
                    None => self.first_cause(),
                },
                steps: examined.map_or(Vec::new(), |examined| {
                    examined.steps.iter().map(|step| step.say(lang).to_string()).collect()
                }),
            }
        })
    }
}

/// A behaviour as a machine is told of it.
struct Told {
    name: &'static str,
    passed: bool,
    cause: Option<&'static str>,
    steps: Vec<String>,
}

impl Examined {
    fn tell(&self, text: &mut String, exercise: &Exercise, lang: Lang) {
        let sentence = words::exercises::behaviour(self.behaviour.name).sentence.say(lang);
        let Some(fault) = &self.fault else {
            let ok = Words::fixed("ok  ", "通过  ");
            let _ = writeln!(text, "  {}  {sentence}", ok.say(lang));
            return;
        };
        let failed = Words::fixed("FAIL", "未通过");
        let _ = writeln!(text, "  {}  {sentence}", failed.say(lang));
        for (number, step) in (1..).zip(&self.steps) {
            let _ = writeln!(text, "        {number}. {}", step.say(lang));
        }
        let _ = writeln!(text, "      ! {}", fault.words.say(lang));
        if let Some(difference) = &fault.difference {
            tell_difference(text, difference, lang);
        }
        let mut also = |heading: Words, words: &str| {
            let _ = writeln!(text, "      {}{words}", heading.say(lang));
        };
        if let Some(cause) = self.cause {
            also(Words::fixed("cause: ", "原因："), cause.words.say(lang));
        }
        also(
            Words::fixed("why it matters: ", "为什么重要："),
            words::exercises::behaviour(self.behaviour.name).why.say(lang),
        );
        also(Words::fixed("read: ", "阅读："), &words::exercises::reading(exercise, lang));
        text.push('\n');
    }
}

/// What had to be above what was, and a mark where the two part.
fn tell_difference(text: &mut String, difference: &Difference, lang: Lang) {
    let excerpt = difference.excerpt();
    let mark = format!("{}^", " ".repeat(excerpt.same.width()));
    let (expected, found) =
        (Words::fixed("expected", "应该是"), Words::fixed("found   ", "实际是"));
    let indent = " ".repeat(expected.say(lang).width());
    let _ = writeln!(text, "        {}  {}", expected.say(lang), excerpt.expected);
    let _ = writeln!(text, "        {}  {}", found.say(lang), excerpt.found);
    let _ = writeln!(text, "        {indent}  {mark}");
}
