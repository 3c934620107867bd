//! A process under examination, ended with all that it started.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{PipeReader, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, Once, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::assert::{Assert, OutputAssertExt};
use wait_timeout::ChildExt;

use crate::fault::Kind;
use crate::output::{Output, flood};
use crate::{Fault, deadline};

/// How often a program that is waited for is looked at, whether it prints without end.
const LOOK_AT_OUTPUT: Duration = Duration::from_millis(50);

/// The processes that have been started and not ended yet, each the first of its group.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// A program in a group of its own does not hear the terminal's Ctrl-C: who is told to end has to
/// end it.
static END_WITH_US: Once = Once::new();
/// The exit status of a program that Ctrl-C has ended, as shells have it.
const INTERRUPTED: i32 = 130;

/// A running program, whose outputs are read and whose input is held open.
pub struct Process {
    child: RefCell<Child>,
    input: Option<mpsc::Sender<Vec<u8>>>,
    pub printed: Output,
    pub said: Output,
}

impl Process {
    /// Starts a program in a process group of its own.
    pub fn start(command: &[String]) -> Result<Self, Fault> {
        let (printed, stdout) = std::io::pipe()?;
        let mut process = Process::start_printing_to(command, stdout)?;
        process.printed = Output::of(printed);
        Ok(process)
    }

    /// Starts a program with a standard output of the test's.
    pub fn start_printing_to(command: &[String], stdout: impl Into<Stdio>) -> Result<Self, Fault> {
        let mut child = spawn(command, Stdio::piped(), stdout.into(), Stdio::piped())?;
        let stderr = child.stderr.take().expect("standard error is piped above");
        Ok(Process {
            input: child.stdin.take().map(keyboard),
            printed: Output::of(std::io::empty()),
            said: Output::of(stderr),
            child: RefCell::new(child),
        })
    }

    /// Starts a program whose input is `keyboard` and both whose outputs are `screen`.
    pub fn start_at_terminal(
        command: &[String],
        keyboard: PipeReader,
        screen: &File,
    ) -> Result<Self, Fault> {
        let (stdout, stderr) = (screen.try_clone()?, screen.try_clone()?);
        let child = spawn(command, keyboard.into(), stdout.into(), stderr.into())?;
        Ok(Process {
            input: None,
            printed: Output::of(std::io::empty()),
            said: Output::of(std::io::empty()),
            child: RefCell::new(child),
        })
    }

    /// Types `text` at the program's standard input. Whether it is read shows in what it does.
    pub fn types(&self, text: &[u8]) -> Result<(), Fault> {
        let input = self.input.as_ref().ok_or_else(|| Fault::new("its input has ended"))?;
        Ok(input.send(text.to_vec())?)
    }

    /// Ends the program's standard input, behind all that was typed.
    pub fn ends_its_input(&mut self) {
        self.input = None;
    }

    /// Waits until the program ends by itself.
    pub fn ends(self) -> Result<Assert, Fault> {
        Ok(self.ends_within(deadline::left())?.assert())
    }

    /// Waits until the program ends by itself, for `time` at most.
    pub fn ends_within(self, time: Duration) -> Result<std::process::Output, Fault> {
        let until = Instant::now() + time;
        let status = loop {
            let left = until.saturating_duration_since(Instant::now());
            if let Some(status) = self.child.borrow_mut().wait_timeout(left.min(LOOK_AT_OUTPUT))? {
                break status;
            }
            if self.printed.flooded() || self.said.flooded() {
                return Err(flood());
            }
            if left.is_zero() {
                return Err(Fault::of(Kind::DidNotEnd, "the program did not end", "程序没有结束"));
            }
        };
        // What it has started may hold its outputs open; it is ended now.
        self.end();
        Ok(std::process::Output {
            status,
            stdout: self.printed.take_all()?,
            stderr: self.said.take_all()?,
        })
    }

    /// How it has ended, if it has.
    pub fn status(&self) -> Result<Option<ExitStatus>, Fault> {
        Ok(self.child.borrow_mut().try_wait()?)
    }

    /// The number by which the system knows the process.
    pub fn id(&self) -> u32 {
        self.child.borrow().id()
    }

    /// Sends the signal of Ctrl-C (Unix).
    pub fn interrupt(&self) -> Result<(), Fault> {
        #[cfg(unix)]
        {
            use nix::sys::signal::{Signal, kill};
            Ok(kill(group(self.id()), Signal::SIGINT)?)
        }
        #[cfg(not(unix))]
        Err(Fault::new("this system has no signals"))
    }

    /// Ends the process and its group, whatever is left of them.
    pub fn end(&self) {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if !running.remove(&self.id()) {
            return;
        }
        end_group(self.id());
        let mut child = self.child.borrow_mut();
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts a program in a process group of its own.
fn spawn(command: &[String], stdin: Stdio, stdout: Stdio, stderr: Stdio) -> Result<Child, Fault> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| Fault::new("there is no command"))?;
    let mut command = Command::new(program);
    command.args(arguments).env("PYTHONIOENCODING", "utf-8").env_remove("PYTHONUNBUFFERED");
    // The last line that a program says is shown, and should say why.
    command.env("RUST_BACKTRACE", "0");
    command.stdin(stdin).stdout(stdout).stderr(stderr);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);

    END_WITH_US.call_once(|| {
        // It can only fail where somebody else listens for Ctrl-C already.
        let _ = ctrlc::set_handler(|| {
            end_all();
            std::process::exit(INTERRUPTED)
        });
    });
    // Held while it starts, so that nobody ends all processes in between and misses this one.
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let child = command.spawn().map_err(|error| {
        Fault::of(
            Kind::DoesNotStart,
            format!("{program} can't be started: {error}"),
            format!("{program} 无法启动：{error}"),
        )
    })?;
    running.insert(child.id());
    Ok(child)
}

/// Ends every process that is under examination, and what they have started; no more can start.
/// For a program that is about to end itself.
fn end_all() {
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    running.iter().copied().for_each(end_group);
    // The lock is never given back.
    std::mem::forget(running);
}

/// Writes what is typed, by a thread of its own: a program that does not read must not stop its
/// examiner. The input ends when nobody can type any more.
fn keyboard(mut input: ChildStdin) -> mpsc::Sender<Vec<u8>> {
    let (keyboard, typed) = mpsc::channel::<Vec<u8>>();
    thread::spawn(move || {
        for text in typed {
            if input.write_all(&text).is_err() {
                return;
            }
        }
    });
    keyboard
}

/// Ends a process group. That it is gone already is no harm.
fn end_group(id: u32) {
    #[cfg(unix)]
    let _ = nix::sys::signal::killpg(group(id), nix::sys::signal::Signal::SIGKILL);
    #[cfg(not(unix))]
    let _ = id;
}

/// The first process of a group, and the group: both have the same number.
#[cfg(unix)]
fn group(id: u32) -> nix::unistd::Pid {
    nix::unistd::Pid::from_raw(id.cast_signed())
}
