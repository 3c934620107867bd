//! What a captured frame says of TCP.

use std::net::SocketAddr;

use etherparse::{NetSlice, SlicedPacket, TcpSlice, TransportSlice};

use crate::event::{Flag, Packet, Side};

/// How many bytes of a packet's data are written down.
const KEPT: usize = 64;

/// A TCP segment, and between whom it was sent.
pub struct Segment {
    pub from: SocketAddr,
    pub to: SocketAddr,
    /// Its connection, and who of the two is the client, is not known yet.
    pub packet: Packet,
}

/// Reads a frame, from its Ethernet header on. Returns `None` if it does not contain TCP.
pub fn segment(frame: &[u8]) -> Option<Segment> {
    let sliced = SlicedPacket::from_ethernet(frame).ok()?;
    let (TransportSlice::Tcp(tcp), NetSlice::Ipv4(ip)) = (sliced.transport?, sliced.net?) else {
        return None;
    };
    let header = ip.header();
    let data = tcp.payload();
    let packet = Packet {
        conn: 0,
        from: Side::Client,
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
