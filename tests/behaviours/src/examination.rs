//! Examining one program by a table of behaviours.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use stage::{Deadline, Fault, Program};

use crate::behaviour::{Behaviour, On};

/// How many behaviours are examined at a time. Most of them only wait.
const AT_A_TIME: usize = 8;

/// The longest that one behaviour of a lesson is examined. It takes milliseconds; only a busy
/// machine, or a fault, needs more.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a behaviour is examined if its client is late each time.
const TIMES: usize = 5;

/// The behaviours of a table that a program does not show, each with what was wrong.
pub struct Failed(Vec<(&'static str, Fault)>);

/// Has a lesson show all behaviours of `table`.
///
/// # Errors
/// Those that it does not show.
pub fn examine(lesson: &str, table: &'static [Behaviour]) -> Result<(), Failed> {
    examine_within(PATIENCE, &Program::lesson(lesson), table)
}

/// Has a program show all behaviours of `table` that hold on this system, side by side.
///
/// # Errors
/// Those that it does not show within `patience`.
pub fn examine_within(
    patience: Duration,
    program: &Program,
    table: &'static [Behaviour],
) -> Result<(), Failed> {
    let holds =
        |behaviour: &&Behaviour| behaviour.on == On::EverySystem || cfg!(target_os = "linux");
    let examined: Vec<_> = table.iter().filter(holds).collect();
    for behaviour in table.iter().filter(|behaviour| !holds(behaviour)) {
        eprintln!("SKIPPED: {} was measured on Linux only", behaviour.name);
    }
    let failed = side_by_side(AT_A_TIME, &examined, |behaviour| {
        let examine = |_time| (behaviour.run)(&program.afresh(Deadline::after(patience))).err();
        let mut faults = (0..TIMES).map(examine);
        // A late client says nothing about the server.
        let fault = faults.find(|fault| !matches!(fault, Some(Fault::ClientWasLate)));
        fault.unwrap_or(Some(Fault::ClientWasLate)).map(|fault| (behaviour.name, fault))
    });
    let failed: Vec<_> = failed.into_iter().flatten().collect();
    if failed.is_empty() { Ok(()) } else { Err(Failed(failed)) }
}

/// What `work` makes of each of `items`, in their order; a few `at_a_time`.
///
/// # Panics
/// Where `work` does.
pub fn side_by_side<T: Sync, R: Send>(
    at_a_time: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _worker in 0..at_a_time {
            scope.spawn(|| {
                while let Some((number, item)) = take(items, &next) {
                    let result = work(item);
                    done.lock().expect("no worker panics with the lock").push((number, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no worker panics with the lock");
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

fn take<'i, T>(items: &'i [T], next: &AtomicUsize) -> Option<(usize, &'i T)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    Some((number, items.get(number)?))
}

/// As a failed test shows it.
impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, fault) in &self.0 {
            write!(f, "\n{name}\n  {fault:?}\n")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static EXAMINED: AtomicUsize = AtomicUsize::new(0);

    fn is_late_twice(_: &Program) -> stage::Verdict {
        match EXAMINED.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => Err(Fault::ClientWasLate),
            _ => Ok(()),
        }
    }

    fn is_always_late(_: &Program) -> stage::Verdict {
        Err(Fault::ClientWasLate)
    }

    static TWICE: &[Behaviour] = crate::behaviour::table! { EverySystem: is_late_twice; };
    static ALWAYS: &[Behaviour] = crate::behaviour::table! { EverySystem: is_always_late; };

    #[test]
    fn a_behaviour_whose_client_was_late_is_examined_again_but_not_endlessly() {
        assert!(examine("not started", TWICE).is_ok());
        assert_eq!(EXAMINED.load(Ordering::Relaxed), 3);
        assert!(examine("not started", ALWAYS).is_err());
    }
}
