//! Looks on, as fast as the machine allows: in which states the two ends are, and where the server
//! waits.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use super::system_call::{Doing, Watch, step};
use crate::packet::Ends;
use crate::recording::Side;
use shared::socket_table::{self, State};

/// How long a socket has to be gone to be gone: while one gets into TIME_WAIT, the kernel finds
/// neither the old entry nor the new one for a moment (inet_twsk_hashdance_schedule).
const GONE: Duration = Duration::from_millis(1);

/// The most changes of each kind that are noted.
const MOST: usize = 2000;

/// The state of the socket of exactly these ends, or of the one that listens; `None` where there is
/// neither.
pub fn state(local: SocketAddr, remote: SocketAddr) -> io::Result<Option<State>> {
    Ok(socket_table::find(local, remote)?.map(|entry| entry.state))
}

/// Every change that was seen, and when.
#[derive(Default)]
pub struct Observed {
    pub states: Vec<(SystemTime, Side, Option<State>)>,
    pub calls: Vec<(SystemTime, Doing, Option<&'static str>)>,
    /// Since when the client's and the server's end seem to be gone.
    gone_since: [Option<SystemTime>; 2],
}

/// An observer at work.
pub struct Observer {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<Observed>>,
}

impl Observer {
    /// Begins to look at the process `id`, and at the connection of `ends` once they are known.
    pub fn start(id: u32, ends: impl Fn() -> Option<Ends> + Send + 'static) -> io::Result<Self> {
        // Whose memory is protected (prctl(2), PR_SET_DUMPABLE) can't be watched.
        let watch = Watch::new(id).ok();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut observed = Observed::default();
            let mut waits = watch.map(|watch| Waits { id, watch, last: Doing::Runs });
            // One last look comes behind the end.
            let mut is_last = false;
            while !is_last {
                is_last = stopped.load(Ordering::Relaxed);
                if let Some(ends) = ends() {
                    observed.look_at(Side::Server, state(ends.server, ends.client)?);
                    observed.look_at(Side::Client, state(ends.client, ends.server)?);
                }
                if let Some(waits) = &mut waits {
                    waits.look(&mut observed);
                }
                // On a busy machine, those who do something come first.
                thread::yield_now();
            }
            Ok(observed)
        });
        Ok(Observer { stop, thread })
    }

    /// Ends the observation.
    pub fn finish(self) -> io::Result<Observed> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| io::Error::other("the observer has panicked"))?
    }
}

impl Observed {
    fn look_at(&mut self, side: Side, state: Option<State>) {
        // Where a connection is gone, the kernel shows the socket that listens (inet_lookup).
        let was_there = |(_, whose, state): &(SystemTime, Side, Option<State>)| {
            *whose == side && state.is_some_and(|state| state != State::Listen)
        };
        let is_gone = state == Some(State::Listen) && self.states.iter().any(was_there);
        let state = state.filter(|_| !is_gone);
        let last = self.states.iter().rev().find(|(_, whose, _)| *whose == side);
        let last = last.and_then(|(_, _, state)| *state);
        let mut at = SystemTime::now();
        let gone_since = &mut self.gone_since[side as usize];
        if state.is_some() {
            *gone_since = None;
        } else {
            let since = *gone_since.get_or_insert(at);
            if at.duration_since(since).unwrap_or_default() < GONE {
                return;
            }
            at = since;
        }
        if state != last && self.states.len() < MOST {
            self.states.push((at, side, state));
        }
    }
}

/// Where one process waits.
struct Waits {
    id: u32,
    watch: Watch,
    last: Doing,
}

impl Waits {
    fn look(&mut self, observed: &mut Observed) {
        let doing = self.watch.look();
        if doing != self.last && observed.calls.len() < MOST {
            let step = match &doing {
                Doing::Waits { call, argument } => step(self.id, call, *argument),
                _ => None,
            };
            observed.calls.push((SystemTime::now(), doing.clone(), step));
            self.last = doing;
        }
    }
}
