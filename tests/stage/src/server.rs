//! A server under examination, started as a learner starts it.

use std::net::SocketAddr;
use std::process::{ExitStatus, Output, Stdio};
use std::thread;
use std::time::Instant;

use assert_cmd::assert::Assert;

use crate::deadline::LOOK_AGAIN;
use crate::fault::{Difference, Kind, same};
use crate::output::flood;
use crate::process::Process;
use crate::{Connection, Fault, Program, Steps, Verdict, deadline, kernel};

/// A server that has been started.
pub struct Server {
    process: Process,
    address: SocketAddr,
    counts: bool,
    steps: Steps,
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
        let process = Process::start(&program.words(address, options))?;
        Server::started(program, process, address)
    }

    /// Starts `program` on a free port, with a standard output of the test's.
    pub fn start_printing_to(program: &Program, stdout: impl Into<Stdio>) -> Result<Self, Fault> {
        let address = program.address()?;
        let process = Process::start_printing_to(&program.words(address, &[]), stdout)?;
        Server::started(program, process, address)
    }

    /// Starts `program` on a free port so that Ctrl-C ends it, wherever the tests themselves run:
    /// a job in the background of a script ignores Ctrl-C, and so does what it starts (signal(7)).
    pub fn start_heeding_ctrl_c(program: &Program) -> Result<Self, Fault> {
        let address = program.address()?;
        let env = ["env".to_string(), "--default-signal=INT".to_string()];
        let process = Process::start(&[&env, program.words(address, &[]).as_slice()].concat())?;
        Server::started(program, process, address)
    }

    /// Waits until the server listens, where it says so.
    fn started(program: &Program, process: Process, address: SocketAddr) -> Result<Self, Fault> {
        let (counts, steps) = (program.counts(), program.steps.clone());
        let mut server = Server { process, address, counts, steps };
        if program.announces() {
            server.address =
                server.process.said.wait_for_line_beginning("listening on ")?.parse()?;
            same(&server.address.ip(), &address.ip())?;
        }
        Ok(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Calls it; again and again, until it lets the client in.
    pub fn is_called(&self) -> Result<Connection, Fault> {
        self.steps.take("the client connects", "客户端连接");
        loop {
            if let Ok(connection) = Connection::to(self.address, &self.steps) {
                return Ok(connection);
            }
            if self.process.printed.flooded() || self.process.said.flooded() {
                return Err(flood());
            }
            if let Some(status) = self.process.status()? {
                let kind = match kernel::keeps_time_wait_on(self.address) {
                    true => Kind::PortInTimeWait,
                    false => Kind::NeverListened,
                };
                let (en, zh) = how(status);
                let why = self.last_words();
                return Err(Fault::of(
                    kind,
                    format!("nobody listens on the port: the program has ended, {en}{why}"),
                    format!("端口上没有程序在监听：程序已经结束，{zh}{why}"),
                ));
            }
            if Instant::now() > deadline::next() || deadline::left() < 2 * LOOK_AGAIN {
                return Err(Fault::of(
                    Kind::NeverListened,
                    "nobody listens on the port, although the program runs",
                    "程序在运行，但没有监听这个端口",
                ));
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Waits until it listens, without calling it: the kernel shows it (on Linux; elsewhere the
    /// program is given a moment).
    pub fn listens(&self) -> Verdict {
        self.steps.take("waits until the program listens", "等程序开始监听");
        kernel::shows_listener(self.address)
    }

    /// Waits until its standard output is `transcript`.
    pub fn has_printed(&self, transcript: &str) -> Result<(), Fault> {
        self.process.printed.wait_for_all(transcript)
    }

    /// Waits until its standard output shows `texts`, a line for each, as said by `client`.
    pub fn shows(&self, client: &Connection, texts: &[&str]) -> Verdict {
        let expected = client.transcript(texts);
        self.steps.take("waits until the program has printed it", "等程序把它打印出来");
        self.has_printed(&expected)
    }

    /// Waits until it has printed `count` bytes or more.
    pub fn has_printed_bytes(&self, count: usize) -> Result<(), Fault> {
        let wanted = format!("{count} bytes");
        self.process.printed.wait_for(&wanted, |printed| (printed.len() >= count).then_some(()))
    }

    /// Waits until its standard error has a line with `words`.
    pub fn has_said(&self, words: &str) -> Result<(), Fault> {
        self.process.said.wait_for_line_with(words).map(drop)
    }

    /// Has `client` send `bytes` again and again until the server has ended, or the deadline comes.
    pub fn is_told_until_it_ends(&self, client: &Connection, bytes: &str) -> Verdict {
        let deadline = deadline::next();
        while self.process.status()?.is_none() && Instant::now() < deadline {
            if client.sends(bytes).is_err() {
                break;
            }
            thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    /// Waits until it ends by itself.
    pub fn ends(self) -> Result<Assert, Fault> {
        self.process.ends()
    }

    /// Waits until it ends by itself, with exit status 0.
    pub fn ends_well(self) -> Result<Output, Fault> {
        self.steps.take("waits until the program ends", "等程序结束");
        let output = self.process.ends_within(deadline::left())?;
        if output.status.success() {
            return Ok(output);
        }
        let (en, zh) = how(output.status);
        let why = last_line(&output.stderr);
        Err(Fault::of(
            Kind::ExitStatus,
            format!("the program ended {en} instead of exit status 0{why}"),
            format!("程序结束时{zh}，应该是退出状态 0{why}"),
        ))
    }

    /// Waits until it ends by itself, having printed `texts`, a line for each, as said by `client`,
    /// and behind them the total if it is a program that counts.
    pub fn ends_showing(self, client: &Connection, texts: &[&str]) -> Verdict {
        let mut expected = client.transcript(texts);
        if self.counts {
            let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
            expected += &format!("total: {} bytes, {characters} characters\n", client.sent());
        }
        let printed = String::from_utf8_lossy(&self.ends_well()?.stdout).into_owned();
        if printed == expected {
            return Ok(());
        }
        let fault = Fault::of(Kind::Printed, "it printed something else", "打印的内容不对");
        Err(fault.with(Difference::new(&expected, &printed)))
    }

    /// Waits until it is refused to start where another one listens: it ends with an exit status
    /// other than 0.
    pub fn is_refused(self) -> Verdict {
        self.steps.take("waits until the second program gives up", "等第二个程序放弃");
        while self.process.status()?.is_none() && Instant::now() < deadline::next() {
            if kernel::listeners(self.address)? > 1 {
                return Err(Fault::of(
                    Kind::TwoListeners,
                    "both programs listen on the same port",
                    "两个程序都在监听同一个端口",
                ));
            }
            thread::sleep(LOOK_AGAIN);
        }
        match self.process.ends_within(deadline::left())?.status.success() {
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

    fn last_words(&self) -> String {
        last_line(&self.process.said.last_words())
    }
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
