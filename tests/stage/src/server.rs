//! A server under examination, started as a learner starts it.

use std::net::SocketAddr;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use shared::socket_table::State;

use crate::connection::Connection;
use crate::deadline::Deadline;
use crate::fault::{Ending, Fault, Verdict, same};
use crate::kernel;
use crate::process::Process;
use crate::program::Program;
use crate::steps::Steps;
use acts::{Act, For, Who};

/// How long a server that has closed a connection may need to end.
const TO_END: Duration = Duration::from_millis(300);

/// A server that has been started.
pub struct Server {
    process: Process,
    address: SocketAddr,
    deadline: Deadline,
    /// The steps that its examination has taken.
    pub steps: Steps,
}

impl Server {
    /// Starts `program` on a free port.
    pub fn start(program: &Program) -> Result<Self, Fault> {
        Server::start_with(program, program.address()?, &[])
    }

    /// Starts `program` on `address`.
    pub fn start_on(program: &Program, address: SocketAddr) -> Result<Self, Fault> {
        Server::start_with(program, address, &[])
    }

    /// Starts `program` on `address` with `options`.
    pub fn start_with(
        program: &Program,
        address: SocketAddr,
        options: &[&str],
    ) -> Result<Self, Fault> {
        program
            .steps
            .take(Who::Server, Act::Start(options.iter().map(|o| o.to_string()).collect()));
        let process = Process::start(&program.stage, &program.words(address, options))?;
        Server::started(program, process, address)
    }

    /// Starts `program` on a free port, with a standard output of the test's.
    pub fn start_printing_to(program: &Program, stdout: impl Into<Stdio>) -> Result<Self, Fault> {
        Server::start_printing_with(program, stdout, &[])
    }

    /// The same with options.
    pub fn start_printing_with(
        program: &Program,
        stdout: impl Into<Stdio>,
        options: &[&str],
    ) -> Result<Self, Fault> {
        let address = program.address()?;
        let words = program.words(address, options);
        let process = Process::start_printing_to(&program.stage, &words, stdout)?;
        Server::started(program, process, address)
    }

    /// Waits until the server listens, where it says so.
    fn started(program: &Program, process: Process, address: SocketAddr) -> Result<Self, Fault> {
        let (deadline, steps) = (program.deadline, program.steps.clone());
        let mut server = Server { process, address, deadline, steps };
        if program.announces() {
            let said = &server.process.said;
            server.address = said.wait_for_line_beginning(deadline, "listening on ")?.parse()?;
            same(&server.address.ip(), &address.ip())?;
        }
        Ok(server)
    }

    /// What `fault` means if the server has ended, as it must not before Ctrl-C. One that has just
    /// closed a connection may be about to end.
    pub fn or_ended(&self, fault: Fault) -> Fault {
        let status = self.deadline.or_after(TO_END).look(|| self.process.status());
        match status {
            Ok(Some(status)) => Fault::EndedByItself(self.ending(status)),
            Ok(None) => fault,
            Err(error) => error,
        }
    }

    /// Whether it still runs.
    pub fn still_runs(&self) -> Verdict {
        match self.process.status()? {
            Some(status) => Err(Fault::EndedByItself(self.ending(status))),
            None => Ok(()),
        }
    }

    fn ending(&self, status: ExitStatus) -> Ending {
        Ending::new(status, &self.process.said.last_words())
    }

    /// Until when it is examined.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connects to it; again and again, until it lets the client in.
    pub fn connect_client(&self) -> Result<Connection, Fault> {
        self.connect(Who::Client(None))
    }

    /// The same for one of several clients, which has a name.
    pub fn connect_named(&self, name: &str) -> Result<Connection, Fault> {
        self.connect(Who::Client(Some(name.into())))
    }

    /// The same, but the server is soon blocked when it sends to the client and that does not read.
    pub fn connect_narrow(&self, name: &str) -> Result<Connection, Fault> {
        let who = Who::Client(Some(name.into()));
        self.steps.take(who.clone(), Act::Connect);
        Ok(Connection::narrow_to(self.address, who, self.deadline, &self.steps)?)
    }

    fn connect(&self, who: Who) -> Result<Connection, Fault> {
        self.steps.take(who.clone(), Act::Connect);
        let connected = self.deadline.look(|| {
            let connected = Connection::to(self.address, who.clone(), self.deadline, &self.steps);
            if let Ok(connection) = connected {
                return Ok(Some(connection));
            }
            if self.process.floods() {
                return Err(Fault::Flooded);
            }
            match self.process.status()? {
                None => Ok(None),
                Some(status) => Err(self.does_not_listen(Some(self.ending(status)))),
            }
        })?;
        connected.ok_or_else(|| self.does_not_listen(None))
    }

    fn does_not_listen(&self, ending: Option<Ending>) -> Fault {
        if kernel::keeps_time_wait_on(self.address) {
            return Fault::PortInTimeWait(ending);
        }
        // It may have begun to listen here after the deadline.
        match kernel::listens_on(self.process.id()).filter(|found| *found != self.address) {
            Some(other) => Fault::ListensElsewhere(other),
            None => Fault::NeverListened(ending),
        }
    }

    /// Waits until it listens, without connecting to it: the kernel shows it.
    pub fn listens(&self) -> Verdict {
        self.steps.take(Who::Server, Act::Wait(For::Listens));
        kernel::shows(self.deadline, State::Listen, self.address)
    }

    /// Waits until its standard output is `transcript`.
    pub fn has_printed(&self, transcript: &str) -> Result<(), Fault> {
        self.process.printed.wait_for_all(self.deadline, transcript)
    }

    /// Waits until it has printed `count` bytes or more.
    pub fn has_printed_bytes(&self, count: usize) -> Result<(), Fault> {
        let wanted = format!("{count} bytes");
        let enough = |printed: &[u8]| (printed.len() >= count).then_some(());
        self.process.printed.wait_for(self.deadline, &wanted, enough)
    }

    /// How many bytes it has written on standard error so far.
    pub fn said(&self) -> usize {
        self.process.said.length()
    }

    /// Waits until there is one more line on its standard error, where there were `before` bytes.
    pub fn says_a_line_after(&self, before: usize) -> Verdict {
        let one_more = |said: &[u8]| said[before..].contains(&b'\n').then_some(());
        let waited = self.process.said.wait_for(self.deadline, "a line", one_more);
        waited.map_err(|_| self.or_ended(Fault::SaidNothing))
    }

    /// Waits until its standard error has a line with `words`.
    pub fn has_said(&self, words: &str) -> Result<(), Fault> {
        self.process.said.wait_for_line_with(self.deadline, words)
    }

    /// How many lines of its standard error have `words`.
    pub fn count_said(&self, words: &str) -> usize {
        self.process.said.count_lines_with(words)
    }

    /// Has `client` send `bytes` again and again until the server has ended.
    pub fn is_sent_bytes_until_it_ends(&self, client: &Connection, bytes: &str) -> Verdict {
        let ended = self.deadline.look(|| -> Result<_, Fault> {
            let has_ended = self.process.status()?.is_some() || client.sends(bytes).is_err();
            Ok(has_ended.then_some(()))
        })?;
        ended.ok_or(Fault::DidNotEnd)
    }

    /// Waits until it ends by itself.
    pub fn ends(self) -> Result<Output, Fault> {
        self.process.ends(self.deadline)
    }

    /// The same server, whose next waits end when `time` has passed.
    pub fn within(mut self, time: Duration) -> Self {
        self.deadline = self.deadline.or_after(time);
        self
    }

    /// Waits until it ends by itself, with exit status 0.
    pub fn exits_with_status_0(self) -> Result<Output, Fault> {
        self.steps.take(Who::Server, Act::Wait(For::Ended));
        exited_with_status_0(self.ends()?)
    }

    /// Waits until it is refused to start where another one listens: it ends with an exit status
    /// other than 0.
    pub fn is_refused(self) -> Verdict {
        self.steps.take(Who::Server, Act::Wait(For::Refused));
        self.deadline.look(|| match self.process.status()? {
            None if kernel::listeners(self.address)? > 1 => Err(Fault::TwoListeners),
            status => Ok(status),
        })?;
        match self.ends()?.status.success() {
            false => Ok(()),
            true => Err(Fault::RefusedWithStatus0),
        }
    }

    /// Presses Ctrl-C in its terminal (Unix).
    pub fn gets_ctrl_c(&self) -> Result<(), Fault> {
        self.process.interrupt()
    }

    /// Is asked to end, as a system does that shuts down: SIGTERM (Unix).
    pub fn gets_sigterm(&self) -> Result<(), Fault> {
        self.process.terminate()
    }

    /// Presses Ctrl-C, and waits until it ends: before that it must not. Windows has no signal for
    /// this: there it is killed, and what Ctrl-C does is not tried.
    pub fn ends_at_ctrl_c(self) -> Result<Output, Fault> {
        self.still_runs()?;
        self.steps.take(Who::Server, Act::Interrupt);
        match cfg!(unix) {
            true => self.gets_ctrl_c()?,
            false => self.process.end(),
        }
        self.steps.take(Who::Server, Act::Wait(For::Ended));
        self.ends()
    }

    /// Whether it waits in a call (Linux), or may do so (elsewhere).
    pub fn is_blocked(&self) -> Result<bool, Fault> {
        Ok(!cfg!(target_os = "linux") || kernel::is_asleep(self.process.id())?)
    }

    /// Stops it (Linux): a write that is blocked returns what it has written so far (signal(7)).
    pub fn is_suspended(&self) -> Result<(), Fault> {
        self.process.suspend(self.deadline)
    }

    /// Has it continue after that.
    pub fn is_resumed(&self) -> Result<(), Fault> {
        self.process.resume()
    }

    /// Allows it so many descriptors from now on, also fewer than it has (Linux).
    pub fn may_open(&self, count: u64) -> Result<(), Fault> {
        #[cfg(target_os = "linux")]
        rlimit::prlimit(
            self.process.id().cast_signed(),
            rlimit::Resource::NOFILE,
            Some((count, count)),
            None,
        )?;
        let _ = count;
        Ok(())
    }

    /// The most memory that it has reserved at once, used or not, in bytes (Linux).
    pub fn peak_reserved(&self) -> Result<u64, Fault> {
        kernel::peak_reserved(self.process.id())
    }

    /// How long it has computed (Linux).
    pub fn cpu_time(&self) -> Result<Duration, Fault> {
        Ok(kernel::cpu_time(self.process.id())?)
    }

    /// The most memory that it has had at once, in bytes (Linux).
    pub fn peak_memory(&self) -> Result<u64, Fault> {
        kernel::peak_memory(self.process.id())
    }
}

/// What a program that has ended by itself has printed, where its exit status is 0.
pub fn exited_with_status_0(output: Output) -> Result<Output, Fault> {
    match output.status.success() {
        true => Ok(output),
        false => Err(Fault::Failed(Ending::new(output.status, &output.stderr))),
    }
}
