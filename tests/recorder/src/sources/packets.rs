//! Captures every TCP packet on the loopback, by a packet socket (packet(7)).

use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use socket2::{Domain, Protocol, Socket, Type};

use super::{Watch, lock};
use crate::event::Flag;
use crate::packet::segment;
use crate::sight::Sight;

/// IPv4 in Ethernet (RFC 894). A packet socket for one protocol sees each packet once, where it
/// arrives; only one for all of them sees it where it leaves too (Linux, dev_queue_xmit_nit).
const ETH_P_IP: u16 = 0x0800;

/// Longer than any packet on the loopback.
const LONGEST: usize = 1 << 17;

/// What the kernel may hold until it is taken, in bytes. It gives less where its own limit is lower
/// (net.core.rmem_max), and then a burst can be too fast to be captured whole.
const QUEUE: usize = 32 << 20;

/// How many bytes, and how many packets, are kept in all. Packets after them are only counted.
const MOST: usize = 64 << 20;
const MOST_FRAMES: usize = 20_000;

/// How long to wait for another packet before looking whether there will be one.
const LOOK: Duration = Duration::from_millis(100);

/// How long the capture may continue after the watch is over. It empties the queue in this time, but
/// more packets may follow without end.
const LAST: Duration = Duration::from_millis(250);

/// A packet, from its Ethernet header on.
pub struct Frame {
    /// When it arrived, by the kernel's clock.
    pub at: SystemTime,
    pub bytes: Vec<u8>,
}

/// What was captured.
#[derive(Default)]
pub struct Captured {
    pub frames: Vec<Frame>,
    pub left_out: usize,
}

/// Opens what the packets are captured by. Takes CAP_NET_RAW in this network.
pub fn open() -> io::Result<Socket> {
    let protocol = Protocol::from(i32::from(ETH_P_IP.to_be()));
    let socket = Socket::new(Domain::PACKET, Type::RAW, Some(protocol))?;
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
    socket.set_recv_buffer_size(QUEUE)?;
    socket.set_read_timeout(Some(LOOK))?;
    Ok(socket)
}

/// Captures until the watch is over, and then captures what is in the queue. It keeps the frames only
/// if `keep` is true.
pub fn capture(socket: &Socket, watch: &Watch, keep: bool) -> io::Result<Captured> {
    let mut captured = Captured::default();
    let mut buffer = vec![0; LONGEST];
    let (mut bytes, mut at) = (0, UNIX_EPOCH);
    let mut last: Option<Instant> = None;
    loop {
        if watch.is_over() {
            last.get_or_insert_with(|| Instant::now() + LAST);
        }
        let frame = receive(socket, &mut buffer)?;
        if last.is_some_and(|last| frame.is_none() || Instant::now() > last) {
            return Ok(captured);
        }
        let Some(mut frame) = frame else { continue };
        // They come in order; but one that has no time yet gets the time when it is taken out
        // (Linux, __sock_recv_timestamp), which is later than the next one's.
        at = frame.at.max(at);
        frame.at = at;
        watch.stir();
        if let Some(segment) = segment(&frame.bytes) {
            if segment.packet.flags == [Flag::Syn] {
                lock(&watch.begun).push((segment.from, segment.to));
            }
            watch.see(at, Sight::Segment(segment));
        }
        bytes += frame.bytes.len();
        match bytes <= MOST && captured.frames.len() < MOST_FRAMES {
            true if keep => captured.frames.push(frame),
            true => {}
            false => captured.left_out += usize::from(keep),
        }
    }
}

/// The next packet; `None` where none comes for a moment.
fn receive(socket: &Socket, buffer: &mut [u8]) -> io::Result<Option<Frame>> {
    let mut space = nix::cmsg_space!(TimeSpec);
    let mut slices = [IoSliceMut::new(buffer)];
    let received =
        recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut space), MsgFlags::empty());
    let (length, at) = match received {
        Ok(message) => (message.bytes, message.cmsgs()?.find_map(timestamp)),
        Err(nix::Error::EAGAIN | nix::Error::EINTR) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let at = at.unwrap_or_else(SystemTime::now);
    Ok(Some(Frame { at, bytes: buffer[..length].to_vec() }))
}

fn timestamp(message: ControlMessageOwned) -> Option<SystemTime> {
    match message {
        ControlMessageOwned::ScmTimestampns(at) => Some(UNIX_EPOCH + Duration::from(at)),
        _ => None,
    }
}
