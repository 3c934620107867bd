//! Where programs run.

use std::collections::BTreeSet;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::fault::Fault;
use crate::spawn::spawn;

/// Where programs run, each of which ends at the latest when its owner drops it. A copy is the same
/// stage.
#[derive(Clone)]
pub struct Stage {
    own_groups: bool,
    running: Arc<Mutex<Running>>,
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
        Stage { own_groups: true, running: Arc::default() }
    }

    /// A stage for programs that start no others: they stay in our process group, and Ctrl-C at our
    /// terminal ends them as it ends us.
    pub fn of_our_group() -> Self {
        Stage { own_groups: false, ..Stage::new() }
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
        Ok(child)
    }

    /// Ends a program, and its group; nothing if that has been done.
    pub(crate) fn end(&self, child: &mut Child) {
        if !self.running().processes.remove(&child.id()) {
            return;
        }
        self.kill(child.id());
        // That it is gone already is no harm.
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Sends the signal of Ctrl-C to a program, and to its group (Unix).
    pub(crate) fn interrupt(&self, id: u32) -> Result<(), Fault> {
        #[cfg(unix)]
        {
            use nix::sys::signal::{Signal, kill, killpg};
            let send = if self.own_groups { killpg } else { kill::<Signal> };
            Ok(send(pid(id), Signal::SIGINT)?)
        }
        #[cfg(not(unix))]
        Err(Fault::new(format!("this system has no signal for the process {id}")))
    }

    fn kill(&self, id: u32) {
        #[cfg(unix)]
        {
            use nix::sys::signal::{Signal, kill, killpg};
            let send = if self.own_groups { killpg } else { kill::<Signal> };
            let _ = send(pid(id), Signal::SIGKILL);
        }
        // Windows has no groups: what the program has started stays.
        #[cfg(not(unix))]
        let _ = (id, self.own_groups);
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
