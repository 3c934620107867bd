//! Examining again whenever the file is saved.

use std::fs;
use std::thread;
use std::time::Duration;

use behaviours::Exercise;
use coach::report::Detail;
use stage::{Lang, Stage, Words, cargo, print};

use crate::{Outcome, check};

/// How often the file is looked at. An editor may write a file in several goes, or write another
/// and rename it: what counts is what two looks in a row have found.
const LOOK: Duration = Duration::from_millis(300);

/// Examines the exercise now, and whenever its content has changed, until Ctrl-C.
pub fn watch(stage: &Stage, exercise: &'static Exercise, lang: Lang) -> Outcome {
    let file = cargo::workspace().join(exercise.file());
    let (mut examined, mut seen) = (None, fs::read(&file).ok());
    loop {
        if seen.is_some() && seen != examined {
            let report = check::exercise(stage, exercise)?;
            let words = Words::fixed(
                "\nwaiting for the file to be saved; Ctrl-C ends this\n\n",
                "\n等待保存文件；按 Ctrl-C 结束\n\n",
            );
            print(&(report.text(lang, Detail::FirstFault) + words.say(lang)))?;
            examined = seen;
        }
        seen = saved(&file, examined.as_deref());
    }
}

/// What the file holds, once it is something new that two looks in a row have found.
fn saved(file: &std::path::Path, examined: Option<&[u8]>) -> Option<Vec<u8>> {
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
