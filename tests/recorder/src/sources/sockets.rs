//! What the kernel shows of the sockets, told once it has stood for a while: states that last for
//! microseconds are the packets' to tell.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::{Duration, SystemTime};

use shared::socket_table::{self, Entry, Finder, State};

use super::Ends;

/// Where the server is told to listen: in this network every port is free, and every picture shows
/// the same.
pub const SERVER: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 7788));

/// How long something stands before it is told. While a connection gets into TIME_WAIT, the kernel
/// finds neither its old entry nor the new one for a moment (inet_twsk_hashdance_schedule).
const STANDS: Duration = Duration::from_millis(10);

/// A change is dated so much later than it was first seen. It then comes after every packet that could
/// explain it, although the two clocks do not agree to the microsecond.
const BEHIND: Duration = Duration::from_millis(5);

/// The sockets that are looked at. Only these are asked for, because a list of all sockets takes the
/// kernel a hundred times as long. For the list, it searches a table of the whole machine's size.
pub struct Sockets {
    finder: Finder,
    watched: Vec<Ends>,
    known: HashMap<Ends, Known>,
    looked: SystemTime,
}

struct Known {
    state: State,
    queues: (u32, u32),
    since: SystemTime,
    is_told: bool,
}

impl Sockets {
    /// The socket that listens on `address`, if any.
    pub fn new(address: SocketAddr) -> io::Result<Self> {
        let (finder, watched) = (Finder::new()?, vec![(address, NO_END)]);
        Ok(Sockets { finder, watched, known: HashMap::new(), looked: SystemTime::now() })
    }

    /// Looks at a connection too, and at the socket that listens for it.
    pub fn add(&mut self, client: SocketAddr, server: SocketAddr) {
        for ends in [(client, server), (server, client), (server, NO_END)] {
            if !self.watched.contains(&ends) {
                self.watched.push(ends);
            }
        }
    }

    /// Which of them is the socket with this inode.
    pub fn ends_of(&mut self, inode: u32) -> Option<Ends> {
        let entries = self.entries().unwrap_or_default();
        let is = |entry: &Entry| entry.inode == Some(inode);
        let known = entries.iter().position(|entry| entry.as_ref().is_some_and(is));
        // A connection may be so young that no packet of it was seen yet.
        known.map(|number| self.watched[number]).or_else(|| {
            let all = socket_table::read().unwrap_or_default();
            all.into_iter().find(is).map(|entry| (entry.local, entry.remote))
        })
    }

    /// What the kernel holds at the ends that are watched.
    fn entries(&mut self) -> io::Result<Vec<Option<Entry>>> {
        let mut entries = self.finder.find(&self.watched)?;
        for (entry, (_, remote)) in entries.iter_mut().zip(&self.watched) {
            // Where a connection is gone, the kernel finds the socket that listens (inet_lookup).
            entry.take_if(|entry| (entry.state == State::Listen) != (*remote == NO_END));
        }
        Ok(entries)
    }

    /// Looks. Returns what is to be told, and when it was; at the last look all there is to tell.
    pub fn look(&mut self, is_last: bool) -> io::Result<Vec<(SystemTime, Entry)>> {
        // Taken before the look: a change that the kernel does not show yet comes after it.
        let now = SystemTime::now();
        let looked = std::mem::replace(&mut self.looked, now);
        let mut told = Vec::new();
        for (ends, entry) in self.watched.clone().into_iter().zip(self.entries()?) {
            let entry = entry.unwrap_or_else(|| gone(ends));
            let Some(at) = self.tell(ends, &entry, looked, is_last) else { continue };
            if entry.state == State::Closed && ends.1 != NO_END {
                self.watched.retain(|watched| *watched != ends);
                self.known.remove(&ends);
            }
            told.push((at, entry));
        }
        Ok(told)
    }

    /// When it is to be told that a socket is like this, if that is now.
    fn tell(
        &mut self,
        ends: Ends,
        entry: &Entry,
        looked: SystemTime,
        is_last: bool,
    ) -> Option<SystemTime> {
        let (now, state, mut queues) = (self.looked, entry.state, queues(entry));
        let before = self.known.get(&ends);
        let is_same = before.is_some_and(|known| (known.state, known.queues) == (state, queues));
        let begins_to_listen =
            state == State::Listen && before.is_none_or(|known| known.state != state);
        if begins_to_listen {
            queues.0 = 0;
        }
        if !is_same {
            self.known.insert(ends, Known { state, queues, since: now, is_told: false });
        }
        let known = self.known.get_mut(&ends)?;
        let has_stood = now.duration_since(known.since).unwrap_or_default() >= STANDS || is_last;
        if known.is_told || !(has_stood || begins_to_listen) {
            return None;
        }
        known.is_told = true;
        // It may have listened since the last look. What follows from it comes after.
        Some(if begins_to_listen { looked } else { known.since + BEHIND })
    }
}

/// Bytes to be received, and to be acknowledged; of a listening socket, connections to be accepted,
/// and the room for them.
pub fn queues(entry: &Entry) -> (u32, u32) {
    (entry.receive_queue.unwrap_or_default(), entry.send_queue.unwrap_or_default())
}

/// What is told of a socket that the kernel does not hold any more.
pub fn gone((local, remote): Ends) -> Entry {
    let (state, none) = (State::Closed, None);
    Entry {
        local,
        remote,
        state,
        receive_queue: none,
        send_queue: none,
        inode: none,
        time_wait_left: None,
    }
}

/// The address of the other end, if a socket does not have one.
pub const NO_END: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));
