//! What a captured frame says of TCP.

use std::collections::HashMap;
use std::net::SocketAddr;

use etherparse::{NetSlice, SlicedPacket, TcpSlice, TransportSlice};

use crate::recording::{Flag, Packet, Side};

/// How many bytes of a packet's data are written down.
const KEPT: usize = 64;

/// The ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    pub client: SocketAddr,
    pub server: SocketAddr,
}

/// A TCP segment, and between whom it was sent.
pub struct Segment {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub packet: Packet,
}

/// Reads a frame, from its Ethernet header on; `None` where there is no TCP in it.
pub fn segment(frame: &[u8]) -> Option<Segment> {
    let sliced = SlicedPacket::from_ethernet(frame).ok()?;
    let (TransportSlice::Tcp(tcp), NetSlice::Ipv4(ip)) = (sliced.transport?, sliced.net?) else {
        return None;
    };
    let header = ip.header();
    let data = tcp.payload();
    let packet = Packet {
        connection: 0,
        flags: flags(&tcp),
        seq: tcp.sequence_number(),
        ack: if tcp.ack() { tcp.acknowledgment_number() } else { 0 },
        length: data.len(),
        data: data.iter().take(KEPT).map(|byte| format!("{byte:02x}")).collect(),
    };
    Some(Segment {
        from: SocketAddr::from((header.source(), tcp.source_port())),
        to: SocketAddr::from((header.destination(), tcp.destination_port())),
        packet,
    })
}

fn flags(tcp: &TcpSlice<'_>) -> Vec<Flag> {
    let all = [
        (tcp.syn(), Flag::Syn),
        (tcp.fin(), Flag::Fin),
        (tcp.rst(), Flag::Rst),
        (tcp.psh(), Flag::Psh),
        (tcp.ack(), Flag::Ack),
        (tcp.urg(), Flag::Urg),
    ];
    all.into_iter().filter_map(|(is_set, flag)| is_set.then_some(flag)).collect()
}

/// The connections of a recording: the one that is drawn is number 1, the others follow as they
/// began.
#[derive(Default)]
pub struct Connections(HashMap<(SocketAddr, SocketAddr), usize>);

impl Connections {
    /// The connection between these two is drawn; without them, the one that begins first.
    pub fn drawing(ends: Option<Ends>) -> Self {
        Connections(ends.iter().map(|ends| ((ends.client, ends.server), 1)).collect())
    }

    /// Finds out to which connection a segment belongs, and which side has sent it. Who sends the
    /// first packet is the client.
    pub fn side_of(&mut self, segment: &Segment) -> (Side, usize) {
        let (from, to) = (segment.from, segment.to);
        if let Some(number) = self.0.get(&(to, from)) {
            return (Side::Server, *number);
        }
        let next = self.0.len() + 1;
        (Side::Client, *self.0.entry((from, to)).or_insert(next))
    }
}

/// Counts the packets that must have been sent, and were not captured: those before a packet that
/// does not go on where its side has stopped. What was sent again begins further back.
#[derive(Default)]
pub struct Gaps {
    next: HashMap<(usize, Side), u32>,
    count: usize,
}

impl Gaps {
    /// Looks at the next packet.
    pub fn look(&mut self, side: Side, packet: &Packet) {
        let length =
            packet.flags.iter().filter(|flag| matches!(flag, Flag::Syn | Flag::Fin)).count();
        let end = packet.seq.wrapping_add((packet.length + length) as u32);
        let next = self.next.entry((packet.connection, side)).or_insert(packet.seq);
        // Sequence numbers come round: what is less than half of them ahead is ahead.
        let is_ahead = |number: u32| number.wrapping_sub(*next) as i32 > 0;
        self.count += usize::from(is_ahead(packet.seq) && !packet.flags.contains(&Flag::Rst));
        if is_ahead(end) {
            *next = end;
        }
    }

    /// How many are missing at least.
    pub fn count(&self) -> usize {
        self.count
    }
}
