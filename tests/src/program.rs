//! A program under examination: a real process, ended with all that it started.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use assert_cmd::assert::{Assert, OutputAssertExt};
use wait_timeout::ChildExt;

use crate::output::Output;
use crate::{DEADLINE, Fault};

/// A running program, whose outputs are read and whose input is held open.
pub struct Program {
    child: Child,
    pub input: Option<ChildStdin>,
    pub printed: Output,
    pub said: Output,
    ended: bool,
}

impl Program {
    /// Starts `program` in a process group of its own.
    pub fn start(program: &str, arguments: &[&str]) -> Result<Self, Fault> {
        let (printed, stdout) = std::io::pipe()?;
        let mut program = Program::start_printing_to(program, arguments, stdout)?;
        program.printed = Output::of(printed);
        Ok(program)
    }

    /// Starts `program` with a standard output of the test's.
    pub fn start_printing_to(
        program: &str,
        arguments: &[&str],
        stdout: impl Into<Stdio>,
    ) -> Result<Self, Fault> {
        let mut command = Command::new(program);
        command.args(arguments);
        command.stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);

        let mut child = command
            .spawn()
            .map_err(|error| Fault::new(format!("{program} does not start: {error}")))?;
        let stderr = child.stderr.take().expect("standard error is piped above");
        Ok(Program {
            input: child.stdin.take(),
            printed: Output::of(std::io::empty()),
            said: Output::of(stderr),
            child,
            ended: false,
        })
    }

    /// Types `text` at the program's standard input.
    pub fn types(&mut self, text: &[u8]) -> Result<(), Fault> {
        let input = self.input.as_mut().ok_or_else(|| Fault::new("its input has ended"))?;
        Ok(input.write_all(text)?)
    }

    /// Waits until the program ends by itself.
    pub fn ends(self) -> Result<Assert, Fault> {
        self.ends_within(DEADLINE)
    }

    /// Waits until the program ends by itself, for longer than anything else is waited for.
    pub fn ends_within(mut self, deadline: Duration) -> Result<Assert, Fault> {
        let status = self.child.wait_timeout(deadline)?;
        let status = status.ok_or_else(|| Fault::new("the program does not end"))?;
        self.ended = true;
        let output = std::process::Output {
            status,
            stdout: self.printed.take_all()?,
            stderr: self.said.take_all()?,
        };
        Ok(output.assert())
    }

    /// The number by which the system knows the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends the signal of Ctrl-C (Unix).
    pub fn interrupt(&self) -> Result<(), Fault> {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process};
            Ok(kill_process(Pid::from_child(&self.child), Signal::INT)?)
        }
        #[cfg(not(unix))]
        Err(Fault::new("this system has no signals"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        // The whole group: a program may have started others. That it has just ended is no harm.
        #[cfg(unix)]
        let _ = {
            use rustix::process::{Pid, Signal, kill_process_group};
            kill_process_group(Pid::from_child(&self.child), Signal::KILL)
        };
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
