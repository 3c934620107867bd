//! What a program does while it is waited for, and whether its examiner was held up itself.
//!
//! A deadline that passes says one of three things: the program waits for something that never comes,
//! it computes without end, or the machine had no time for it. The first two are its own doing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::kernel::{self, ThreadTime};
use crate::stage::Stage;

/// What the programs of an examination did when its deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// They were asleep: only what never came would have woken them.
    Waits,
    /// A thread had computed for long and for much of its life, and did not sleep any more.
    Loops,
    /// A thread had computed for long, and computed still; on a busy machine that may have been its start.
    Computes,
    /// One was at work, and had not had much time for it.
    Works,
    /// Too little was seen of it, or nothing (on all systems but Linux).
    Unknown,
}

/// What was seen of the programs of an examination.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// What they did in the end.
    pub activity: Activity,
    /// Whether one of them could have computed for a good part of its life, and no core was free.
    pub was_delayed: bool,
}

/// A thread that has computed for so long, and for such a part of its program's life, is in a loop if
/// it does not sleep either. To start takes an interpreter less.
const LONG: Duration = Duration::from_secs(1);
const PART: f64 = 0.25;

/// How long a program has to be asleep before the deadline, and how often it is looked at.
const LAST: Duration = Duration::from_millis(300);
const LOOK: Duration = Duration::from_millis(50);

/// The most that a thread computes in that time which only wakes up now and then (as Java's do).
const NOTHING: Duration = Duration::from_millis(5);

/// One look at programs: the age of each, and what its threads have done.
struct Look {
    are_asleep: bool,
    programs: Vec<(Duration, BTreeMap<PathBuf, ThreadTime>)>,
}

/// Looks at the programs of one examination shortly before its deadline. After the deadline their
/// connections are closed, and they wake up.
pub struct Watch {
    done: mpsc::Sender<()>,
    looking: JoinHandle<Vec<Look>>,
}

impl Watch {
    /// Begins to watch the programs of `stage`.
    pub fn start(stage: &Stage, deadline: Deadline) -> Self {
        let (stage, (done, is_done)) = (stage.clone(), mpsc::channel());
        let looking = thread::spawn(move || {
            let mut looks = Vec::new();
            let mut pause = deadline.left().saturating_sub(LAST);
            // An examination that is done drops its end of the channel.
            while is_done.recv_timeout(pause) == Err(mpsc::RecvTimeoutError::Timeout)
                && !deadline.has_passed()
            {
                looks.extend(Look::at(&stage));
                pause = LOOK;
            }
            looks
        });
        Watch { done, looking }
    }

    /// Ends the watch, and says what was seen.
    pub fn end(self) -> Seen {
        drop(self.done);
        Seen::in_looks(&self.looking.join().unwrap_or_default())
    }
}

impl Seen {
    fn in_looks(looks: &[Look]) -> Self {
        let has_threads =
            |look: &Look| look.programs.iter().any(|(_, threads)| !threads.is_empty());
        match looks {
            [first, _, .., last] if has_threads(last) => Seen {
                activity: last.activity(first, looks.iter().all(|look| look.are_asleep)),
                was_delayed: last.was_delayed(),
            },
            // The thread came too late, the next program was not there yet, or the system shows nothing.
            _ => Seen { activity: Activity::Unknown, was_delayed: cfg!(target_os = "linux") },
        }
    }
}

impl Look {
    fn at(stage: &Stage) -> Option<Self> {
        let (mut are_asleep, mut programs) = (true, Vec::new());
        for (id, started) in stage.processes() {
            are_asleep &= kernel::is_asleep(id).ok()?;
            programs.push((started.elapsed(), kernel::thread_times(id).ok()?));
        }
        cfg!(target_os = "linux").then_some(Look { are_asleep, programs })
    }

    /// What the programs did since the look `first`.
    fn activity(&self, first: &Look, were_asleep: bool) -> Activity {
        let before: BTreeMap<_, _> =
            first.programs.iter().flat_map(|(_, threads)| threads).collect();
        let computed = |(thread, now): (&PathBuf, &ThreadTime)| {
            before.get(thread).is_none_or(|then| now.computed > then.computed + NOTHING)
        };
        let slept = |(thread, now): (&PathBuf, &ThreadTime)| {
            before.get(thread).is_none_or(|then| now.sleeps != then.sleeps)
        };
        let (mut is_idle, mut is_long, mut loops) = (were_asleep, false, false);
        for (age, threads) in &self.programs {
            is_idle &= !threads.iter().any(computed);
            for thread in threads.iter().filter(|(_, time)| time.computed > LONG) {
                is_long = true;
                loops |= thread.1.computed > age.mul_f64(PART) && !slept(thread);
            }
        }
        match () {
            () if is_idle => Activity::Waits,
            () if loops => Activity::Loops,
            () if is_long => Activity::Computes,
            () => Activity::Works,
        }
    }

    fn was_delayed(&self) -> bool {
        let delayed = |threads: &BTreeMap<PathBuf, ThreadTime>| {
            threads.values().map(|thread| thread.delayed).max().unwrap_or_default()
        };
        self.programs.iter().any(|(age, threads)| delayed(threads) > age.mul_f64(PART))
    }
}

/// How often the heart beats, and how late it must be for the machine to have stood still.
const BEAT: Duration = Duration::from_millis(50);
const STALL: Duration = Duration::from_millis(500);

/// How often the machine has stood still since this was asked first.
///
/// A thread does nothing but look at the clock: where it was late, so was everything else.
pub fn stalls() -> usize {
    static BEATING: Once = Once::new();
    BEATING.call_once(|| {
        thread::spawn(|| {
            loop {
                beat();
                thread::sleep(BEAT);
            }
        });
    });
    // The thread that asks may have been woken before the other.
    beat()
}

fn beat() -> usize {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    static STALLS: AtomicUsize = AtomicUsize::new(0);
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).replace(Instant::now());
    if last.is_some_and(|last| last.elapsed() > STALL) {
        STALLS.fetch_add(1, Ordering::Relaxed);
    }
    STALLS.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is seen of one program, 4 s after its start, in looks at its thread: how long that has
    /// computed, and waited for a core, in milliseconds, and how often it has slept.
    fn seen(looks: [(u64, u64, u64); 3]) -> (Activity, bool) {
        let looks = looks.map(|(computed, delayed, sleeps)| {
            let (computed, delayed) =
                (Duration::from_millis(computed), Duration::from_millis(delayed));
            let thread = ThreadTime { computed, delayed, sleeps };
            let threads = BTreeMap::from([(PathBuf::from("/proc/1/task/1"), thread)]);
            Look {
                are_asleep: computed.is_zero(),
                programs: vec![(Duration::from_secs(4), threads)],
            }
        });
        let Seen { activity, was_delayed } = Seen::in_looks(&looks);
        (activity, was_delayed)
    }

    #[test]
    fn a_program_that_never_sleeps_loops_and_one_that_sleeps_now_and_then_does_not() {
        assert_eq!(seen([(2000, 0, 7), (2100, 0, 7), (2300, 0, 7)]), (Activity::Loops, false));
        assert_eq!(seen([(2000, 0, 7), (2100, 0, 8), (2300, 0, 9)]), (Activity::Computes, false));
        assert_eq!(seen([(0, 0, 7), (0, 0, 7), (0, 0, 7)]), (Activity::Waits, false));
    }

    #[test]
    fn a_program_without_a_core_is_delayed() {
        assert_eq!(seen([(20, 1500, 7), (40, 1800, 7), (60, 2000, 7)]), (Activity::Works, true));
    }

    /// One has ended, and the next has not been started yet.
    #[test]
    fn a_program_that_is_not_there_does_not_wait() {
        let nothing = [(); 3].map(|()| Look { are_asleep: true, programs: Vec::new() });
        let Seen { activity, was_delayed } = Seen::in_looks(&nothing);
        assert_eq!((activity, was_delayed), (Activity::Unknown, cfg!(target_os = "linux")));
    }
}
