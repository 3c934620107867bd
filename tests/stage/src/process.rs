//! A process under examination, ended with all that it started.

use std::cell::RefCell;
use std::fs::File;
use std::io::{PipeReader, Write};
use std::process::{self, Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{LazyLock, mpsc};
use std::thread;

use crate::deadline::Deadline;
use crate::fault::Fault;
use crate::output::Output;
use crate::stage::Stage;

/// A running program, whose outputs are read and whose input is held open.
pub struct Process {
    stage: Stage,
    child: RefCell<Child>,
    input: Option<mpsc::Sender<Vec<u8>>>,
    /// Its standard output.
    pub printed: Output,
    /// Its standard error.
    pub said: Output,
}

impl Process {
    /// Starts a program.
    pub fn start(stage: &Stage, command: &[String]) -> Result<Self, Fault> {
        let (printed, stdout) = std::io::pipe()?;
        let mut process = Process::start_printing_to(stage, command, stdout)?;
        process.printed = Output::of(printed, stage.output_limit());
        Ok(process)
    }

    /// Starts a program with a standard output of the test's.
    pub fn start_printing_to(
        stage: &Stage,
        command: &[String],
        stdout: impl Into<Stdio>,
    ) -> Result<Self, Fault> {
        let (piped, stdout) = (Stdio::piped(), stdout.into());
        let mut child = spawn(stage, command, piped, stdout, Stdio::piped())?;
        let stderr = child.stderr.take().expect("standard error is piped above");
        Ok(Process {
            stage: stage.clone(),
            input: child.stdin.take().map(keyboard),
            printed: Output::of(std::io::empty(), 0),
            said: Output::of(stderr, stage.output_limit()),
            child: RefCell::new(child),
        })
    }

    /// Starts a program whose input is `keyboard` and both whose outputs are `screen`.
    pub fn start_at_terminal(
        stage: &Stage,
        command: &[String],
        keyboard: PipeReader,
        screen: &File,
    ) -> Result<Self, Fault> {
        let (stdout, stderr) = (screen.try_clone()?.into(), screen.try_clone()?.into());
        let child = spawn(stage, command, keyboard.into(), stdout, stderr)?;
        Ok(Process {
            stage: stage.clone(),
            input: None,
            printed: Output::of(std::io::empty(), 0),
            said: Output::of(std::io::empty(), 0),
            child: RefCell::new(child),
        })
    }

    /// Types `text` at the program's standard input. Whether it is read shows in what it does.
    pub fn types(&self, text: &[u8]) -> Result<(), Fault> {
        let input = self.input.as_ref().ok_or_else(|| Fault::new("its input has ended"))?;
        Ok(input.send(text.to_vec())?)
    }

    /// Ends the program's standard input, after all that was typed.
    pub fn ends_its_input(&mut self) {
        self.input = None;
    }

    /// Waits until the program ends by itself.
    pub fn ends(self, deadline: Deadline) -> Result<process::Output, Fault> {
        let status = deadline.look(|| {
            let status = self.status()?;
            // Look at this after the status, because the closed output may have ended the program.
            if self.floods() { Err(Fault::Flooded) } else { Ok(status) }
        })?;
        let status = status.ok_or(Fault::DidNotEnd)?;
        // What it has started may hold its outputs open; it is ended now.
        self.end();
        Ok(process::Output {
            status,
            stdout: self.printed.take_all(deadline)?,
            stderr: self.said.take_all(deadline)?,
        })
    }

    /// Whether it prints more than the limit allows.
    pub fn floods(&self) -> bool {
        self.printed.flooded() || self.said.flooded()
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
        self.stage.interrupt(self.id())
    }

    /// Sends the signal by which a system asks a program to end: SIGTERM (Unix).
    pub fn terminate(&self) -> Result<(), Fault> {
        self.stage.terminate(self.id())
    }

    /// Stops the process in the middle of the call that it is blocked in (Linux).
    pub fn suspend(&self, deadline: Deadline) -> Result<(), Fault> {
        self.stage.suspend(self.id(), deadline)
    }

    /// Has the process continue after that.
    pub fn resume(&self) -> Result<(), Fault> {
        self.stage.resume(self.id())
    }

    /// Ends the process and its group, whatever is left of them.
    pub fn end(&self) {
        self.stage.end(&mut self.child.borrow_mut());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn spawn(
    stage: &Stage,
    command: &[String],
    stdin: Stdio,
    stdout: Stdio,
    stderr: Stdio,
) -> Result<Child, Fault> {
    let program = command.first().ok_or_else(|| Fault::new("the command is empty"))?;
    let words = [hearing_ctrl_c(), command].concat();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env("PYTHONIOENCODING", "utf-8").env_remove("PYTHONUNBUFFERED");
    // The last line that a program says is shown, and should say why.
    command.env("RUST_BACKTRACE", "0");
    command.stdin(stdin).stdout(stdout).stderr(stderr);
    stage
        .spawn(&mut command)
        .map_err(|error| Fault::DoesNotStart { program: program.clone(), why: error.to_string() })
}

/// The words before a command so that Ctrl-C ends it, wherever the tests themselves run: a job in the
/// background of a script ignores Ctrl-C, and so does what it starts (signal(7)). None are needed
/// elsewhere. (Linux; another system's `env` may know no signals.)
fn hearing_ctrl_c() -> &'static [String] {
    static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| match ignores_ctrl_c() {
        true => vec!["env".into(), "--default-signal=INT".into()],
        false => Vec::new(),
    });
    &WORDS
}

/// Whether this process ignores Ctrl-C (Linux).
fn ignores_ctrl_c() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|signals| u64::from_str_radix(signals.trim(), 16).ok());
    // Signal 1 is the lowest bit, and SIGINT is 2.
    ignored.is_some_and(|signals| signals & 0b10 != 0)
}

/// Writes what is typed, in a separate thread, because a program that does not read must not stop
/// its examiner. The input ends when every sender is dropped.
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
