//! Plays a scene in a network of its own, and writes down what happens.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use shared::Text;
use shared::socket_table::State;

use crate::network::Network;
use crate::packet::{Connections, Ends, Gaps, segment};
use crate::pcap;
use crate::recording::{Event, FORMAT, Recording, Side, Stream, What};
use crate::scene::Scene;
use crate::sources::capture::{Capture, Captured};
use crate::sources::observer::{Observed, Observer, state};
use crate::sources::system_call::Doing;
use crate::tcp::{self, Change, Poll, Sent};
use stage::act::{For, Want};
use stage::deadline::LOOK_AGAIN;
use stage::fault::Stop;
use stage::{
    Act, Connection, Deadline, Fault, Lang, Output, Process, Program, Stage, Step, Verdict, Who,
    Words,
};

/// Where the server listens, and from where it is called: in this network every port is free, and
/// every picture shows the same.
const ENDS: Ends = Ends {
    client: SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 50412)),
    server: SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 7788)),
};

/// How long nothing has to happen, behind the last step, for the scene to be over. A packet that
/// was lost is sent again after 0.2 s, then after twice as long, and so on (RFC 6298, and Linux's
/// TCP_RTO_MIN).
const QUIET: Duration = Duration::from_secs(1);

/// How many bytes of each output are written down.
const MOST_PRINTED: usize = 16 << 10;

/// What is to be recorded.
pub struct Task<'a> {
    /// The scene.
    pub scene: &'a Scene,
    /// The words that start the server; `{address}`, `{host}` and `{port}` are filled in.
    pub command: Vec<String>,
    /// The same for a reader, without the folder that the program happens to be in.
    pub shown: Vec<String>,
    /// How long it may take.
    pub patience: Duration,
}

/// What was recorded.
pub struct Recorded {
    /// What happened.
    pub recording: Recording,
    /// The packets, as a file for Wireshark.
    pub pcap: Vec<u8>,
    /// Where the scene stopped, and why, if it was not played to its end.
    pub stopped: Option<Words>,
}

/// Plays a scene. [`Network::allow`] has to be called before.
///
/// # Errors
/// Where the server can't be started, or the kernel refuses to be watched.
pub fn record(stage: &Stage, task: &Task<'_>) -> Result<Recorded, Fault> {
    let network = Network::enter()?;
    network.reserve(ENDS.client.port());
    let capture = Capture::start()?;
    let deadline = Deadline::after(task.patience);

    let begin = SystemTime::now();
    let words =
        |command: &[String]| Program::command(stage, command.to_vec()).words(ENDS.server, &[]);
    let process = Process::start(stage, &words(&task.command))?;
    let calls = task.scene.steps.iter().any(|step| step.act == Act::Connect);
    let first_call = capture.first_call();
    let ends = move || if calls { Some(ENDS) } else { first_call() };
    let observer = Observer::start(process.id(), ends)?;

    let mut player = Player { network, process, deadline, client: None, steps: Vec::new() };
    player.note(begin, Side::Server, "start".into());
    let stopped = match player.play(&task.scene.steps) {
        Ok(()) => {
            player.settle(&capture)?;
            player.may_print().err().map(|fault| fault.words())
        }
        Err(stopped) => Some(stopped),
    };

    let ends = if calls { Some(ENDS) } else { capture.first_call()() };
    let observed = observer.finish()?;
    if player.process.status()?.is_some() {
        // What was written last may still be in the pipe.
        player.process.printed.last_words();
        player.process.said.last_words();
    }
    let captured = capture.finish()?;
    let mut timeline = Timeline { begin, events: Vec::new() };
    timeline.add_steps(player.steps);
    let missing = timeline.add_packets(&captured, &observed, calls.then_some(ENDS));
    timeline.add_calls(observed, &player.process);
    timeline.add_output(Stream::Stdout, &player.process.printed);
    timeline.add_output(Stream::Stderr, &player.process.said);
    let recording = Recording {
        format: FORMAT,
        scene: task.scene.name.clone(),
        title: task.scene.title.clone(),
        program: words(&task.shown).join(" "),
        encoding: task.scene.encoding,
        client: ends.map(|ends| ends.client),
        server: ends.map(|ends| ends.server),
        packets_left_out: captured.left_out + missing,
        events: timeline.in_order(),
    };
    Ok(Recorded { recording, pcap: pcap::file(&captured.frames), stopped })
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => format!("signal {}", status.signal().unwrap_or_default()),
    }
}

/// Who plays a scene.
struct Player {
    network: Network,
    process: Process,
    deadline: Deadline,
    client: Option<Connection>,
    steps: Vec<(SystemTime, Side, String)>,
}

impl Player {
    fn note(&mut self, at: SystemTime, side: Side, step: String) {
        self.steps.push((at, side, step));
    }

    /// Plays all steps. Where one of them fails, the scene is over, and says why.
    fn play(&mut self, steps: &[Step]) -> Result<(), Words> {
        for step in steps {
            let side = if step.who == Who::Server { Side::Server } else { Side::Client };
            self.note(SystemTime::now(), side, step.to_string());
            if let Err(fault) = self.act(step).and_then(|()| self.may_go_on()) {
                self.note(SystemTime::now(), side, format!("stop {step}"));
                let (en, zh) = (fault.say(Lang::En), fault.say(Lang::ZhCn));
                return Err(Words::new(format!("{step}: {en}"), format!("{step}：{zh}")));
            }
        }
        Ok(())
    }

    fn act(&mut self, step: &Step) -> Verdict {
        match &step.act {
            Act::Connect => self.connect(),
            Act::Send(bytes) => self.client()?.sends(bytes),
            Act::Receive(Want::Count(count)) => self.receive(*count),
            Act::Receive(Want::Exactly(bytes)) => self.client()?.receives(bytes),
            Act::Receive(Want::End | Want::Fin) => self.receive(usize::MAX),
            Act::Pause(time) => {
                // The pause is what the scene shows: nothing is waited for.
                thread::sleep((*time).min(self.deadline.left()));
                Ok(())
            }
            Act::HalfClose => self.client()?.half_closes(),
            Act::Close => {
                self.client()?;
                self.client.as_mut().map(Connection::closes);
                Ok(())
            }
            Act::Reset => {
                self.client()?;
                self.client.as_mut().map_or(Ok(()), Connection::resets)
            }
            Act::Kill => {
                self.process.end();
                Ok(())
            }
            Act::NetworkDown => Ok(self.network.goes_down()?),
            Act::NetworkUp => Ok(self.network.comes_up()?),
            Act::Wait(For::Printed(text)) => {
                self.process.printed.wait_for(self.deadline, text, |printed| {
                    String::from_utf8_lossy(printed).contains(text).then_some(())
                })
            }
            Act::Wait(For::Ended) => self.until_ended(),
            _ => {
                let (en, zh) = ("a scene can't do this yet", "剧本还不能这样做");
                Err(Fault::System(Words::fixed(en, zh)))
            }
        }
    }

    /// Whether there is time left, and the server does not print without end.
    fn may_go_on(&self) -> Verdict {
        self.may_print()?;
        match self.deadline.has_passed() {
            true => Err(Fault::System(Words::fixed("the time limit is over", "时间到了"))),
            false => Ok(()),
        }
    }

    fn may_print(&self) -> Verdict {
        if self.process.printed.flooded() || self.process.said.flooded() {
            let (en, zh) = (
                "the program printed more than 16 MiB, and is not read any further",
                "程序打印了 16 MiB 以上，不再读取",
            );
            return Err(Fault::System(Words::fixed(en, zh)));
        }
        Ok(())
    }

    fn client(&self) -> Result<&Connection, Fault> {
        let none = || {
            let (en, zh) = ("the client has not connected yet", "客户端还没有连接");
            Fault::System(Words::fixed(en, zh))
        };
        self.client.as_ref().ok_or_else(none)
    }

    /// Calls the server as soon as the kernel shows that it listens.
    fn connect(&mut self) -> Verdict {
        while state(ENDS.server, ENDS.client)? != Some(State::Listen) {
            let ended = self.process.status()?.is_some();
            if ended || self.deadline.has_passed() {
                let (en, zh) = ("nobody listens on the port", "端口上没有程序在监听");
                return Err(Fault::System(Words::fixed(en, zh)));
            }
            thread::sleep(LOOK_AGAIN);
        }
        self.client = Some(Connection::from(ENDS.client, ENDS.server, self.deadline)?);
        Ok(())
    }

    /// Receives `count` bytes, or all until the server closes or resets.
    fn receive(&mut self, count: usize) -> Verdict {
        let client = self.client()?;
        let mut buffer = [0; 64 << 10];
        let mut left = count;
        while left > 0 {
            let room = left.min(buffer.len());
            match client.reads(&mut buffer[..room]) {
                Ok(0) => break,
                Ok(count) => left -= count,
                Err(Fault::Stopped(Stop::Reset)) => break,
                Err(fault) => return Err(fault),
            }
            if self.deadline.has_passed() {
                let (en, zh) = ("the program sends without end", "程序不停地发送");
                return Err(Fault::System(Words::fixed(en, zh)));
            }
        }
        Ok(())
    }

    fn until_ended(&self) -> Verdict {
        while self.process.status()?.is_none() {
            if self.deadline.has_passed() {
                return Err(Fault::DidNotEnd);
            }
            thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    /// Waits until nothing more can happen: the server has ended, and so has the connection; or
    /// until nothing has happened for a while.
    fn settle(&self, capture: &Capture) -> Verdict {
        let mut last = (0, 0, 0);
        let mut since = Instant::now();
        while !self.deadline.has_passed() {
            let client = state(ENDS.client, ENDS.server)?;
            let server = state(ENDS.server, ENDS.client)?;
            let is_over = |state: Option<State>| state.is_none_or(tcp::is_final);
            if self.process.status()?.is_some() && is_over(client) && is_over(server) {
                break;
            }
            let (process, packets) = (&self.process, capture.count());
            let now = (packets, process.printed.length(), process.said.length());
            if now != last {
                (last, since) = (now, Instant::now());
            }
            if since.elapsed() > QUIET {
                break;
            }
            thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }
}

/// What has happened, as it is put together.
struct Timeline {
    begin: SystemTime,
    events: Vec<Event>,
}

impl Timeline {
    fn at_us(&self, at: SystemTime) -> i64 {
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        match at.duration_since(self.begin) {
            Ok(since) => micros(since),
            Err(before) => -micros(before.duration()),
        }
    }

    fn add(&mut self, at: SystemTime, side: Side, what: What) {
        self.events.push(Event { at_us: self.at_us(at), side, what });
    }

    fn add_steps(&mut self, steps: Vec<(SystemTime, Side, String)>) {
        for (at, side, step) in steps {
            self.add(at, side, What::Step { step });
        }
    }

    /// Adds every packet, and what those of the connection that is drawn, and the polls between
    /// them, say of its states. Returns how many packets are missing.
    fn add_packets(
        &mut self,
        captured: &Captured,
        observed: &Observed,
        drawn: Option<Ends>,
    ) -> usize {
        let mut packets = Vec::new();
        let mut connections = Connections::drawing(drawn);
        let mut gaps = Gaps::default();
        for frame in &captured.frames {
            let Some(mut segment) = segment(&frame.bytes) else { continue };
            let (side, connection) = connections.side_of(&segment);
            segment.packet.connection = connection;
            gaps.look(side, &segment.packet);
            packets.push((self.at_us(frame.at), side, segment.packet));
        }
        let first: Vec<Sent<'_>> = packets
            .iter()
            .filter(|(_, _, packet)| packet.connection == 1)
            .map(|(at_us, side, packet)| (*at_us, *side, packet))
            .collect();
        let mut polls: Vec<Poll> = observed
            .states
            .iter()
            .map(|(at, side, state)| (self.at_us(*at), *side, *state))
            .collect();
        polls.sort_by_key(|(at_us, ..)| *at_us);
        for (side, Change { at_us, state, seen }) in tcp::changes(&first, &polls) {
            self.events.push(Event { at_us, side, what: What::State { state, seen } });
        }
        for (at_us, side, packet) in packets {
            self.events.push(Event { at_us, side, what: What::Packet(packet) });
        }
        gaps.count()
    }

    fn add_calls(&mut self, observed: Observed, process: &Process) {
        let status = process.status().ok().flatten();
        for (at, doing, step) in observed.calls {
            let step = step.map(str::to_owned);
            let what = match doing {
                Doing::Waits { call, .. } => What::Call { call: Some(call), step, ended: None },
                Doing::Runs => What::Call { call: None, step, ended: None },
                Doing::Ended => What::Call { call: None, step, ended: status.map(ending) },
            };
            self.add(at, Side::Server, what);
        }
    }

    /// Adds what the server has printed, piece by piece, as it came.
    fn add_output(&mut self, stream: Stream, output: &Output) {
        let mut decoder = Text::new("utf-8");
        let mut room = MOST_PRINTED;
        let mut left_out = 0;
        let mut first_left_out = None;
        for (at, piece) in output.pieces() {
            let kept = &piece[..piece.len().min(room)];
            (room, left_out) = (room - kept.len(), left_out + piece.len() - kept.len());
            if left_out > 0 {
                first_left_out.get_or_insert(at);
            }
            let mut text = String::new();
            decoder.decode(kept, &mut text);
            if !text.is_empty() {
                self.add(at, Side::Server, What::Output { stream, text, left_out: 0 });
            }
        }
        if let Some(at) = first_left_out {
            let text = String::new();
            self.add(at, Side::Server, What::Output { stream, text, left_out });
        }
    }

    /// In the order in which it happened. What has happened in the same microsecond is put in the
    /// order of cause and effect.
    fn in_order(mut self) -> Vec<Event> {
        self.events.sort_by_key(|event| {
            let order = match event.what {
                What::Step { .. } | What::State { state: State::Listen, .. } => 0,
                What::Packet(_) => 1,
                What::State { .. } => 2,
                What::Output { .. } => 3,
                What::Call { .. } => 4,
            };
            (event.at_us, order)
        });
        self.events
    }
}
