//! Examining one program, one behaviour after the other.

use std::time::Duration;

use behaviours::{Behaviour, Exercise, Program};
use stage::fault::{Fault, Kind};
use stage::{Deadline, Words};

use crate::cause;
use crate::report::{Examined, Report};

/// The longest that one behaviour is examined.
const BEHAVIOUR: Duration = Duration::from_secs(5);
/// The longest that a behaviour is examined when an earlier one has been waited for in vain.
const AFTER_A_WAIT: Duration = Duration::from_millis(1500);
/// The longest that one program is examined.
const WHOLE: Duration = Duration::from_secs(20);

/// Examines `program`.
///
/// # Errors
/// Where the program can't be started at all, in words.
pub fn examine(exercise: &'static Exercise, program: &Program) -> Result<Report, Words> {
    let whole = Deadline::after(WHOLE);
    let mut patience = BEHAVIOUR;
    let mut report = Report::of(exercise);
    for behaviour in exercise.table {
        let examined = match whole.has_passed() {
            true => not_examined(behaviour),
            false => examine_one(behaviour, program, whole.or_after(patience)),
        };
        let kind = examined.fault.as_ref().map(|fault| fault.kind);
        if kind == Some(Kind::DoesNotStart) {
            return Err(examined.fault.map_or(Words::same(""), |fault| fault.words));
        }
        report.examined.push(examined);
        if kind.is_some_and(Kind::is_wait) {
            patience = AFTER_A_WAIT;
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

/// The first behaviour that `program` does not have, if there is one.
pub fn first_fault(exercise: &'static Exercise, program: &Program) -> Option<Examined> {
    let examined = exercise.table.iter();
    let mut examined =
        examined.map(|behaviour| examine_one(behaviour, program, Deadline::after(BEHAVIOUR)));
    examined.find(|examined| examined.fault.is_some())
}

/// Examines one behaviour of `program`.
pub fn examine_one(
    behaviour: &'static Behaviour,
    program: &Program,
    deadline: Deadline,
) -> Examined {
    let program = program.afresh(deadline);
    let fault = (behaviour.run)(&program).err();
    let cause = fault.as_ref().and_then(|fault| cause::recognise(behaviour, fault));
    Examined { behaviour, fault, cause, steps: program.steps.taken() }
}

fn not_examined(behaviour: &'static Behaviour) -> Examined {
    let fault = Fault::of(
        Kind::NotExamined,
        "not examined: the time for the whole check is over",
        "没有检查：整个检查的时间已经用完",
    );
    Examined { behaviour, fault: Some(fault), cause: None, steps: Vec::new() }
}
