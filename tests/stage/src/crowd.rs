//! Many clients in one thread, which looks at each of them again and again.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use shared::is_reset;
use socket2::SockRef;

use crate::deadline::Deadline;
use crate::fault::{Fault, Stop, Verdict};
use crate::spawn::none_starts;

/// As many descriptors as a crowd of thousands and its server need; macOS allows no more than this.
#[cfg(unix)]
const DESCRIPTORS: u64 = 10_240;

/// Lets this process, and what it starts from now on, have thousands of sockets: by default most
/// systems allow 1024 or fewer. If the system does not allow it, a later call says so.
pub fn allow_thousands_of_sockets() {
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(DESCRIPTORS);
}

/// Clients that are connected to one server. Dropping them resets their connections.
pub struct Crowd {
    server: SocketAddr,
    deadline: Deadline,
    /// All clients, in the order in which they connected.
    pub members: Vec<Member>,
}

/// One client of a crowd.
pub struct Member {
    stream: TcpStream,
    /// Its address.
    pub address: SocketAddr,
    /// What it has received so far.
    pub received: Vec<u8>,
    to_send: Vec<u8>,
    /// Why nothing more comes.
    stop: Option<Stop>,
}

impl Crowd {
    /// A crowd without a client, at the door of `server`.
    pub fn before(server: SocketAddr, deadline: Deadline) -> Self {
        Crowd { server, deadline, members: Vec::new() }
    }

    /// Connects `count` clients more, one immediately after the other.
    pub fn grows_by(&mut self, count: usize) -> Verdict {
        for _client in 0..count {
            let stream = TcpStream::connect_timeout(&self.server, self.deadline.left())?;
            stream.set_nonblocking(true)?;
            let address = stream.local_addr()?;
            let (received, to_send) = (Vec::new(), Vec::new());
            self.members.push(Member { stream, address, received, to_send, stop: None });
        }
        Ok(())
    }

    /// Resets the connections of the first `count` clients.
    pub fn shrinks_by(&mut self, count: usize) {
        let _alone = none_starts();
        for member in self.members.drain(..count) {
            // It can only fail where the connection is gone already.
            let _ = SockRef::from(&member.stream).set_linger(Some(Duration::ZERO));
        }
    }

    /// Sends and receives until each client has received what `is_content` asks for.
    pub fn works_until(&mut self, is_content: impl Fn(&Member) -> bool) -> Verdict {
        loop {
            let is_last = self.deadline.has_passed();
            let mut has_worked = false;
            for member in &mut self.members {
                has_worked |= member.works()?;
            }
            let Some(waiting) = self.members.iter().find(|member| !is_content(member)) else {
                return Ok(());
            };
            let stop = waiting.stop.or(is_last.then_some(Stop::Silence));
            if let Some(stop) = stop.filter(|_| !has_worked || is_last) {
                return Err(Fault::Stopped(stop));
            }
            if !has_worked {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

impl Member {
    /// Sends `bytes` when the crowd works next.
    pub fn will_send(&mut self, bytes: impl AsRef<[u8]>) {
        self.to_send.extend_from_slice(bytes.as_ref());
    }

    /// Whether the server has ended its connection.
    pub fn has_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// The whole lines that it has received, without their ends.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.received.split_inclusive(|byte| *byte == b'\n').filter_map(|l| l.strip_suffix(b"\n"))
    }

    /// Sends and receives as much as there is room for. Returns whether there was any.
    fn works(&mut self) -> Result<bool, Fault> {
        if self.stop.is_some() {
            return Ok(false);
        }
        let sent = match self.to_send.as_slice() {
            [] => 0,
            bytes => match unless_it_has_to_wait(self.stream.write(bytes)) {
                // The next recv says what has happened.
                Err(error) if is_reset(&error) => 0,
                result => result?.unwrap_or(0),
            },
        };
        self.to_send.drain(..sent);
        let mut buffer = [0; 65_536];
        match unless_it_has_to_wait(self.stream.read(&mut buffer)) {
            Err(error) if is_reset(&error) => self.stop = Some(Stop::Reset),
            Err(error) => return Err(error.into()),
            Ok(Some(0)) => self.stop = Some(Stop::Closed),
            Ok(None) => return Ok(sent > 0),
            Ok(Some(count)) => self.received.extend_from_slice(&buffer[..count]),
        }
        Ok(true)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.shrinks_by(self.members.len());
    }
}

/// `None` where a call that must not wait would have to.
fn unless_it_has_to_wait(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(None)
        }
        result => result.map(Some),
    }
}
