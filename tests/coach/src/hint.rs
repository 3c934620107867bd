//! One step further for a learner who is stuck.

use behaviours::Exercise;
use coach::words::exercises;
use stage::{Lang, Stage, Words, print};

use crate::{Outcome, check};

/// Says how to get the first behaviour that the exercise does not have yet.
pub fn hint(stage: &Stage, exercise: &'static Exercise, lang: Lang) -> Outcome {
    let report = check::exercise(stage, exercise)?;
    let Some(examined) = report.first_fault() else {
        print(&if report.passed() {
            let (en, zh) = ("nothing is missing: it passes\n", "什么都不缺：已经通过\n");
            Words::fixed(en, zh).say(lang).to_owned()
        } else {
            report.text(lang)
        })?;
        return Ok(true);
    };
    let words = exercises::behaviour(examined.behaviour.name);
    let (sentence, hint) = (words.sentence.say(lang), words.hint.say(lang));
    print(&format!("{sentence}\n  {hint}\n"))?;
    Ok(true)
}
