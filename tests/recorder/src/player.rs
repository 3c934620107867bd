//! Plays steps in a separate network, and tells what happens.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, SystemTime};

use shared::is_reset;
use shared::socket_table::{self, State};
use socket2::{Domain, SockRef, Socket, Type};
use stage::act::{For, Want};
use stage::deadline::POLL_INTERVAL;
use stage::{Act, Deadline, Process, Program, Stage, Step, Who, Words, kernel};

use crate::event::{By, Event, What};
use crate::network::Network;
use crate::pcap;
use crate::sight::Sight;
use crate::sources::observer::observe;
use crate::sources::packets::Packets;
use crate::sources::sockets::{NO_END, SERVER, Sockets};
use crate::sources::{Running, Watch, lock};
use crate::stream::Stream;

/// From where the clients connect: each connection from the next of these ports.
const CLIENTS: RangeInclusive<u16> = 50412..=50499;

/// The most clients of a scene.
const MOST_CLIENTS: usize = 8;

/// The scene is over when nothing has happened for so long after the last step. The kernel sends a
/// lost packet again after 0.2 s, then after twice as long, and so on (RFC 6298, and Linux's
/// TCP_RTO_MIN). If nothing can happen any more, the player waits only as long as a source is late.
const QUIET: Duration = Duration::from_secs(1);
const OVER: Duration = Duration::from_millis(60);

/// How much longer than the scene says a pause may last. A program in a loop never sleeps, and has to
/// be recorded to the end of its scene.
const LATE: Duration = Duration::from_millis(500);

/// What is to be played.
pub struct Task {
    /// The words that start the server; `{address}`, `{host}` and `{port}` are filled in.
    pub server: Vec<String>,
    /// The words that start a client, where one is a program.
    pub client: Vec<String>,
    /// How long all steps may take, or, of a live stream, each.
    pub patience: Duration,
    /// Whether the steps come one by one: then one that fails does not end it.
    pub live: bool,
}

/// What is left when all is played.
pub struct Played {
    /// The packets, as a file for Wireshark; of a live stream, none.
    pub pcap: Vec<u8>,
    /// Where it stopped, and why, if it was not played to its end.
    pub stopped: Option<Words>,
}

/// Plays `steps`, and gives each event to `sink`. [`Network::allow`] has to be called before. When it
/// returns, everything that was started has ended.
///
/// # Errors
/// Where the server can't be started, or the kernel refuses to be watched.
pub fn play(
    stage: &Stage,
    task: &Task,
    steps: impl Iterator<Item = Result<Step, Words>>,
    sink: impl FnMut(Event) -> io::Result<()> + Send,
) -> Result<Played, Words> {
    let network = Network::enter()?;
    network.reserve(&CLIENTS);
    let packets = Packets::open(!task.live)?;
    thread::scope(|scope| {
        let (sights, seen) = mpsc::channel();
        let stream = Stream::new(SystemTime::now(), sink);
        let stream = scope.spawn(move || stream.run(&seen));
        let watch = Watch::new(sights)?;
        // Before a program is started: a socket that listens at the first look began to after this.
        let sockets = Sockets::new(SERVER)?;
        let played = thread::scope(|scope| {
            let observed = scope.spawn(|| observe(&watch, sockets, packets));
            let stopped = Player::new(stage, task, network, &watch).play_all(steps);
            let captured = joined(observed)?;
            if captured.left_out > 0 {
                let missing = What::Missing { packets: captured.left_out };
                watch.see(SystemTime::now(), Sight::Plain(missing));
            }
            Ok(Played { pcap: pcap::file(&captured.frames), stopped: stopped? })
        });
        // Without it no source is left, and the stream ends.
        drop(watch);
        joined(stream)?;
        played
    })
}

fn joined<T, E: Into<Words>>(thread: ScopedJoinHandle<'_, Result<T, E>>) -> Result<T, Words> {
    thread.join().map_err(|_| Words::same("a thread has panicked"))?.map_err(E::into)
}

fn fails<T>(en: &'static str, zh: &'static str) -> Result<T, Words> {
    Err(Words::fixed(en, zh))
}

/// Who plays.
struct Player<'a> {
    stage: &'a Stage,
    task: &'a Task,
    network: Network,
    watch: &'a Watch,
    sockets: HashMap<Who, Option<TcpStream>>,
    ports: RangeInclusive<u16>,
    /// The scene knows that the server has ended.
    is_over: bool,
    deadline: Deadline,
}

/// The sources end when all is played, however that ends.
impl Drop for Player<'_> {
    fn drop(&mut self) {
        self.watch.end();
    }
}

type Done = Result<(), Words>;

impl<'a> Player<'a> {
    fn new(stage: &'a Stage, task: &'a Task, network: Network, watch: &'a Watch) -> Self {
        let (sockets, deadline) = (HashMap::new(), Deadline::after(task.patience));
        Player { stage, task, network, watch, sockets, ports: CLIENTS, is_over: false, deadline }
    }

    /// Plays all steps, and waits until all is over. Returns why it went no further.
    fn play_all(
        mut self,
        steps: impl Iterator<Item = Result<Step, Words>>,
    ) -> Result<Option<Words>, Words> {
        let stopped = self.play(steps)?;
        self.settle()?;
        Ok(stopped.or_else(|| self.may_go_on().err()))
    }

    fn see(&self, sight: Sight) {
        self.watch.stir();
        self.watch.see(SystemTime::now(), sight);
    }

    fn tell(&self, what: What) {
        self.see(Sight::Plain(what));
    }

    /// Plays all steps, the first of which starts the server. Returns why it went no further.
    fn play(
        &mut self,
        steps: impl Iterator<Item = Result<Step, Words>>,
    ) -> Result<Option<Words>, Words> {
        let start = Step { who: Who::Server, act: Act::Start(Vec::new()) };
        let mut steps = steps.peekable();
        let is_started =
            matches!(steps.peek(), Some(Ok(Step { who: Who::Server, act: Act::Start(_) })));
        let first = (!is_started).then_some(Ok(start));
        for (number, step) in first.into_iter().chain(steps).enumerate() {
            if self.task.live {
                self.deadline = Deadline::after(self.task.patience);
            }
            match step.and_then(|step| self.step(&step)) {
                Err(why) if number == 0 => return Err(why),
                Err(why) if !self.task.live => return Ok(Some(why)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Takes one step. Where it fails, it says why.
    fn step(&mut self, step: &Step) -> Done {
        let line = step.to_string();
        self.tell(What::Act { line: line.clone() });
        self.act(step).and_then(|()| self.may_go_on()).map_err(|why| {
            let stopped = why.of(&line);
            self.tell(What::Stopped { line, why });
            stopped
        })
    }

    fn act(&mut self, Step { who, act }: &Step) -> Done {
        match act {
            Act::Start(options) => self.start(who, options),
            Act::Connect => self.connect(who),
            Act::Send(bytes) => self.send(who, bytes),
            Act::Receive(Want::Exactly(bytes)) => self.receive(who, bytes.len(), Some(bytes)),
            Act::Receive(Want::Count(count)) => self.receive(who, *count, None),
            Act::Receive(Want::End | Want::Fin) => self.receive(who, usize::MAX, None),
            Act::SendInPieces(bytes, length) => {
                bytes.chunks(*length).try_for_each(|piece| self.send(who, piece))
            }
            Act::Pause(time) => self.pause(*time),
            Act::HalfClose => match self.socket(who)?.shutdown(Shutdown::Write) {
                Err(error) if error.kind() != io::ErrorKind::NotConnected => Err(error.into()),
                _ => Ok(()),
            },
            Act::Close | Act::Reset => {
                let socket = self.socket(who)?;
                if *act == Act::Reset {
                    // It can only fail where the connection is gone already.
                    let _ = SockRef::from(socket).set_linger(Some(Duration::ZERO));
                }
                self.sockets.insert(who.clone(), None);
                Ok(())
            }
            Act::Type(text) => Ok(lock(&self.program(who)?.process).types(text.as_bytes())?),
            Act::EndInput => {
                lock(&self.program(who)?.process).ends_its_input();
                Ok(())
            }
            Act::Interrupt => Ok(lock(&self.program(who)?.process).interrupt()?),
            Act::Kill => {
                lock(&self.program(who)?.process).end();
                Ok(())
            }
            Act::NetworkDown => Ok(self.network.goes_down()?),
            Act::NetworkUp => Ok(self.network.comes_up()?),
            Act::Wait(For::Printed(text)) => {
                let has =
                    |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(text).then_some(());
                Ok(self.program(who)?.printed.wait_for(self.deadline, text, has)?)
            }
            Act::Wait(For::Ended) => {
                let program = self.program(who)?;
                match self.deadline.look(|| program.status())? {
                    Some(_) => {
                        self.is_over |= *who == Who::Server;
                        Ok(())
                    }
                    None => fails("the program did not end", "程序没有结束"),
                }
            }
            _ => fails("a scene cannot do this", "剧本里不能这样做"),
        }
    }

    /// Whether there is time left, and no program prints without end.
    fn may_go_on(&self) -> Done {
        let programs = lock(&self.watch.programs);
        if programs.iter().any(|program| program.printed.flooded() || program.said.flooded()) {
            return fails(
                "the program printed more than 4 MiB, and is not read any further",
                "程序打印了 4 MiB 以上，不再读取",
            );
        }
        if self.deadline.has_passed() {
            return fails("the time is up", "时间到了");
        }
        Ok(())
    }

    /// The pause is what the scene shows. On a busy machine it lasts longer, until the programs have done
    /// what they had to do, and the observer has seen them sleep.
    fn pause(&self, time: Duration) -> Done {
        thread::sleep(time.min(self.deadline.left()));
        let programs = lock(&self.watch.programs).clone();
        let late = self.deadline.or_after(LATE);
        late.look(|| {
            let mut sleep = true;
            for program in &programs {
                sleep &= kernel::is_asleep(lock(&program.process).id())?;
            }
            Ok::<_, Words>(sleep.then_some(()))
        })?;
        // The observer looks at once. The look that is under way may have begun before.
        self.watch.stir();
        let looks = self.watch.looks() + 2;
        late.look(|| Ok::<_, Words>((self.watch.looks() >= looks).then_some(())))?;
        Ok(())
    }

    fn start(&mut self, who: &Who, options: &[String]) -> Done {
        let command = if *who == Who::Server { &self.task.server } else { &self.task.client };
        if command.is_empty() {
            return fails("no command was given for this client", "没有给出这个客户端的命令");
        }
        if *who != Who::Server {
            // It connects from whatever port it is given.
            self.see(Sight::Port(0, who.clone()));
        }
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let words = Program::command(self.stage, command.clone()).words(SERVER, &options);
        let process = Process::start(self.stage, &words)?;
        let (printed, said) = (process.printed.clone(), process.said.clone());
        let mut programs = lock(&self.watch.programs);
        let run = programs.iter().filter(|program| program.by.who == *who).count() + 1;
        let (by, process) = (By { who: who.clone(), run }, Mutex::new(process));
        programs.push(Arc::new(Running { by, process, printed, said }));
        Ok(())
    }

    /// The program that was last started for `who`.
    fn program(&self, who: &Who) -> Result<Arc<Running>, Words> {
        let programs = lock(&self.watch.programs);
        let last = programs.iter().rfind(|program| program.by.who == *who).cloned();
        last.ok_or_else(|| Words::fixed("this client is not a program", "这个客户端不是程序"))
    }

    fn socket(&self, who: &Who) -> Result<&TcpStream, Words> {
        let none = || Words::fixed("the client has not connected yet", "客户端还没有连接");
        let stream = self.sockets.get(who).and_then(Option::as_ref).ok_or_else(none)?;
        stream.set_read_timeout(Some(self.deadline.left()))?;
        stream.set_write_timeout(Some(self.deadline.left()))?;
        Ok(stream)
    }

    /// Connects as soon as the kernel shows that the server listens; or is refused, where the scene has
    /// waited for the end of the server.
    fn connect(&mut self, who: &Who) -> Done {
        if !self.sockets.contains_key(who) && self.sockets.len() == MOST_CLIENTS {
            return fails("a scene has at most 8 clients", "一个剧本最多有 8 个客户端");
        }
        let server = self.program(&Who::Server)?;
        let listens = self.deadline.look(|| {
            let found = socket_table::find(SERVER, NO_END)?;
            if found.is_some_and(|entry| entry.state == State::Listen) {
                return Ok(Some(true));
            }
            Ok::<_, Words>(server.status()?.map(|_| false))
        })?;
        if listens != Some(true) && !self.is_over {
            return fails("no program listens on the port", "端口上没有程序在监听");
        }
        let used_up = || Words::fixed("the client ports are used up", "客户端端口用完了");
        let port = self.ports.next().ok_or_else(used_up)?;
        self.see(Sight::Port(port, who.clone()));
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
        match socket.connect_timeout(&SERVER.into(), self.deadline.left()) {
            Err(error) if self.is_over && error.kind() == io::ErrorKind::ConnectionRefused => {}
            connected => {
                connected?;
                self.sockets.insert(who.clone(), Some(socket.into()));
            }
        }
        Ok(())
    }

    fn send(&self, who: &Who, mut bytes: &[u8]) -> Done {
        while !bytes.is_empty() {
            let mut stream = self.socket(who)?;
            match stage::retry_on_eintr(|| stream.write(bytes)) {
                Ok(count) => bytes = &bytes[count..],
                // Whether this send fails already or only the next one is a matter of microseconds.
                Err(error) => return Ok(stage::sent(Err(error))?),
            }
        }
        Ok(())
    }

    /// Receives so many bytes, or all until the server closes or resets; just these, if given.
    fn receive(&self, who: &Who, count: usize, expected: Option<&[u8]>) -> Done {
        let mut buffer = [0; 64 << 10];
        let mut received = 0;
        while received < count {
            let room = buffer.len().min(count - received);
            let mut stream = self.socket(who)?;
            let more = match stage::retry_on_eintr(|| stream.read(&mut buffer[..room])) {
                Ok(more) => more,
                Err(error) if is_reset(&error) => 0,
                Err(error) if stage::is_timeout(&error) => {
                    return fails(
                        "the program sent nothing in time",
                        "程序在限定时间内没有发来内容",
                    );
                }
                Err(error) => return Err(error.into()),
            };
            let is_expected = |bytes: &[u8]| bytes[received..].starts_with(&buffer[..more]);
            match expected {
                Some(bytes) if more == 0 || !is_expected(bytes) => {
                    return fails("the program sent something else", "程序发来的内容不对");
                }
                None if more == 0 => break,
                _ => received += more,
            }
            if self.deadline.has_passed() {
                return fails("the program sends without end", "程序不停地发送");
            }
        }
        Ok(())
    }

    /// Waits until nothing more can happen: all programs have ended, and so have the connections; or
    /// until nothing has happened for a while.
    fn settle(&self) -> Done {
        while !self.deadline.has_passed() {
            let programs = lock(&self.watch.programs).clone();
            let mut have_ended = true;
            for program in programs {
                have_ended &= program.status()?.is_some();
            }
            let is_over = have_ended
                && socket_table::read()?.iter().all(|entry| entry.state == State::TimeWait);
            if self.watch.quiet_for() > if is_over { OVER } else { QUIET } {
                break;
            }
            thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }
}
