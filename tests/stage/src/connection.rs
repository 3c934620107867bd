//! The other end of the line, in the hands of the examiner.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use shared::is_reset;
use socket2::{Domain, SockRef, Socket, Type};

use crate::deadline::Deadline;
use crate::fault::{Fault, Stop, Verdict};
use crate::kernel;
use crate::loopback::own_address;
use crate::output::retry_on_eintr;
use crate::program::Program;
use crate::spawn::none_starts;
use crate::steps::Steps;
use acts::{Act, For, Want, Who};

/// How long to wait for a program to receive what was sent, on Windows, which does not show it.
const RECEIVE_DELAY: Duration = Duration::from_millis(50);

/// The client of an examination, which has only one.
const CLIENT: Who = Who::Client(None);

/// One connection.
///
/// Dropping it resets the connection (RST), so that the other end has no TIME_WAIT and its port is
/// free. [`Connection::closes`] closes as any program does.
pub struct Connection {
    stream: Option<TcpStream>,
    local: SocketAddr,
    remote: SocketAddr,
    sent: Cell<usize>,
    /// Whose end it is.
    who: Who,
    deadline: Deadline,
    steps: Steps,
}

impl Connection {
    /// Connects to `address`, as the client `who`.
    pub fn to(
        address: SocketAddr,
        who: Who,
        deadline: Deadline,
        steps: &Steps,
    ) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, deadline.left())?;
        let connection = Connection::on(stream, who, deadline, steps)?;
        if connection.local == connection.remote {
            // The kernel chose the very port that is called, and the call has met itself (RFC
            // 9293, section 3.5: a simultaneous open).
            return Err(ErrorKind::ConnectionRefused.into());
        }
        Ok(connection)
    }

    /// The same, but both kernels keep little of what the other end sends: it is soon blocked if this
    /// end does not read.
    pub fn narrow_to(
        address: SocketAddr,
        who: Who,
        deadline: Deadline,
        steps: &Steps,
    ) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        socket.set_recv_buffer_size(4096)?;
        // How much the other kernel keeps follows from the length of a segment.
        #[cfg(unix)]
        socket.set_tcp_mss(500)?;
        socket.connect_timeout(&address.into(), deadline.left())?;
        Connection::on(socket.into(), who, deadline, steps)
    }

    fn on(stream: TcpStream, who: Who, deadline: Deadline, steps: &Steps) -> io::Result<Self> {
        let (local, remote) = (stream.local_addr()?, stream.peer_addr()?);
        let (sent, steps) = (Cell::new(0), steps.clone());
        steps.name(&who, local);
        Ok(Connection { stream: Some(stream), local, remote, sent, who, deadline, steps })
    }

    /// The same, which notes what it does in `steps`.
    pub fn noting(mut self, steps: &Steps) -> Self {
        self.steps = steps.clone();
        self
    }

    /// Each call may last until `deadline` from now on.
    pub fn has_until(&mut self, deadline: Deadline) {
        self.deadline = deadline;
    }

    /// Until when it is used.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// This end's address.
    pub fn address(&self) -> SocketAddr {
        self.local
    }

    /// How many bytes this end has sent.
    pub fn sent(&self) -> usize {
        self.sent.get()
    }

    /// Notes what this end is about to do.
    pub fn takes(&self, act: Act) {
        self.steps.take(self.who.clone(), act);
    }

    /// The socket, whose next call lasts no longer than the deadline.
    fn stream(&self) -> Result<&TcpStream, Fault> {
        let stream = self.stream.as_ref().ok_or_else(|| Fault::new("this end is closed"))?;
        stream.set_read_timeout(Some(self.deadline.left()))?;
        stream.set_write_timeout(Some(self.deadline.left()))?;
        Ok(stream)
    }

    /// Receives what has come, into `buffer`; 0 at the end of the stream.
    pub fn reads(&self, buffer: &mut [u8]) -> Result<usize, Fault> {
        self.read(buffer)?.map_err(receiving)
    }

    fn read(&self, buffer: &mut [u8]) -> Result<io::Result<usize>, Fault> {
        let mut stream = self.stream()?;
        Ok(retry_on_eintr(|| stream.read(buffer)))
    }

    /// A second handle of the same socket, for another thread.
    pub fn try_clone(&self) -> Result<TcpStream, Fault> {
        Ok(self.stream()?.try_clone()?)
    }

    /// Sends `bytes`, all of them.
    pub fn sends(&self, bytes: impl AsRef<[u8]>) -> Verdict {
        let bytes = bytes.as_ref();
        self.takes(Act::Send(bytes.to_vec()));
        self.sent.set(self.sent() + bytes.len());
        sent(self.write_all(bytes)?)
    }

    /// Writes all of `bytes`, where no part of it may take longer than the deadline.
    fn write_all(&self, mut bytes: &[u8]) -> Result<io::Result<()>, Fault> {
        while !bytes.is_empty() {
            let mut stream = self.stream()?;
            match retry_on_eintr(|| stream.write(bytes)) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    }

    /// Sends `bytes` in many small sends.
    pub fn sends_in_pieces(&self, bytes: &[u8], length: usize) -> Verdict {
        self.takes(Act::SendInPieces(bytes.to_vec(), length));
        self.sent.set(self.sent() + bytes.len());
        for piece in bytes.chunks(length) {
            sent(self.write_all(piece)?)?;
        }
        Ok(())
    }

    /// Says that nothing more will be sent (FIN), and can still receive.
    pub fn half_closes(&self) -> Verdict {
        self.takes(Act::HalfClose);
        sent(self.stream()?.shutdown(Shutdown::Write))
    }

    /// Closes as a well-mannered client does: half-closes, and receives until the other end has
    /// closed too. If a client closes with a reply unread, it resets the connection instead.
    pub fn closes_gracefully(&self) -> Verdict {
        self.half_closes()?;
        let mut buffer = [0; 1024];
        while self.reads(&mut buffer)? > 0 {}
        Ok(())
    }

    /// Closes this end.
    pub fn closes(&mut self) {
        self.takes(Act::Close);
        let _alone = none_starts();
        self.stream = None;
    }

    /// Resets the connection (RST).
    pub fn resets(&mut self) -> Verdict {
        self.takes(Act::Reset);
        self.abort();
        Ok(())
    }

    /// SO_LINGER on, with 0 seconds, and close.
    fn abort(&mut self) {
        let _alone = none_starts();
        if let Some(stream) = self.stream.take() {
            // It can only fail where the connection is gone already.
            let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        }
    }

    /// Waits until the other program has taken all that was sent out of its socket.
    pub fn waits_until_received(&self) -> Verdict {
        let other = if self.who == Who::Server { CLIENT } else { Who::Server };
        self.steps.take(other, Act::Wait(For::Received));
        if cfg!(windows) {
            thread::sleep(RECEIVE_DELAY);
            return Ok(());
        }
        kernel::all_is_received(self.deadline, self.local, self.remote)
    }

    /// Receives exactly `expected`.
    pub fn receives(&self, expected: impl AsRef<[u8]>) -> Verdict {
        let expected = expected.as_ref();
        self.takes(Act::Receive(Want::Exactly(expected.to_vec())));
        let mut found = vec![0; expected.len()];
        let mut have = 0;
        let mut stop = None;
        while have < expected.len() && stop.is_none() {
            match self.read(&mut found[have..])? {
                Ok(0) => stop = Some(Stop::Closed),
                Ok(more) => have += more,
                Err(error) => stop = Some(stopped(&error).ok_or(error)?),
            }
        }
        found.truncate(have);
        if found == expected {
            return Ok(());
        }
        let stop = stop.filter(|_| expected.starts_with(&found));
        let (expected, found) = (self.steps.with_names(expected), self.steps.with_names(&found));
        Err(Fault::Sent { expected, found, stop })
    }

    /// Receives the end of the stream (FIN), and nothing before it.
    pub fn receives_the_end(&self) -> Verdict {
        self.takes(Act::Receive(Want::Fin));
        let mut buffer = [0; 64];
        match self.read(&mut buffer)? {
            Ok(0) => Ok(()),
            Ok(count) => Err(Fault::SentMore(buffer[..count].to_vec())),
            Err(error) if is_timeout(&error) => Err(Fault::DidNotClose),
            Err(error) => Err(receiving(error)),
        }
    }

    /// Receives nothing, and no end of the stream either, for `time`.
    pub fn stays_silent(&self, time: Duration) -> Verdict {
        let stream = self.stream()?;
        self.takes(Act::Receive(Want::Nothing(time)));
        stream.set_read_timeout(Some(time))?;
        let (mut stream, mut byte) = (stream, [0]);
        match retry_on_eintr(|| stream.read(&mut byte)) {
            Err(error) if is_timeout(&error) => Ok(()),
            Err(error) => Err(receiving(error)),
            Ok(0) => Err(Fault::BrokeTheSilence(Err(Stop::Closed))),
            Ok(_) => Err(Fault::BrokeTheSilence(Ok(byte[0]))),
        }
    }

    /// Whether nothing comes for `time`, and no end of the stream either. What comes can still be
    /// received.
    pub fn is_silent_for(&self, time: Duration) -> Result<bool, Fault> {
        let stream = self.stream()?;
        stream.set_read_timeout(Some(time))?;
        match retry_on_eintr(|| stream.peek(&mut [0])) {
            Err(error) if is_timeout(&error) => Ok(true),
            Err(error) => Err(receiving(error)),
            Ok(_) => Ok(false),
        }
    }

    /// Receives a reset, and nothing before it.
    pub fn is_reset(&self) -> Verdict {
        match self.read(&mut [0])? {
            Err(error) if is_reset(&error) => Ok(()),
            Err(error) => Err(Fault::new(format!("received no reset: {error}"))),
            Ok(count) => Err(Fault::new(format!("received {count} bytes where a reset should be"))),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.abort();
    }
}

/// Whether a call has failed because its timeout is over.
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Why receiving failed.
fn receiving(error: io::Error) -> Fault {
    stopped(&error).map_or_else(|| Fault::new(error), Fault::Stopped)
}

/// What an error of recv says of the other end, if it does.
fn stopped(error: &io::Error) -> Option<Stop> {
    match error {
        error if is_timeout(error) => Some(Stop::Silence),
        error if is_reset(error) => Some(Stop::Reset),
        _ => None,
    }
}

/// The verdict on a send. If the other end has just gone, microseconds decide whether this send
/// fails, the next one, or none. So such an error is not a fault of the program. What comes back
/// and what the program prints decide that.
pub fn sent(result: io::Result<()>) -> Verdict {
    match result {
        Err(error) if is_timeout(&error) => Err(Fault::StoppedReceiving),
        Err(error) if !is_reset(&error) && error.kind() != ErrorKind::NotConnected => {
            Err(Fault::new(error))
        }
        _ => Ok(()),
    }
}

/// A server in the hands of the examiner.
pub struct Listener {
    socket: TcpListener,
    deadline: Deadline,
    steps: Steps,
}

impl Listener {
    /// Listens on a free port, for `program` to connect to.
    pub fn start(program: &Program) -> Result<Self, Fault> {
        let socket = TcpListener::bind(own_address())?;
        // accept knows no deadline, so it is asked again and again.
        socket.set_nonblocking(true)?;
        Ok(Listener { socket, deadline: program.deadline, steps: program.steps.clone() })
    }

    /// Where it listens.
    pub fn address(&self) -> Result<SocketAddr, Fault> {
        Ok(self.socket.local_addr()?)
    }

    /// Waits for the next connection.
    pub fn accepts(&self) -> Result<Connection, Fault> {
        self.steps.take(Who::Server, Act::Accept);
        let accepted = self.deadline.look(|| match self.socket.accept() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            result => result.map(Some),
        })?;
        let (stream, _) = accepted.ok_or(Fault::NeverConnected)?;
        stream.set_nonblocking(false)?;
        Ok(Connection::on(stream, Who::Server, self.deadline, &self.steps)?)
    }
}
