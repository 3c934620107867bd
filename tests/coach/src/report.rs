//! The verdict, for people and for machines.

use std::fmt::Write;

use behaviours::{Behaviour, EXERCISES, Exercise};
use console::{StyledObject, style};
use serde_json::json;
use stage::act::Step;
use stage::difference::Difference;
use stage::fault::Fault;
use stage::{Lang, Words};
use unicode_width::UnicodeWidthStr;

use crate::cause::DOES_NOT_COMPILE;
use crate::words::{causes, exercises};

/// What came of examining one program.
pub struct Report {
    exercise: &'static Exercise,
    /// The words that start the program, where it is not the learner's exercise.
    command: Vec<String>,
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
    /// The name of the mistake that caused it, if the coach recognised it.
    pub cause: Option<&'static str>,
    /// What the examiner has done.
    pub steps: Vec<Step>,
}

/// How much of a report is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The first behaviour that fails, whole; a line for each other one.
    FirstFault,
    /// Every behaviour that fails, whole.
    All,
}

/// How much of an examination a report tells of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// What has been examined so far.
    Now,
    /// All of it.
    End,
}

impl Report {
    /// Nothing has been examined yet.
    pub fn of(exercise: &'static Exercise) -> Self {
        Report { exercise, command: Vec::new(), compiler: None, examined: Vec::new() }
    }

    /// There is nothing to examine but what the compiler says.
    pub fn does_not_compile(exercise: &'static Exercise, compiler: String) -> Self {
        Report { compiler: Some(compiler), ..Report::of(exercise) }
    }

    /// The same report, of a program that is started by these words.
    pub fn of_command(self, command: Vec<String>) -> Self {
        Report { command, ..self }
    }

    /// Whether everything that the exercise asks for was examined and found.
    pub fn passed(&self) -> bool {
        self.count() == self.exercise.table.len()
    }

    /// All that the exercise asks for.
    pub fn behaviours(&self) -> &'static [Behaviour] {
        self.exercise.table
    }

    /// Whether a behaviour was examined and found.
    pub fn has(&self, behaviour: &Behaviour) -> bool {
        let mut examined = self.examined.iter();
        examined.any(|one| one.behaviour.name == behaviour.name && one.fault.is_none())
    }

    /// Which behaviours pass now that failed `before`, and the other way round.
    pub fn changes_since(&self, before: &Report, lang: Lang) -> String {
        let mut lines = String::new();
        for behaviour in self.behaviours() {
            let change = match (before.has(behaviour), self.has(behaviour)) {
                (false, true) => Words::fixed("  now passing: ", "  现在通过："),
                (true, false) => Words::fixed("  no longer passing: ", "  不再通过："),
                _ => continue,
            };
            let sentence = exercises::behaviour(behaviour).sentence;
            lines += &format!("{}{}\n", change.say(lang), sentence.say(lang));
        }
        let heading = match lines.is_empty() {
            true => Words::fixed(
                "\nsince the last save: nothing changed\n",
                "\n和上次保存相比：没有变化\n",
            ),
            false => Words::fixed("\nsince the last save:\n", "\n和上次保存相比：\n"),
        };
        heading.say(lang).to_owned() + &lines
    }

    /// How many behaviours were found.
    pub fn count(&self) -> usize {
        self.examined.iter().filter(|examined| examined.fault.is_none()).count()
    }

    /// The name of the first cause that was recognised.
    pub fn first_cause(&self) -> Option<&'static str> {
        match self.compiler {
            Some(_) => Some(DOES_NOT_COMPILE),
            None => self.examined.iter().find_map(|examined| examined.cause),
        }
    }

    /// What is wrong first, in a line: what the compiler says, or the first fault.
    pub fn first_fault(&self) -> Option<Words> {
        let Some(compiler) = &self.compiler else {
            return self.examined.iter().find_map(|one| one.fault.as_ref()).map(Fault::words);
        };
        let error = compiler.lines().find(|line| line.starts_with("error"));
        Some(Words::same(error.or(compiler.lines().next()).unwrap_or_default()))
    }

    /// For people: of each behaviour a line, and of the first that fails everything. What is said
    /// until now is the beginning of what is said at the end.
    pub fn text(&self, lang: Lang, detail: Detail, until: Until) -> String {
        let (number, title) = (self.exercise.number, exercises::title(self.exercise));
        let side = match self.exercise.is_client {
            true => Words::fixed("(your program is the client)", "（你的程序是客户端）"),
            false => Words::fixed("(your program is the server)", "（你的程序是服务器）"),
        };
        let mut text = match lang {
            Lang::En => format!("Exercise {number}: {} {}\n", title.say(lang), side.say(lang)),
            Lang::ZhCn => format!("练习 {number}：{}{}\n", title.say(lang), side.say(lang)),
        };
        let first = self.examined.iter().find(|examined| examined.fault.is_some());
        for examined in &self.examined {
            match first {
                Some(first) if detail == Detail::FirstFault && !std::ptr::eq(first, examined) => {
                    examined.tell_in_one_line(&mut text, Some(first), lang);
                }
                _ => examined.tell(&mut text, self, lang),
            }
            if detail == Detail::All && examined.fault.is_some() {
                text.push('\n');
            }
        }
        if until == Until::End {
            text += &self.ending(lang, detail);
        }
        text
    }

    /// What is said when all is examined.
    fn ending(&self, lang: Lang, detail: Detail) -> String {
        if let Some(compiler) = &self.compiler {
            let words = Words::fixed("it does not compile:", "编译没有通过：");
            return format!("\n{}\n\n{}\n", words.say(lang), compiler.trim_end());
        }
        let next = if self.passed() { self.next(lang) } else { String::new() };
        self.sum(lang, detail) + "\n" + &next
    }

    /// What comes next when the exercise has passed.
    fn next(&self, lang: Lang) -> String {
        let at = EXERCISES.iter().position(|known| known.number == self.exercise.number);
        match (at.and_then(|at| EXERCISES.get(at + 1)), lang) {
            (Some(next), _) => {
                let (reading, number) = (exercises::reading(next, lang), next.number);
                let then = Words::fixed("next: ", "下一步：");
                format!("{}{reading}; cargo coach check {number}\n", then.say(lang))
            }
            (None, Lang::En) => {
                "that was the last exercise; cargo coach check checks them all\n".into()
            }
            (None, Lang::ZhCn) => "这是最后一个练习；cargo coach check 检查全部练习\n".into(),
        }
    }

    fn sum(&self, lang: Lang, detail: Detail) -> String {
        let (count, all) = (self.count(), self.exercise.table.len());
        if self.passed() {
            return match lang {
                Lang::En => format!("passed: all {all}"),
                Lang::ZhCn => format!("通过：全部 {all} 项"),
            };
        }
        let failing = self.examined.len() - count;
        let step = self.step(lang);
        let mut sum = match lang {
            Lang::En => format!("{step}passing: {count}; failing: {failing}"),
            Lang::ZhCn => format!("{step}通过 {count} 项，未通过 {failing} 项"),
        };
        match (all - self.examined.len(), lang) {
            (0, _) => {}
            (left, Lang::En) => sum += &format!("; not checked: {left}"),
            (left, Lang::ZhCn) => sum += &format!("，没有检查 {left} 项"),
        }
        if failing > 1 && detail == Detail::FirstFault {
            let all = Words::fixed(" (--all shows each of them whole)", "（--all 逐项详细显示）");
            sum += all.say(lang);
        }
        sum
    }

    /// The step that has not passed yet, of an exercise that has steps.
    fn step(&self, lang: Lang) -> String {
        let passing = self.examined.iter().take_while(|examined| examined.fault.is_none()).count();
        let steps = self.exercise.steps;
        let ends_later = |number: &usize| steps[..*number].iter().sum::<usize>() > passing;
        let Some(number) = (1..=steps.len()).find(ends_later) else { return String::new() };
        let (all, title) = (steps.len(), exercises::step(self.exercise, number));
        match lang {
            Lang::En => format!("step {number} of {all} ({}); ", title.say(lang)),
            Lang::ZhCn => format!("第 {number} 步，共 {all} 步（{}）：", title.say(lang)),
        }
    }

    /// For machines: `{"lesson", "passed", "behaviours": [{"name", "passed", "cause", "steps"}]}`.
    /// Behaviours that were not reached have failed, with the first cause that was found.
    pub fn json(&self, lang: Lang) -> String {
        let tell = |(at, behaviour): (usize, &Behaviour)| {
            let examined = self.examined.get(at);
            let steps = examined.map_or(&[][..], |examined| &examined.steps);
            let steps: Vec<_> = steps.iter().map(|step| step.say(lang)).collect();
            json!({
                "name": behaviour.name,
                "passed": examined.is_some_and(|examined| examined.fault.is_none()),
                "cause": examined.map_or_else(|| self.first_cause(), |examined| examined.cause),
                "steps": steps,
            })
        };
        let behaviours: Vec<_> = self.exercise.table.iter().enumerate().map(tell).collect();
        let report = json!({
            "lesson": self.exercise.number,
            "passed": self.passed(),
            "behaviours": behaviours,
        });
        format!("{report}\n")
    }
}

impl Examined {
    fn mark(&self, lang: Lang) -> StyledObject<&'static str> {
        match (&self.fault, lang) {
            (None, Lang::En) => style("ok  ").green(),
            (None, Lang::ZhCn) => style("通过  ").green(),
            (Some(_), Lang::En) => style("FAIL").red().bold(),
            (Some(_), Lang::ZhCn) => style("未通过").red().bold(),
        }
    }

    fn tell_in_one_line(&self, text: &mut String, first: Option<&Examined>, lang: Lang) {
        let sentence = exercises::behaviour(self.behaviour).sentence;
        let is_same = self.cause.is_some() && first.is_some_and(|first| first.cause == self.cause);
        let same = Words::fixed(" (same cause)", "（同样的原因）");
        let same = if is_same { same.say(lang) } else { "" };
        let _ = writeln!(text, "  {}  {}{same}", self.mark(lang), sentence.say(lang));
    }

    fn tell(&self, text: &mut String, report: &Report, lang: Lang) {
        self.tell_in_one_line(text, None, lang);
        let Some(fault) = &self.fault else { return };
        for (number, step) in (1..).zip(&self.steps) {
            let _ = writeln!(text, "        {number}. {}", step.say(lang));
        }
        let _ = writeln!(text, "      {}", style(format!("! {}", fault.say(lang))).red());
        if let Some(difference) = fault.difference() {
            tell_difference(text, &difference, lang);
        }
        let mut also = |heading: Words, words: &str| {
            let _ = writeln!(text, "      {}{words}", style(heading.say(lang)).bold());
        };
        let cause = self.cause.and_then(causes::cause);
        if let Some(cause) = &cause {
            also(Words::fixed("cause: ", "原因："), cause.mistake.say(lang));
        }
        let why = cause.map_or_else(|| exercises::behaviour(self.behaviour).why, |cause| cause.why);
        also(Words::fixed("why it matters: ", "为什么重要："), why.say(lang));
        also(Words::fixed("read: ", "参见："), &exercises::reading(report.exercise, lang));
        if let Some(command) = exercises::see_it(report.exercise, self.behaviour, &report.command) {
            also(Words::fixed("see it (on Linux): ", "看图（Linux）："), &command);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A report of exercise 01, of which these behaviours fail.
    fn failing(numbers: &[usize]) -> Report {
        let mut report = Report::of(&EXERCISES[0]);
        for (number, behaviour) in report.behaviours().iter().enumerate() {
            let fault = numbers.contains(&number).then_some(Fault::DidNotEnd);
            report.examined.push(Examined { behaviour, fault, cause: None, steps: Vec::new() });
        }
        report
    }

    #[test]
    fn a_report_tells_its_changes_since_the_last_save() {
        let (before, now) = (failing(&[0, 1]), failing(&[1, 2]));
        let same = before.changes_since(&before, Lang::En);
        assert_eq!(same, "\nsince the last save: nothing changed\n");
        let changes = now.changes_since(&before, Lang::En);
        let sentence = |at: usize| exercises::behaviour(&now.behaviours()[at]).sentence;
        let (passes, fails) = (sentence(0), sentence(2));
        let lines = [
            format!("  now passing: {}\n", passes.say(Lang::En)),
            format!("  no longer passing: {}\n", fails.say(Lang::En)),
        ];
        assert_eq!(changes, format!("\nsince the last save:\n{}", lines.concat()));
    }
}
