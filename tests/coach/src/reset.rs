//! A fresh start for an exercise.

use std::fs;
use std::path::{Path, PathBuf};

use behaviours::Exercise;
use stage::{Lang, Words, cargo, print};

use crate::Outcome;

/// Restores the exercise as it was, and keeps the learner's file beside it.
pub fn reset(exercise: &'static Exercise, lang: Lang) -> Outcome {
    let file = cargo::workspace().join(exercise.file());
    let pristine = format!("tests/coach/exercises/exercise-{}.rs", exercise.number);
    let pristine = fs::read(cargo::workspace().join(pristine))?;
    if fs::read(&file).is_ok_and(|content| content == pristine) {
        let (en, zh) = ("it is as it was: nothing to restore\n", "练习就是原样，不需要恢复\n");
        print(Words::fixed(en, zh).say(lang))?;
        return Ok(true);
    }
    if file.exists() {
        let kept = free_name(&file);
        fs::copy(&file, &kept)?;
        let name = kept.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let words =
            Words::new(format!("your file is kept as {name}"), format!("你的文件另存为 {name}"));
        print(&format!("{}\n", words.say(lang)))?;
    }
    fs::write(file, pristine)?;
    Ok(true)
}

/// `main.rs.1`, or the next number that is free.
fn free_name(file: &Path) -> PathBuf {
    let mut names = (1..).map(|number| file.with_extension(format!("rs.{number}")));
    names.find(|name| !name.exists()).unwrap_or_else(|| file.with_extension("rs.kept"))
}
