//! Looks on: at the sockets, where the programs wait, and what they print. It looks 50 times a
//! second, and as fast as it can for a moment after something has happened.

use std::io;
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use shared::Text;
use stage::{Output, Process};

use super::sockets::{Ends, SERVER, Sockets};
use super::threads::{Change, Threads};
use crate::event::{By, Stream, What};
use crate::sight::Sight;

/// How long it looks as fast as it can when something has happened, and how often it looks otherwise.
const BUSY: Duration = Duration::from_millis(50);
const LOOK: Duration = Duration::from_millis(20);

/// How many bytes of each output are written down each second.
const MOST_PRINTED: usize = 16 << 10;

/// When something has happened last: who looks on waits for that.
pub struct Pace {
    last: Mutex<Instant>,
    stirred: Condvar,
    begun: Mutex<Vec<Ends>>,
}

impl Pace {
    /// Nothing has happened yet.
    pub fn new() -> Self {
        Pace { last: Mutex::new(Instant::now()), stirred: Condvar::new(), begun: Mutex::default() }
    }

    /// Something has happened.
    pub fn stir(&self) {
        *lock(&self.last) = Instant::now();
        self.stirred.notify_all();
    }

    /// A connection begins, from a client to a server.
    pub fn begins(&self, client: SocketAddr, server: SocketAddr) {
        lock(&self.begun).push((client, server));
    }

    /// For how long nothing has happened.
    pub fn quiet_for(&self) -> Duration {
        lock(&self.last).elapsed()
    }

    /// Waits until the next look.
    fn wait(&self) {
        let last = lock(&self.last);
        if last.elapsed() > BUSY {
            // That it is woken too early is no harm.
            drop(self.stirred.wait_timeout(last, LOOK));
        } else {
            drop(last);
            // On a busy machine, those who do something come first.
            thread::yield_now();
        }
    }
}

/// A program that was started, in the hands of who plays and who watches.
pub struct Running {
    pub by: By,
    pub process: Mutex<Process>,
    /// Its standard output.
    pub printed: Output,
    /// Its standard error.
    pub said: Output,
}

impl Running {
    /// How it has ended, if it has.
    pub fn status(&self) -> io::Result<Option<ExitStatus>> {
        let status = lock(&self.process).status();
        status.map_err(|fault| io::Error::other(format!("{fault:?}")))
    }
}

/// An observer at work.
pub struct Observer {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<()>>,
    /// The programs to look at.
    pub programs: Arc<Mutex<Vec<Arc<Running>>>>,
}

impl Observer {
    /// Begins to look.
    pub fn start(sights: Sender<(SystemTime, Sight)>, pace: Arc<Pace>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let programs = Arc::default();
        let (stopped, added) = (Arc::clone(&stop), Arc::clone(&programs));
        let thread = thread::spawn(move || observe(&sights, &pace, &stopped, &added));
        Observer { stop, thread, programs }
    }

    /// Ends the observation.
    pub fn finish(self) -> io::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| io::Error::other("the observer has panicked"))?
    }
}

fn observe(
    sights: &Sender<(SystemTime, Sight)>,
    pace: &Pace,
    stop: &AtomicBool,
    programs: &Mutex<Vec<Arc<Running>>>,
) -> io::Result<()> {
    let mut sockets = Sockets::new(SERVER)?;
    let mut watched: Vec<Watched> = Vec::new();
    // One last look comes behind the end.
    let mut is_last = false;
    while !is_last {
        is_last = stop.load(Ordering::Relaxed);
        let new: Vec<_> = lock(programs).iter().skip(watched.len()).cloned().collect();
        watched.extend(new.into_iter().map(Watched::new));
        lock(&pace.begun).drain(..).for_each(|(client, server)| sockets.add(client, server));
        let mut seen = Vec::new();
        for program in &mut watched {
            program.look(&mut sockets, &mut seen)?;
        }
        // After the outputs: a server that has said that it listens is then seen to listen, and both
        // are told together, however late this look is.
        let told = sockets.look(is_last)?;
        seen.extend(told.into_iter().map(|(at, socket)| (at, Sight::Socket(socket))));
        if seen.iter().any(|(_, sight)| matches!(sight, Sight::Plain(What::Output { .. }))) {
            pace.stir();
        }
        if seen.into_iter().any(|sight| sights.send(sight).is_err()) {
            return Ok(());
        }
        pace.wait();
    }
    Ok(())
}

/// A program that is looked at.
struct Watched {
    program: Arc<Running>,
    threads: Threads,
    outputs: [Printed; 2],
    has_ended: bool,
}

impl Watched {
    fn new(program: Arc<Running>) -> Self {
        let threads = Threads::of(lock(&program.process).id());
        let outputs = [Stream::Stdout, Stream::Stderr].map(Printed::on);
        Watched { program, threads, outputs, has_ended: false }
    }

    fn look(
        &mut self,
        sockets: &mut Sockets,
        seen: &mut Vec<(SystemTime, Sight)>,
    ) -> io::Result<()> {
        let by = &self.program.by;
        let status = if self.has_ended { None } else { self.program.status()? };
        if status.is_some() {
            // What was written last may still be in the pipe.
            self.program.printed.last_words();
            self.program.said.last_words();
        }
        let [stdout, stderr] = &mut self.outputs;
        stdout.look(by, &self.program.printed, seen);
        stderr.look(by, &self.program.said, seen);
        if let Some(status) = status {
            self.has_ended = true;
            let ended = What::Ended { by: by.clone(), how: ending(status) };
            seen.push((SystemTime::now(), Sight::Plain(ended)));
        }
        for change in if self.has_ended { Vec::new() } else { self.threads.look() } {
            let ends = change.sockets.iter().filter_map(|inode| sockets.ends_of(*inode));
            let on = ends.collect();
            let Change { at, thread, call, step, .. } = change;
            let by = by.clone();
            let wait = What::Wait { by, thread, call, step, on: Vec::new() };
            seen.push((at, Sight::Wait(wait, on)));
        }
        Ok(())
    }
}

/// What was read of one output.
struct Printed {
    stream: Stream,
    pieces: usize,
    length: usize,
    decoder: Text,
    /// Until when so many bytes more are written down.
    until: SystemTime,
    room: usize,
}

impl Printed {
    fn on(stream: Stream) -> Self {
        let (decoder, until) = (Text::new("utf-8"), SystemTime::UNIX_EPOCH);
        Printed { stream, pieces: 0, length: 0, decoder, until, room: 0 }
    }

    fn look(&mut self, by: &By, output: &Output, seen: &mut Vec<(SystemTime, Sight)>) {
        if output.length() == self.length {
            return;
        }
        let pieces = output.pieces();
        for (at, piece) in pieces.iter().skip(self.pieces) {
            if *at > self.until {
                (self.until, self.room) = (*at + Duration::from_secs(1), MOST_PRINTED);
            }
            let kept = &piece[..piece.len().min(self.room)];
            (self.room, self.length) = (self.room - kept.len(), self.length + piece.len());
            let (mut text, left_out) = (String::new(), piece.len() - kept.len());
            self.decoder.decode(kept, &mut text);
            if !text.is_empty() || left_out > 0 {
                let (by, stream) = (by.clone(), self.stream);
                let printed = What::Output { by, stream, text, left_out };
                seen.push((*at, Sight::Plain(printed)));
            }
        }
        self.pieces = pieces.len();
    }
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => format!("signal {}", status.signal().unwrap_or_default()),
    }
}

/// What is shared, even by who has panicked.
pub fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
