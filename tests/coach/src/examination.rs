//! Examining one program, one behaviour after the other.
//!
//! What never came is the program's fault only where the machine had time for it. Where it may not
//! have had, the behaviour is examined once more, alone.

use std::time::Duration;

use behaviours::{Behaviour, Exercise, Program};
use stage::{Activity, Deadline, Fault, Seen, Watch, Words, stalls};

use crate::cause;
use crate::report::{Examined, Report};
use crate::turns::{alone, beside_others};

/// The longest that one behaviour is examined.
const BEHAVIOUR_TIMEOUT: Duration = Duration::from_secs(5);
/// The same if the program has not shown an earlier behaviour in time.
const TIMEOUT_AFTER_TIMEOUT: Duration = Duration::from_millis(1500);
/// How many times as long a behaviour is examined alone, since the machine may be slow.
const LONGER_ALONE: u32 = 3;
/// After this time no other behaviour is examined if the program has not shown one in time. A check then
/// takes at most 10 s, if none is examined alone.
const PROGRAM_TIMEOUT: Duration = Duration::from_secs(8);
/// How often a behaviour is examined alone if the machine has no time for it; each time twice as long.
const TIMES_ALONE: usize = 3;

/// Examines `program` by all that `report` has to tell of. Calls `progress` after each behaviour.
///
/// # Errors
/// Where the program can't be started at all, in words.
pub fn examine(
    mut report: Report,
    program: &Program,
    mut progress: impl FnMut(&Report),
) -> Result<Report, Words> {
    let whole = Deadline::after(PROGRAM_TIMEOUT);
    let mut timeout = BEHAVIOUR_TIMEOUT;
    for behaviour in report.behaviours() {
        let has_waited = timeout != BEHAVIOUR_TIMEOUT;
        let examined = match has_waited && whole.has_passed() {
            true => not_examined(behaviour),
            false => examine_one(behaviour, program, timeout),
        };
        match &examined.fault {
            Some(fault @ Fault::DoesNotStart { .. }) => return Err(fault.words()),
            Some(fault) if fault.is_wait() => timeout = TIMEOUT_AFTER_TIMEOUT,
            _ => {}
        }
        // A program that does not listen the first time will not listen the next time, and one that
        // prints or grows without end will do so again.
        let is_hopeless = match &examined.fault {
            Some(Fault::Flooded | Fault::TooMuchMemory) => true,
            Some(Fault::NeverListened(_) | Fault::ListensElsewhere(_)) => {
                report.examined.is_empty()
            }
            _ => false,
        };
        report.examined.push(examined);
        progress(&report);
        if is_hopeless {
            break;
        }
    }
    Ok(report)
}

/// The first behaviour that `program` does not have, if there is one.
pub fn first_fault(exercise: &'static Exercise, program: &Program) -> Option<Examined> {
    let examined = exercise.table.iter();
    let mut examined = examined.map(|behaviour| examine_one(behaviour, program, BEHAVIOUR_TIMEOUT));
    examined.find(|examined| examined.fault.is_some())
}

/// Examines one behaviour of `program` for `timeout`, and for longer where the machine was slow.
pub fn examine_one(
    behaviour: &'static Behaviour,
    program: &Program,
    timeout: Duration,
) -> Examined {
    let first = beside_others(|| attempt(behaviour, program, timeout));
    if !first.is_doubtful() {
        return first.examined;
    }
    alone(|| {
        let mut timeout = timeout * LONGER_ALONE;
        let mut last = attempt(behaviour, program, timeout);
        for _time in 1..TIMES_ALONE {
            if last.is_doubtful() && last.was_held_up {
                timeout *= 2;
                last = attempt(behaviour, program, timeout);
            }
        }
        last.examined
    })
}

/// One examination of one behaviour.
struct Attempt {
    examined: Examined,
    /// Whether the program was asleep, or in a loop, when the deadline passed.
    is_its_own_doing: bool,
    /// Whether the machine stood still in the meantime, or had no core for the program.
    was_held_up: bool,
}

impl Attempt {
    /// Whether more time might have helped.
    fn is_doubtful(&self) -> bool {
        self.examined.fault.as_ref().is_some_and(Fault::is_wait)
            && (self.was_held_up || !self.is_its_own_doing)
    }
}

fn attempt(behaviour: &'static Behaviour, program: &Program, timeout: Duration) -> Attempt {
    let before = stalls();
    let program = program.afresh(Deadline::after(timeout));
    let watch = Watch::start(&program.stage, program.deadline);
    let fault = (behaviour.run)(&program).err();
    let Seen { activity, was_delayed } = watch.end();
    let fault = program.stage.takes_overuse().then_some(Fault::TooMuchMemory).or(fault);
    let cause = fault.as_ref().and_then(|fault| cause::recognise(behaviour, fault, activity));
    let had_no_time = was_delayed && matches!(activity, Activity::Works | Activity::Unknown);
    Attempt {
        examined: Examined { behaviour, fault, cause, steps: program.steps.taken() },
        is_its_own_doing: matches!(activity, Activity::Waits | Activity::Loops),
        was_held_up: had_no_time || stalls() != before,
    }
}

fn not_examined(behaviour: &'static Behaviour) -> Examined {
    Examined { behaviour, fault: Some(Fault::NotExamined), cause: None, steps: Vec::new() }
}
