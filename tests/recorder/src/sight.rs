//! What a source has seen, which the stream puts in order and the tracker makes events of.

use std::net::SocketAddr;
use std::time::SystemTime;

use shared::socket_table::Entry;
use stage::act::Who;

use crate::event::What;
use crate::packet::Segment;

/// What a source has seen, and when that was.
pub type Sighted = (SystemTime, Sight);

/// What a source has seen.
pub enum Sight {
    /// The next connection from this port is this client's; any from an unknown port, with 0.
    Port(u16, Who),
    /// A packet.
    Segment(Segment),
    /// A socket, as the kernel shows it; closed once it is gone.
    Socket(Entry),
    /// Where a thread waits (`What::Wait`), and for the connections between these ends.
    Wait(What, Vec<(SocketAddr, SocketAddr)>),
    /// What is an event as it is.
    Plain(What),
}
