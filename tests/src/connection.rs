//! The other end of the line, in the hands of the test.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

use shared::is_reset;
use socket2::SockRef;

use crate::loopback::free_address;
use crate::{DEADLINE, Fault, LOOK_AGAIN, kernel};

/// One connection. Each of its waits ends at [`DEADLINE`].
pub struct Connection {
    stream: Option<TcpStream>,
    local: SocketAddr,
    remote: SocketAddr,
}

impl Connection {
    /// Calls `address`.
    pub fn to(address: SocketAddr) -> Result<Self, Fault> {
        Connection::on(TcpStream::connect_timeout(&address, DEADLINE)?)
    }

    fn on(stream: TcpStream) -> Result<Self, Fault> {
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        let (local, remote) = (stream.local_addr()?, stream.peer_addr()?);
        Ok(Connection { stream: Some(stream), local, remote })
    }

    /// This end's address.
    pub fn address(&self) -> SocketAddr {
        self.local
    }

    /// The other end's address.
    pub fn peer(&self) -> SocketAddr {
        self.remote
    }

    /// What a server prints of a call on this connection: a line for each of `texts`.
    pub fn transcript(&self, texts: &[&str]) -> String {
        texts.iter().map(|text| format!("{}>>>{text}\n", self.local)).collect()
    }

    /// The text that a server has printed of this connection, without the beginnings of its lines.
    pub fn text_in(&self, output: &Output) -> Result<String, Fault> {
        let printed = str::from_utf8(&output.stdout)?;
        let prompt = format!("{}>>>", self.local);
        let texts = printed.lines().map(|line| line.strip_prefix(prompt.as_str()));
        let text: Option<String> = texts.collect();
        text.ok_or_else(|| Fault::new(format!("a line does not begin with {prompt}: {printed:?}")))
    }

    fn stream(&self) -> Result<&TcpStream, Fault> {
        self.stream.as_ref().ok_or_else(|| Fault::new("this end is closed"))
    }

    /// Sends `bytes`, all of them.
    pub fn sends(&self, bytes: impl AsRef<[u8]>) -> Result<(), Fault> {
        Ok(self.stream()?.write_all(bytes.as_ref())?)
    }

    /// Says that nothing more will be sent (FIN), and can still receive.
    pub fn half_closes(&self) -> Result<(), Fault> {
        Ok(self.stream()?.shutdown(Shutdown::Write)?)
    }

    /// Hangs up as a well-mannered caller does: half-closes, and listens until the other end has
    /// closed too. Who closes with an answer unread resets instead.
    pub fn hangs_up(&self) -> Result<(), Fault> {
        self.half_closes()?;
        self.stream()?.read_to_end(&mut Vec::new())?;
        Ok(())
    }

    /// Closes this end.
    pub fn closes(&mut self) {
        self.stream = None;
    }

    /// Throws the connection away (RST): SO_LINGER on, with 0 seconds, and close.
    pub fn resets(&mut self) -> Result<(), Fault> {
        SockRef::from(self.stream()?).set_linger(Some(Duration::ZERO))?;
        self.closes();
        Ok(())
    }

    /// Waits until the other program has taken all that was sent out of its socket.
    pub fn has_been_heard(&self) -> Result<(), Fault> {
        // In this order: what the other end has acknowledged is in its queue, or was.
        kernel::wait_for("all is acknowledged", || {
            let ours = kernel::connection(self.local, self.remote)?;
            Ok(ours.is_some_and(|entry| entry.send_queue == Some(0)))
        })?;
        kernel::wait_for("all is received", || {
            let theirs = kernel::connection(self.remote, self.local)?;
            Ok(theirs.is_some_and(|entry| entry.receive_queue == Some(0)))
        })
    }

    /// Receives exactly `expected`.
    pub fn receives(&self, expected: impl AsRef<[u8]>) -> Result<(), Fault> {
        let expected = expected.as_ref();
        let mut received = vec![0; expected.len()];
        self.stream()?.read_exact(&mut received)?;
        if received != expected {
            let (received, expected) = (received.escape_ascii(), expected.escape_ascii());
            return Err(Fault::new(format!("received \"{received}\", not \"{expected}\"")));
        }
        Ok(())
    }

    /// Receives the end of the stream (FIN), and nothing before it.
    pub fn receives_the_end(&self) -> Result<(), Fault> {
        match self.stream()?.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(Fault::new("received a byte where the stream should end")),
            Err(error) => Err(Fault::new(format!("received no end of the stream: {error}"))),
        }
    }

    /// Receives a reset, and nothing before it.
    pub fn is_reset(&self) -> Result<(), Fault> {
        match self.stream()?.read(&mut [0]) {
            Err(error) if is_reset(&error) => Ok(()),
            Err(error) => Err(Fault::new(format!("received no reset: {error}"))),
            Ok(count) => Err(Fault::new(format!("received {count} bytes where a reset should be"))),
        }
    }
}

/// A server in the hands of the test.
pub struct Listener(TcpListener);

impl Listener {
    /// Listens on a free port.
    pub fn start() -> Result<Self, Fault> {
        let listener = TcpListener::bind(free_address())?;
        // accept knows no deadline, so it is asked again and again.
        listener.set_nonblocking(true)?;
        Ok(Listener(listener))
    }

    /// An address where nobody listens, and nobody will.
    pub fn nobody() -> Result<SocketAddr, Fault> {
        Listener::start()?.address()
    }

    /// Where it listens.
    pub fn address(&self) -> Result<SocketAddr, Fault> {
        Ok(self.0.local_addr()?)
    }

    /// Waits for the next caller.
    pub fn accepts(&self) -> Result<Connection, Fault> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.0.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false)?;
                    return Connection::on(stream);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
            if Instant::now() > deadline {
                return Err(Fault::new("nobody calls"));
            }
            thread::sleep(LOOK_AGAIN);
        }
    }
}
