//! Examining again whenever the file is saved.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use behaviours::Exercise;
use chrono::Local;
use coach::report::{Detail, Report};
use coach::screen::show;
use console::Term;
use stage::{Lang, Stage, Words, cargo};

use crate::Outcome;
use crate::check::Target;

/// How often the file is looked at. An editor may write a file in several goes, or write another
/// and rename it: what counts is what two looks in a row have found.
const LOOK: Duration = Duration::from_millis(300);

/// Examines the exercise now, and whenever its content has changed, until Ctrl-C.
pub fn watch(stage: &Stage, exercise: &'static Exercise, lang: Lang) -> Outcome {
    let file = cargo::workspace().join(exercise.file());
    let (mut examined, mut seen) = (None, fs::read(&file).ok());
    let mut before: Option<Report> = None;
    loop {
        if seen.is_some() && seen != examined {
            // Without a terminal, there is nothing to clear.
            Term::stdout().clear_screen()?;
            show(&format!("{}\n", Local::now().format("%H:%M:%S")))?;
            let target = Target::own(stage, exercise, lang)?;
            let report = target.examine_shown(lang, Detail::FirstFault)?;
            let changes = before.as_ref().map(|before| report.changes_since(before, lang));
            let words = Words::fixed(
                "\nwaiting for the file to be saved; Ctrl-C ends this\n",
                "\n等待保存文件；按 Ctrl-C 结束\n",
            );
            show(&(changes.unwrap_or_default() + words.say(lang)))?;
            (examined, before) = (seen, Some(report));
        }
        seen = saved(&file, examined.as_deref());
    }
}

/// What the file holds, once it is something new that two looks in a row have found.
fn saved(file: &Path, examined: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut last = None;
    loop {
        // A file that is just being replaced is not there for a moment.
        let now = fs::read(file).ok();
        if now.is_some() && now == last && now.as_deref() != examined {
            return now;
        }
        last = now;
        thread::sleep(LOOK);
    }
}
