//! Where programs run.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::deadline::Deadline;
use crate::fault::Fault;
use crate::spawn::spawn;

/// How long a program may take to be blocked in a call again.
#[cfg(target_os = "linux")]
const TO_BLOCK: std::time::Duration = std::time::Duration::from_millis(20);

/// Where programs run, each of which ends at the latest when its owner drops it. A copy is the same
/// stage.
#[derive(Clone)]
pub struct Stage {
    own_groups: bool,
    running: Arc<Mutex<Running>>,
    /// Those that were started for the examination that this copy is used for.
    own: Arc<Mutex<BTreeMap<u32, Instant>>>,
}

#[derive(Default)]
struct Running {
    is_closed: bool,
    /// The processes that have been started and not ended yet.
    processes: BTreeSet<u32>,
}

impl Stage {
    /// A stage for programs that may start others: each is the first of a process group, and the
    /// whole group ends with it. Such a program does not hear the Ctrl-C of our terminal: whoever
    /// does has to [`close`](Stage::close) the stage.
    pub fn new() -> Self {
        Stage { own_groups: true, running: Arc::default(), own: Arc::default() }
    }

    /// A stage for programs that start no others: they stay in our process group, and Ctrl-C at our
    /// terminal ends them as it ends us.
    pub fn of_our_group() -> Self {
        Stage { own_groups: false, ..Stage::new() }
    }

    /// The same stage for one more examination, which has its own [`Stage::processes`].
    pub(crate) fn afresh(&self) -> Self {
        Stage { own: Arc::default(), ..self.clone() }
    }

    /// The processes that run for this examination, and when each was started.
    pub(crate) fn processes(&self) -> BTreeMap<u32, Instant> {
        self.own().clone()
    }

    /// How much a program may print, in bytes, before it is taken for one that prints endlessly. A
    /// lesson of the course prints up to 13 MB in its tests.
    pub(crate) fn output_limit(&self) -> usize {
        if self.own_groups { 4 << 20 } else { 16 << 20 }
    }

    /// Ends every program, and lets no other one start.
    pub fn close(&self) {
        let mut running = self.running();
        running.is_closed = true;
        running.processes.iter().for_each(|id| self.kill(*id));
    }

    /// Starts a program.
    pub(crate) fn spawn(&self, command: &mut Command) -> std::io::Result<Child> {
        #[cfg(unix)]
        if self.own_groups {
            std::os::unix::process::CommandExt::process_group(command, 0);
        }
        // Held while it starts, so that `close` misses none.
        let mut running = self.running();
        if running.is_closed {
            return Err(std::io::Error::other("the stage is closed"));
        }
        let child = spawn(command)?;
        running.processes.insert(child.id());
        self.own().insert(child.id(), Instant::now());
        Ok(child)
    }

    /// Ends a program, and its group; nothing if that has been done.
    pub(crate) fn end(&self, child: &mut Child) {
        if !self.running().processes.remove(&child.id()) {
            return;
        }
        self.own().remove(&child.id());
        self.kill(child.id());
        // That it is gone already is no harm.
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Sends the signal of Ctrl-C to a program, and to its group (Unix).
    pub(crate) fn interrupt(&self, id: u32) -> Result<(), Fault> {
        #[cfg(unix)]
        return self.signal(id, nix::sys::signal::Signal::SIGINT);
        #[cfg(not(unix))]
        Err(Fault::new(format!("this system has no signal for the process {id}")))
    }

    /// Stops a program in the middle of whatever call it is blocked in, and has it continue (Linux).
    pub(crate) fn suspend(&self, id: u32, deadline: Deadline) -> Result<(), Fault> {
        #[cfg(target_os = "linux")]
        {
            use crate::kernel;
            use nix::sys::signal::Signal;
            let soon = deadline.or_after(TO_BLOCK);
            soon.look(|| kernel::is_asleep(id).map(|asleep| asleep.then_some(())))?;
            self.signal(id, Signal::SIGSTOP)?;
            // A SIGCONT that comes sooner takes the SIGSTOP back (signal(7)).
            deadline.look(|| kernel::is_stopped(id).map(|stopped| stopped.then_some(())))?;
            self.signal(id, Signal::SIGCONT)?;
        }
        let _ = (id, deadline);
        Ok(())
    }

    #[cfg(unix)]
    fn signal(&self, id: u32, signal: nix::sys::signal::Signal) -> Result<(), Fault> {
        use nix::sys::signal::{Signal, kill, killpg};
        let send = if self.own_groups { killpg } else { kill::<Signal> };
        Ok(send(pid(id), signal)?)
    }

    fn kill(&self, id: u32) {
        #[cfg(unix)]
        // That it is gone already is no harm.
        let _ = self.signal(id, nix::sys::signal::Signal::SIGKILL);
        // Windows has no groups: what the program has started stays.
        #[cfg(not(unix))]
        let _ = (id, self.own_groups);
    }

    fn own(&self) -> MutexGuard<'_, BTreeMap<u32, Instant>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Stage {
    fn default() -> Self {
        Stage::new()
    }
}

/// The first process of a group, and the group: both have the same number.
#[cfg(unix)]
fn pid(id: u32) -> nix::unistd::Pid {
    nix::unistd::Pid::from_raw(id.cast_signed())
}
