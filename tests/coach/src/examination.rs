//! Examining one program, one behaviour after the other.

use std::time::Duration;

use behaviours::{Behaviour, Exercise, Program};
use stage::{Deadline, Fault, Words};

use crate::cause;
use crate::report::{Examined, Report};

/// The longest that one behaviour is examined.
const BEHAVIOUR: Duration = Duration::from_secs(5);
/// The longest that a behaviour is examined when an earlier one has been waited for in vain.
const TIMEOUT_AFTER_TIMEOUT: Duration = Duration::from_millis(1500);
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
        match &examined.fault {
            Some(fault @ Fault::DoesNotStart { .. }) => return Err(fault.words()),
            Some(fault) if fault.is_wait() => patience = TIMEOUT_AFTER_TIMEOUT,
            _ => {}
        }
        // Who does not listen the first time will not listen the next time, and who prints or grows
        // without end will do so again.
        let is_hopeless = match &examined.fault {
            Some(Fault::Flooded | Fault::TooMuchMemory) => true,
            Some(Fault::NeverListened(_) | Fault::ListensElsewhere(_)) => {
                report.examined.is_empty()
            }
            _ => false,
        };
        report.examined.push(examined);
        if is_hopeless {
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
    let fault = program.stage.takes_overuse().then_some(Fault::TooMuchMemory).or(fault);
    let cause = fault.as_ref().and_then(|fault| cause::recognise(behaviour, fault));
    Examined { behaviour, fault, cause, steps: program.steps.taken() }
}

fn not_examined(behaviour: &'static Behaviour) -> Examined {
    Examined { behaviour, fault: Some(Fault::NotExamined), cause: None, steps: Vec::new() }
}
