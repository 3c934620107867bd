//! What a source has seen, which the stream puts in order and the tracker makes events of.

use std::net::SocketAddr;
use std::time::Duration;

use shared::socket_table::State;
use stage::act::Who;

use crate::event::What;
use crate::packet::Segment;

/// What a source has seen.
pub enum Sight {
    /// The next connection from this port is this client's; any from an unknown port, with 0.
    Port(u16, Who),
    /// A packet.
    Segment(Segment),
    /// A socket, as the kernel shows it.
    Socket(Socket),
    /// Where a thread waits (`What::Wait`), and for the connections between these ends.
    Wait(What, Vec<(SocketAddr, SocketAddr)>),
    /// What is an event as it is.
    Plain(What),
}

/// A socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    pub local: SocketAddr,
    pub remote: SocketAddr,
    /// [`State::Closed`] once it is gone.
    pub state: State,
    /// Bytes to be received, and to be acknowledged; of a listening socket, connections to be
    /// accepted, and the room for them.
    pub queues: (u32, u32),
    pub time_wait_left: Option<Duration>,
}
