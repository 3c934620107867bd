//! What helps a learner who is stuck: hints, the solution, and a fresh start.

use std::fs;
use std::io::{self, BufRead};
use std::path::Path;

use coach::exercises::Exercise;
use coach::{Lang, Words};

use super::progress::Progress;
use super::{Outcome, print, workspace};

/// Gives one more hint each time.
pub fn hint(exercise: &'static Exercise, lang: Lang) -> Outcome {
    let given = Progress::load().one_more_hint(exercise)?;
    for (number, behaviour) in (1..=given).zip(exercise.behaviours) {
        print(&format!(
            "{number}. {}\n   {}\n",
            behaviour.sentence.say(lang),
            behaviour.hint.say(lang)
        ))?;
    }
    if given > exercise.behaviours.len() {
        let (en, zh) = ("that is all; the rest is in", "提示已经全部给出；其余的请看");
        print(&format!("{} {}\n", Words::fixed(en, zh).say(lang), exercise.reading(lang)))?;
    }
    Ok(true)
}

/// Shows the solution; asks first, if the exercise has not passed as it is.
pub fn solution(exercise: &'static Exercise, lang: Lang) -> Outcome {
    if Progress::load().passed(exercise) != Some(true) {
        let (en, zh) = (
            "the exercise has not passed yet. Show its solution all the same? [y/N] ",
            "练习还没有通过。仍然要看答案吗？[y/N] ",
        );
        print(Words::fixed(en, zh).say(lang))?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes" | "是") {
            return Ok(false);
        }
    }
    print(&fs::read_to_string(workspace().join(exercise.solution()))?)?;
    Ok(true)
}

/// Restores the exercise as it was, and keeps the learner's file beside it.
pub fn reset(exercise: &'static Exercise, lang: Lang) -> Outcome {
    let file = workspace().join(exercise.file());
    let pristine = workspace().join(format!("tests/exercises/exercise-{}.rs", exercise.number));
    let pristine = fs::read(pristine)?;
    if fs::read(&file).is_ok_and(|content| content == pristine) {
        let (en, zh) = ("it is as it was: nothing to restore\n", "练习就是原样，不需要恢复\n");
        print(Words::fixed(en, zh).say(lang))?;
        return Ok(true);
    }
    if file.exists() {
        let kept = free_name(&file);
        fs::hard_link(&file, &kept).or_else(|_| fs::copy(&file, &kept).map(drop))?;
        let name = kept.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let words =
            Words::new(format!("your file is kept as {name}"), format!("你的文件另存为 {name}"));
        print(&format!("{}\n", words.say(lang)))?;
    }
    // Put in its place whole, so that the learner's file is never half overwritten.
    let part = file.with_extension("rs.part");
    fs::write(&part, pristine)?;
    fs::rename(part, file)?;
    Ok(true)
}

/// `exercise-02.rs.1`, or the next number that is free.
fn free_name(file: &Path) -> std::path::PathBuf {
    (1..)
        .map(|number| file.with_extension(format!("rs.{number}")))
        .find(|name| !name.exists())
        .unwrap_or_else(|| file.with_extension("rs.kept"))
}
