//! Examining again whenever the file is saved.

use std::fs;
use std::sync::mpsc;
use std::time::Duration;

use coach::exercises::Exercise;
use coach::{Lang, Words};
use notify::{RecursiveMode, Watcher};

use super::{Outcome, check_exercise, print, workspace};

/// An editor may write a file in several goes, or write another and rename it: what counts is what
/// the file holds when nothing has happened for this long.
const QUIET: Duration = Duration::from_millis(100);

/// Examines the exercise now, and whenever its content has changed, until Ctrl-C.
pub fn watch(exercise: &'static Exercise, lang: Lang) -> Outcome {
    let file = workspace().join(exercise.file());
    let (tell, told) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event| _ = tell.send(event))?;
    // The folder and not the file: a rename puts another file in its place.
    watcher.watch(&file.with_file_name(""), RecursiveMode::NonRecursive)?;

    let mut examined = None;
    loop {
        // A file that is just being replaced is not there for a moment.
        if let Ok(content) = fs::read(&file)
            && examined.as_ref() != Some(&content)
        {
            examined = Some(content);
            check_exercise(exercise, lang)?;
            let words = Words::fixed(
                "\nwaiting for the file to be saved; Ctrl-C ends this\n\n",
                "\n等待保存文件；按 Ctrl-C 结束\n\n",
            );
            print(words.say(lang))?;
        }
        // Sleeps until something happens, and then until nothing does.
        told.recv()??;
        while let Ok(event) = told.recv_timeout(QUIET) {
            event?;
        }
    }
}
