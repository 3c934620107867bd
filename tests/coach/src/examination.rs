//! Examining one program, one behaviour after the other.

use std::time::{Duration, Instant};

use crate::cause;
use crate::report::{Examined, Report};
use behaviours::exercises::{Behaviour, Exercise};
use stage::fault::{Fault, Kind};
use stage::{Program, Words, deadline};

/// The longest that one behaviour is examined.
pub const BEHAVIOUR: Duration = Duration::from_secs(5);
/// The longest that a behaviour is examined when an earlier one has been waited for in vain.
const AFTER_A_WAIT: Duration = Duration::from_millis(1500);
/// The longest that one program is examined.
pub const WHOLE: Duration = Duration::from_secs(20);

/// Examines `program`, and spends no more than `patience` on one behaviour.
///
/// # Errors
/// Where the program can't be started at all, in words.
pub fn examine(
    exercise: &'static Exercise,
    program: &Program,
    patience: Duration,
) -> Result<Report, Words> {
    let start = Instant::now();
    let mut patience = patience;
    let mut report = Report::of(exercise);
    for behaviour in exercise.behaviours {
        let left = WHOLE.saturating_sub(start.elapsed());
        let examined = examine_one(behaviour, program, patience.min(left));
        let kind = examined.fault.as_ref().map(|fault| fault.kind);
        if kind == Some(Kind::DoesNotStart) {
            return Err(examined.fault.map_or(Words::same(""), |fault| fault.words));
        }
        report.examined.push(examined);
        if kind.is_some_and(Kind::is_wait) {
            patience = patience.min(AFTER_A_WAIT);
        }
        // Who does not listen the first time will not listen the next time, and who prints without
        // end will print without end.
        if kind == Some(Kind::Flooded)
            || kind == Some(Kind::NeverListened) && report.examined.len() == 1
        {
            break;
        }
    }
    Ok(report)
}

/// Examines one behaviour of `program`, for `patience` at the longest.
pub fn examine_one(
    behaviour: &'static Behaviour,
    program: &Program,
    patience: Duration,
) -> Examined {
    let program = program.afresh();
    let verdict = if patience.is_zero() {
        Err(Fault::of(
            Kind::NotExamined,
            "not examined: the time for the whole check is over",
            "没有检查：整个检查的时间已经用完",
        ))
    } else {
        deadline::set(patience);
        (behaviour.run)(&program)
    };
    let fault = verdict.err();
    let cause = fault.as_ref().and_then(|fault| cause::recognise(behaviour, fault));
    Examined { behaviour, fault, cause, steps: program.steps() }
}
