//! One step further for a learner who is stuck.

use behaviours::Exercise;
use coach::examination;
use coach::report::{Detail, Report, Until};
use coach::screen::show;
use coach::words::exercises;
use stage::{Lang, Stage, Words};

use crate::{Outcome, check};

/// Says how to get the first behaviour that the exercise does not have yet.
pub fn hint(stage: &Stage, exercise: &'static Exercise, lang: Lang) -> Outcome {
    let program = match check::build(stage, exercise, lang)? {
        Ok(program) => program,
        Err(message) => {
            show(&Report::does_not_compile(exercise, message).text(lang, Detail::All, Until::End))?;
            return Ok(true);
        }
    };
    let said = match examination::first_fault(exercise, &program) {
        Some(examined) => {
            let words = exercises::behaviour(examined.behaviour);
            format!("{}\n  {}\n", words.sentence.say(lang), words.hint.say(lang))
        }
        None => {
            let (en, zh) = ("nothing is missing: it passes\n", "什么都不缺：已经通过\n");
            Words::fixed(en, zh).say(lang).to_owned()
        }
    };
    show(&said)?;
    Ok(true)
}
