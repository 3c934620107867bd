//! Each exercise fails as it is handed out, and each solution passes. What a learner has typed in the
//! meantime plays no part.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::time::Duration;

use behaviours::{EXERCISES, Exercise, examine_within, side_by_side};
use coach::answers::{self, Libraries};
use stage::{Fault, Lang, Program, Stage, Verdict, Words, cargo};

/// One that waits for what never comes need not be waited for long.
const UNTOUCHED: Duration = Duration::from_secs(1);
/// It takes a second; only a busy machine needs more.
const SOLVED: Duration = Duration::from_secs(60);

fn in_english(words: Words) -> Fault {
    Fault::new(words.say(Lang::En))
}

fn build(
    libraries: &Libraries,
    exercise: &Exercise,
    file: &str,
    name: &str,
) -> Result<Program, Fault> {
    let source: PathBuf = cargo::workspace().join(file);
    let name = format!("{name}-{}{EXE_SUFFIX}", exercise.number);
    let program = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    let compiled = answers::compile(&Stage::new(), &source, program.as_ref(), libraries);
    compiled.map_err(in_english)?.map_err(Fault::new)?;
    Ok(Program::command(&Stage::of_our_group(), vec![program, "{address}".into()]))
}

fn proven(libraries: &Libraries, exercise: &Exercise) -> Verdict {
    let pristine = format!("tests/coach/exercises/exercise-{}.rs", exercise.number);
    let untouched = build(libraries, exercise, &pristine, "untouched")?;
    let solution = build(libraries, exercise, &exercise.solution(), "solution")?;
    examine_within(SOLVED, &solution, exercise.table)
        .map_err(|failed| Fault::new(format!("the solution fails: {failed:?}")))?;
    match examine_within(UNTOUCHED, &untouched, exercise.table) {
        Ok(()) => Err(Fault::new("it passes, although nothing is done in it")),
        Err(_) => Ok(()),
    }
}

#[test]
fn untouched_exercises_fail_and_solutions_pass() -> Verdict {
    let libraries = answers::libraries().map_err(in_english)?;
    let verdicts = side_by_side(5, &EXERCISES, |exercise| proven(&libraries, exercise));
    for (exercise, verdict) in EXERCISES.iter().zip(verdicts) {
        verdict.map_err(|fault| Fault::new(format!("{}: {fault:?}", exercise.number)))?;
    }
    Ok(())
}
