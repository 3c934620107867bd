//! A terminal: one text contains what is typed and what programs print, as its user sees it.

use std::fs::{self, File, OpenOptions};
use std::io::{PipeWriter, Read, Seek, Write};
use std::process::{self, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::fault::Fault;
use crate::process::Process;
use crate::stage::Stage;

/// How much a terminal shows before its program is taken for one that will not stop.
const MOST: u64 = 1 << 20;

/// A terminal, in which one program can be started after the other.
pub struct Terminal {
    /// What is shown: a file, and every program writes at its end. With a pipe, you could not tell
    /// whether all that was written has been read.
    screen: File,
    stage: Stage,
    program: Option<Process>,
    keyboard: Option<PipeWriter>,
}

impl Terminal {
    /// A terminal that shows nothing yet.
    pub fn new(stage: &Stage) -> Result<Self, Fault> {
        static OPENED: AtomicU32 = AtomicU32::new(0);
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        let file = std::env::temp_dir().join(format!("terminal-{}-{number}", process::id()));
        let screen = OpenOptions::new().read(true).append(true).create_new(true).open(&file)?;
        // It needs no name any more, and is gone with the last who writes.
        fs::remove_file(file)?;
        Ok(Terminal { screen, stage: stage.clone(), program: None, keyboard: None })
    }

    /// Starts a program. The one before it must have ended.
    pub fn starts(&mut self, command: &[String]) -> Result<(), Fault> {
        let (input, keyboard) = std::io::pipe()?;
        self.program = Some(Process::start_at_terminal(&self.stage, command, input, &self.screen)?);
        self.keyboard = Some(keyboard);
        Ok(())
    }

    /// Types a line, which is shown.
    pub fn types(&mut self, line: &str) -> Result<(), Fault> {
        let keyboard = self.keyboard.as_mut().ok_or_else(|| Fault::new("its input has ended"))?;
        writeln!(self.screen, "{line}")?;
        // One write: a program such as nc sends what one read returns.
        Ok(keyboard.write_all(format!("{line}\n").as_bytes())?)
    }

    /// Presses Ctrl-D: the input ends, and nothing is shown.
    pub fn ends_its_input(&mut self) {
        self.keyboard = None;
    }

    /// Presses Ctrl-C, which is shown (Unix).
    pub fn interrupts(&mut self) -> Result<(), Fault> {
        writeln!(self.screen, "^C")?;
        self.program.as_ref().map_or(Ok(()), Process::interrupt)
    }

    /// Shows text that no program prints, on a separate line.
    pub fn shows_line(&mut self, line: &str) -> Result<(), Fault> {
        let shown = self.shows()?;
        let in_mid_line = !shown.is_empty() && !shown.ends_with('\n');
        Ok(writeln!(self.screen, "{}{line}", if in_mid_line { "\n" } else { "" })?)
    }

    /// All that it shows.
    pub fn shows(&self) -> Result<String, Fault> {
        let mut screen = &self.screen;
        if screen.metadata()?.len() > MOST {
            return Err(Fault::Flooded);
        }
        let mut bytes = Vec::new();
        screen.rewind()?;
        screen.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The number by which the system knows the program, if one was started.
    pub fn process(&self) -> Option<u32> {
        self.program.as_ref().map(Process::id)
    }

    /// The exit status of its program as a shell would tell it, if the program has ended.
    pub fn exit_status(&self) -> Result<Option<i32>, Fault> {
        let status = self.program.as_ref().map(Process::status).transpose()?.flatten();
        Ok(status.map(as_shells_have_it))
    }
}

/// By a signal: 128 and its number.
fn as_shells_have_it(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + signal;
    }
    status.code().unwrap_or(-1)
}
