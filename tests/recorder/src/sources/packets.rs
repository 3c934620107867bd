//! Captures every TCP packet on the loopback, by a packet socket (packet(7)).

use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use socket2::{Domain, Protocol, Socket, Type};

use crate::packet::{Segment, segment};

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

/// How many packets are taken at once. The queue holds no more, but packets may come without end.
const AT_ONCE: usize = 50_000;

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

/// The kernel queues the packets here, each with the time when it arrived.
pub struct Packets {
    pub socket: Socket,
    buffer: Vec<u8>,
    /// When the last one arrived.
    at: SystemTime,
    keep: bool,
    bytes: usize,
    pub captured: Captured,
}

impl Packets {
    /// Begins to capture. Keeps the frames only if `keep` is true. Takes CAP_NET_RAW in this network.
    pub fn open(keep: bool) -> io::Result<Self> {
        let protocol = Protocol::from(i32::from(ETH_P_IP.to_be()));
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(protocol))?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        socket.set_recv_buffer_size(QUEUE)?;
        socket.set_nonblocking(true)?;
        let (buffer, captured) = (vec![0; LONGEST], Captured::default());
        Ok(Packets { socket, buffer, at: UNIX_EPOCH, keep, bytes: 0, captured })
    }

    /// Takes the packets that are in the queue. Returns those of TCP, and when each arrived.
    pub fn take(&mut self) -> io::Result<Vec<(SystemTime, Segment)>> {
        let mut segments = Vec::new();
        for _ in 0..AT_ONCE {
            let Some(mut frame) = receive(&self.socket, &mut self.buffer)? else { break };
            // They come in order; but one that has no time yet gets the time when it is taken out
            // (Linux, __sock_recv_timestamp), which is later than the next one's.
            self.at = frame.at.max(self.at);
            frame.at = self.at;
            segments.extend(segment(&frame.bytes).map(|segment| (frame.at, segment)));
            self.bytes += frame.bytes.len();
            match self.bytes <= MOST && self.captured.frames.len() < MOST_FRAMES {
                true if self.keep => self.captured.frames.push(frame),
                true => {}
                false => self.captured.left_out += usize::from(self.keep),
            }
        }
        Ok(segments)
    }
}

/// The next packet; `None` where none is in the queue.
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
