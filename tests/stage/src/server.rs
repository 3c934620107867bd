//! A server under examination, started as a learner starts it.

use std::net::SocketAddr;
use std::process::{ExitStatus, Output, Stdio};

use shared::socket_table::State;

use crate::deadline::Deadline;
use crate::fault::{Kind, same};
use crate::output::flood;
use crate::process::Process;
use crate::{Connection, Fault, Program, Steps, Verdict, kernel};

/// A server that has been started.
pub struct Server {
    process: Process,
    address: SocketAddr,
    deadline: Deadline,
    /// The steps that its examination has taken.
    pub steps: Steps,
    /// What it prints behind its transcript: as [`Program::last_line`].
    pub last_line: fn(bytes: usize, characters: usize) -> String,
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
        program.steps.take("starts the program", "启动程序");
        let process = Process::start(&program.stage, &program.words(address, options))?;
        Server::started(program, process, address)
    }

    /// Starts `program` on a free port, with a standard output of the test's.
    pub fn start_printing_to(program: &Program, stdout: impl Into<Stdio>) -> Result<Self, Fault> {
        let address = program.address()?;
        let words = program.words(address, &[]);
        let process = Process::start_printing_to(&program.stage, &words, stdout)?;
        Server::started(program, process, address)
    }

    /// Starts `program` on a free port so that Ctrl-C ends it, wherever the tests themselves run:
    /// a job in the background of a script ignores Ctrl-C, and so does what it starts (signal(7)).
    pub fn start_heeding_ctrl_c(program: &Program) -> Result<Self, Fault> {
        let address = program.address()?;
        let env = ["env".to_string(), "--default-signal=INT".to_string()];
        let words = [&env, program.words(address, &[]).as_slice()].concat();
        Server::started(program, Process::start(&program.stage, &words)?, address)
    }

    /// Waits until the server listens, where it says so.
    fn started(program: &Program, process: Process, address: SocketAddr) -> Result<Self, Fault> {
        let (deadline, steps) = (program.deadline, program.steps.clone());
        let last_line = program.last_line;
        let mut server = Server { process, address, deadline, steps, last_line };
        if program.announces() {
            let said = &server.process.said;
            server.address = said.wait_for_line_beginning(deadline, "listening on ")?.parse()?;
            same(&server.address.ip(), &address.ip())?;
        }
        Ok(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connects to it; again and again, until it lets the client in.
    pub fn is_called(&self) -> Result<Connection, Fault> {
        self.steps.take("the client connects", "客户端连接");
        let connected = self.deadline.look(|| {
            if let Ok(connection) = Connection::to(self.address, self.deadline, &self.steps) {
                return Ok(Some(connection));
            }
            if self.process.floods() {
                return Err(flood());
            }
            match self.process.status()? {
                None => Ok(None),
                Some(status) => Err(self.ended_without_listening(status)),
            }
        })?;
        connected.ok_or_else(|| {
            Fault::of(
                Kind::NeverListened,
                "nobody listens on the port, although the program runs",
                "程序在运行，但没有监听这个端口",
            )
        })
    }

    fn ended_without_listening(&self, status: ExitStatus) -> Fault {
        let kind = match kernel::keeps_time_wait_on(self.address) {
            true => Kind::PortInTimeWait,
            false => Kind::NeverListened,
        };
        let ((en, zh), why) = (how(status), last_line(&self.process.said.last_words()));
        Fault::of(
            kind,
            format!("nobody listens on the port: the program has ended, {en}{why}"),
            format!("端口上没有程序在监听：程序已经结束，{zh}{why}"),
        )
    }

    /// Waits until it listens, without connecting to it: the kernel shows it.
    pub fn listens(&self) -> Verdict {
        self.steps.take("waits until the program listens", "等程序开始监听");
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

    /// Waits until its standard error has a line with `words`.
    pub fn has_said(&self, words: &str) -> Result<(), Fault> {
        self.process.said.wait_for_line_with(self.deadline, words)
    }

    /// Has `client` send `bytes` again and again until the server has ended.
    pub fn is_told_until_it_ends(&self, client: &Connection, bytes: &str) -> Verdict {
        let ended = self.deadline.look(|| -> Result<_, Fault> {
            let has_ended = self.process.status()?.is_some() || client.sends(bytes).is_err();
            Ok(has_ended.then_some(()))
        })?;
        ended.ok_or_else(|| Fault::of(Kind::DidNotEnd, "the program did not end", "程序没有结束"))
    }

    /// Waits until it ends by itself.
    pub fn ends(self) -> Result<Output, Fault> {
        self.process.ends(self.deadline)
    }

    /// Waits until it ends by itself, with exit status 0.
    pub fn ends_well(self) -> Result<Output, Fault> {
        self.steps.take("waits until the program ends", "等程序结束");
        ended_well(self.ends()?)
    }

    /// Waits until it is refused to start where another one listens: it ends with an exit status
    /// other than 0.
    pub fn is_refused(self) -> Verdict {
        self.steps.take("waits until the second program gives up", "等第二个程序放弃");
        self.deadline.look(|| match self.process.status()? {
            None if kernel::listeners(self.address)? > 1 => Err(Fault::of(
                Kind::TwoListeners,
                "both programs listen on the same port",
                "两个程序都在监听同一个端口",
            )),
            status => Ok(status),
        })?;
        match self.ends()?.status.success() {
            false => Ok(()),
            true => Err(Fault::of(
                Kind::ExitStatus,
                "the second program ended with exit status 0, as if all were well",
                "第二个程序以退出状态 0 结束，好像一切正常",
            )),
        }
    }

    /// Presses Ctrl-C in its terminal (Unix).
    pub fn is_interrupted(&self) -> Result<(), Fault> {
        self.process.interrupt()
    }

    /// The most memory that it has had at once, in bytes (Linux).
    pub fn peak_memory(&self) -> Result<u64, Fault> {
        kernel::peak_memory(self.process.id())
    }
}

/// What a program that has ended by itself has printed, where its exit status is 0.
pub fn ended_well(output: Output) -> Result<Output, Fault> {
    if output.status.success() {
        return Ok(output);
    }
    let ((en, zh), why) = (how(output.status), last_line(&output.stderr));
    Err(Fault::of(
        Kind::ExitStatus,
        format!("the program ended {en} instead of exit status 0{why}"),
        format!("程序结束时{zh}，应该是退出状态 0{why}"),
    ))
}

/// An exit status in words, English and Chinese.
pub fn how(status: ExitStatus) -> (String, String) {
    match status.code() {
        Some(code) => (format!("with exit status {code}"), format!("退出状态是 {code}")),
        None => (format!("by a {status}"), format!("被终止（{status}）")),
    }
}

/// The last line of what a program has said, which mostly says why it ended.
pub fn last_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    // Behind a panic, Rust notes how to get a backtrace: that is not why.
    match said.lines().rfind(|line| !line.trim().is_empty() && !line.starts_with("note: ")) {
        Some(line) => format!(" ({})", line.trim().chars().take(200).collect::<String>()),
        None => String::new(),
    }
}
