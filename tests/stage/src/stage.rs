//! Where programs run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::deadline::Deadline;
use crate::fault::Fault;
use crate::mark;
use crate::spawn::spawn;

/// How long a program may take to be blocked in a call again.
#[cfg(target_os = "linux")]
const TO_BLOCK: std::time::Duration = std::time::Duration::from_millis(50);

/// Where programs run, each of which ends at the latest when its owner drops it. A copy is the same
/// stage.
#[derive(Clone)]
pub struct Stage {
    own_groups: bool,
    /// Where programs start, if not where we are.
    folder: Option<PathBuf>,
    running: Arc<Mutex<Running>>,
    /// Those that were started for the examination that this copy is used for.
    own: Arc<Mutex<BTreeMap<u32, Instant>>>,
}

#[derive(Default)]
struct Running {
    is_closed: bool,
    /// A program had more memory than it may have, and was ended for it.
    is_overused: bool,
    /// The processes that have been started and not ended yet, with what tells their descendants.
    processes: BTreeMap<u32, Descendants>,
}

/// What is known of the descendants of a program, so that they end with it.
struct Descendants {
    mark: String,
    #[cfg(windows)]
    _job: Option<win32job::Job>,
}

impl Stage {
    /// A stage for programs that may start others, which end with it. On Linux that is all of them,
    /// by a mark in their environment; on macOS those that stay in its process group; on Windows
    /// those in its job. Such a program does not hear the Ctrl-C of our terminal: whoever does has
    /// to [`close`](Stage::close) the stage.
    pub fn new() -> Self {
        Stage { own_groups: true, folder: None, running: Arc::default(), own: Arc::default() }
    }

    /// The same stage, on which programs start in `folder`.
    pub fn in_folder(self, folder: PathBuf) -> Self {
        Stage { folder: Some(folder), ..self }
    }

    /// The same stage, on which a program and what it has started are ended when they have more than
    /// so many bytes of memory. Only Linux tells how much they have, and is asked every 50 ms.
    pub fn with_memory(self, most: u64) -> Self {
        #[cfg(target_os = "linux")]
        watch_memory(Arc::downgrade(&self.running), most);
        #[cfg(not(target_os = "linux"))]
        let _ = most;
        self
    }

    /// Whether a program was ended for its memory since this was asked last.
    pub fn takes_overuse(&self) -> bool {
        std::mem::take(&mut self.running().is_overused)
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
        let _running = self.end_all();
    }

    /// Ends every program, does what is left to do, and ends this process with `status`. Whoever waits
    /// for a program to end waits until then, and has no time to say what came of it.
    pub fn exit(&self, status: i32, last: impl FnOnce()) -> ! {
        let _running = self.end_all();
        last();
        std::process::exit(status)
    }

    fn end_all(&self) -> MutexGuard<'_, Running> {
        let mut running = self.running();
        running.is_closed = true;
        running.processes.iter().for_each(|(id, descendants)| self.kill(*id, descendants));
        running
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
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let mark = mark::new();
        command.env(mark::VARIABLE, &mark);
        let child = spawn(command)?;
        let descendants = Descendants {
            mark,
            #[cfg(windows)]
            _job: self.own_groups.then(|| job_of(&child)).flatten(),
        };
        running.processes.insert(child.id(), descendants);
        self.own().insert(child.id(), Instant::now());
        Ok(child)
    }

    /// Ends a program, and its descendants; nothing if that has been done.
    pub(crate) fn end(&self, child: &mut Child) {
        let Some(descendants) = self.running().processes.remove(&child.id()) else { return };
        self.own().remove(&child.id());
        self.kill(child.id(), &descendants);
        // It does no harm if the process is gone already.
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

    /// Asks a program, and its group, to end (SIGTERM, Unix).
    pub(crate) fn terminate(&self, id: u32) -> Result<(), Fault> {
        #[cfg(unix)]
        return self.signal(id, nix::sys::signal::Signal::SIGTERM);
        #[cfg(not(unix))]
        Err(Fault::new(format!("this system has no signal for the process {id}")))
    }

    /// Stops a program in the middle of whatever call it is blocked in (Linux).
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
        }
        let _ = (id, deadline);
        Ok(())
    }

    /// Has a program that was stopped continue (Linux).
    pub(crate) fn resume(&self, id: u32) -> Result<(), Fault> {
        #[cfg(target_os = "linux")]
        self.signal(id, nix::sys::signal::Signal::SIGCONT)?;
        let _ = id;
        Ok(())
    }

    #[cfg(unix)]
    fn signal(&self, id: u32, signal: nix::sys::signal::Signal) -> Result<(), Fault> {
        use nix::sys::signal::{Signal, kill, killpg};
        let send = if self.own_groups { killpg } else { kill::<Signal> };
        Ok(send(pid(id), signal)?)
    }

    /// Ends a program's group, and what else it has started; in Windows that ends with its job.
    fn kill(&self, id: u32, descendants: &Descendants) {
        #[cfg(unix)]
        // It does no harm if the process is gone already.
        let _ = self.signal(id, nix::sys::signal::Signal::SIGKILL);
        #[cfg(target_os = "linux")]
        if self.own_groups {
            mark::end(&descendants.mark);
        }
        #[cfg(not(target_os = "linux"))]
        let _ = (id, &descendants.mark);
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

/// A job that ends with its last handle, which is ours, and all its processes with it. The program has
/// started a moment ago: what it has started in that moment is not in the job.
#[cfg(windows)]
fn job_of(child: &Child) -> Option<win32job::Job> {
    use std::os::windows::io::AsRawHandle;

    let mut limits = win32job::ExtendedLimitInfo::new();
    limits.limit_kill_on_job_close();
    let job = win32job::Job::create_with_limit_info(&limits).ok()?;
    job.assign_process(child.as_raw_handle() as isize).ok()?;
    Some(job)
}

/// One thread looks after all programs of a stage, and ends with it.
#[cfg(target_os = "linux")]
fn watch_memory(running: std::sync::Weak<Mutex<Running>>, most: u64) {
    std::thread::spawn(move || {
        while let Some(running) = running.upgrade() {
            let marks: Vec<String> = {
                let running = running.lock().unwrap_or_else(PoisonError::into_inner);
                running.processes.values().map(|known| known.mark.clone()).collect()
            };
            if !marks.is_empty() {
                for (mark, _) in mark::memory(&marks).into_iter().filter(|(_, has)| *has > most) {
                    running.lock().unwrap_or_else(PoisonError::into_inner).is_overused = true;
                    mark::end(mark);
                }
            }
            drop(running);
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    });
}
