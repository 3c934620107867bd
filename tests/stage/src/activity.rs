//! What a program does while it is waited for, and whether its examiner was held up itself.
//!
//! A deadline that passes says one of three things: the program waits for something that never comes,
//! it computes without end, or the machine had no time for it. The first two are its own doing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::kernel;
use crate::stage::Stage;

/// What the programs of an examination did when its deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// They were asleep: only what never came would have woken them.
    Waits,
    /// One had computed for long and for much of its life, and computed still.
    Loops,
    /// One had computed for long, and computed still; on a busy machine that may have been its start.
    Computes,
    /// One was at work, and had not had much time for it.
    Works,
    /// Too little was seen of it, or nothing (on all systems but Linux).
    Unknown,
}

/// A program that has computed for so long, and for such a part of its life, is in a loop. To start
/// takes an interpreter less.
const LONG: Duration = Duration::from_secs(1);
const PART: f64 = 0.25;

/// How long a program has to be asleep before the deadline, and how often it is looked at.
const LAST: Duration = Duration::from_millis(300);
const LOOK: Duration = Duration::from_millis(50);

/// The most that a program computes in that time which only wakes up now and then (as Java does).
const NOTHING: Duration = Duration::from_millis(5);

/// One look at processes: when each was started, and how long it has computed.
struct Look {
    are_asleep: bool,
    processes: BTreeMap<u32, (Instant, Duration)>,
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
    pub fn end(self) -> Activity {
        drop(self.done);
        let looks = self.looking.join().unwrap_or_default();
        match looks.as_slice() {
            [first, _, .., last] => {
                Look::activity(first, last, looks.iter().all(|look| look.are_asleep))
            }
            // The thread came too late, or the system shows nothing.
            _ => Activity::Unknown,
        }
    }
}

impl Look {
    fn at(stage: &Stage) -> Option<Self> {
        let (mut are_asleep, mut processes) = (true, BTreeMap::new());
        for (id, started) in stage.processes() {
            are_asleep &= kernel::is_asleep(id).ok()?;
            processes.insert(id, (started, kernel::cpu_time(id).ok()?));
        }
        cfg!(target_os = "linux").then_some(Look { are_asleep, processes })
    }

    fn activity(first: &Look, last: &Look, were_asleep: bool) -> Activity {
        let computed = |(id, (_, now)): (&u32, &(Instant, Duration))| {
            first.processes.get(id).is_none_or(|(_, before)| *now > *before + NOTHING)
        };
        let (mut is_long, mut is_much) = (false, false);
        for (started, time) in last.processes.values().filter(|(_, time)| *time > LONG) {
            is_long = true;
            is_much |= *time > started.elapsed().mul_f64(PART);
        }
        match () {
            () if were_asleep && !last.processes.iter().any(computed) => Activity::Waits,
            () if is_much => Activity::Loops,
            () if is_long => Activity::Computes,
            () => Activity::Works,
        }
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
