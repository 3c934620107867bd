//! One step further for a learner who is stuck.

use behaviours::exercises::Exercise;
use stage::{Lang, Words, print};

use crate::check;
use crate::cli::Outcome;

/// Says how to get the first behaviour that the exercise does not have yet.
pub fn hint(exercise: &'static Exercise, lang: Lang) -> Outcome {
    let report = check::examine(exercise, &check::Examinee::Exercise)?;
    let Some(examined) = report.first_fault() else {
        print(&if report.passed() {
            let (en, zh) = ("nothing is missing: it passes\n", "什么都不缺：已经通过\n");
            Words::fixed(en, zh).say(lang).to_owned()
        } else {
            report.text(lang)
        })?;
        return Ok(true);
    };
    let (sentence, hint) =
        (examined.behaviour.sentence.say(lang), examined.behaviour.hint.say(lang));
    print(&format!("{sentence}\n  {hint}\n"))?;
    Ok(true)
}
