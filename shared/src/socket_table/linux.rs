//! Linux tells of its sockets by sock_diag(7), over a netlink(7) socket.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use super::{Entry, State};

// linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h, asm-generic/socket.h
const AF_NETLINK: i32 = 16;
const NETLINK_SOCK_DIAG: i32 = 4;
const NLM_F_REQUEST: u16 = 0x01;
const NLM_F_DUMP: u16 = 0x300;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const HEADER: usize = 16;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
const TIMER_OF_TIME_WAIT: u8 = 3;
/// How many sockets are asked for at once: the kernel holds that many replies.
const AT_ONCE: usize = 64;
/// "Whatever the socket's cookie is."
const NO_COOKIE: [u8; 8] = [0xff; 8];

/// Every TCP socket, or those on a port of this end.
pub fn entries(port: Option<u16>) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for (family, any) in [(AF_INET, [0; 4].into()), (AF_INET6, Ipv6Addr::UNSPECIFIED.into())] {
        let from = SocketAddr::new(any, port.unwrap_or(0));
        match list(family, from, SocketAddr::new(any, 0)) {
            Ok(found) => entries.extend(found),
            // A machine without IPv6 has no table of it.
            Err(error) if family == AF_INET6 && error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(entries)
}

/// The socket of exactly these ends; where there is none, the one that listens at `local`.
pub fn find(local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Entry>> {
    Ok(Finder::new()?.find(&[(local, remote)])?.pop().flatten())
}

/// Finds sockets, for those who look often.
pub struct Finder(Socket);

impl Finder {
    /// Connects to the kernel.
    ///
    /// # Errors
    /// Where the kernel can't be asked.
    pub fn new() -> io::Result<Self> {
        connect().map(Finder)
    }

    /// The sockets of all these ends, each as [`find`](super::find) finds it, by few system calls.
    ///
    /// # Errors
    /// Where the kernel can't be asked.
    pub fn find(&mut self, ends: &[(SocketAddr, SocketAddr)]) -> io::Result<Vec<Option<Entry>>> {
        let mut found = Vec::new();
        for some in ends.chunks(AT_ONCE) {
            let mut requests = Vec::new();
            for (local, remote) in some {
                let family = if local.is_ipv4() { AF_INET } else { AF_INET6 };
                requests.extend(request(family, 0, *local, *remote));
            }
            self.0.write_all(&requests)?;
            // The kernel replies to each request with a separate message, in the same order.
            let mut buffer = [0; 4 << 10];
            for _ in some {
                let count = self.0.read(&mut buffer)?;
                let (kind, body, _) = message(&buffer[..count]).ok_or(ErrorKind::UnexpectedEof)?;
                let refused = (kind == NLMSG_ERROR).then(|| error(body));
                match refused {
                    None => found.push(entry(body)),
                    Some(error) if error.kind() == ErrorKind::NotFound => found.push(None),
                    Some(error) => return Err(error),
                }
            }
        }
        Ok(found)
    }
}

fn connect() -> io::Result<Socket> {
    Socket::new(Domain::from(AF_NETLINK), Type::RAW, Some(Protocol::from(NETLINK_SOCK_DIAG)))
}

/// Asks for a list, which ends with NLMSG_DONE.
fn list(family: u8, from: SocketAddr, to: SocketAddr) -> io::Result<Vec<Entry>> {
    let mut socket = connect()?;
    socket.write_all(&request(family, NLM_F_DUMP, from, to))?;
    let mut entries = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = socket.read(&mut buffer)?;
        let mut messages = &buffer[..count];
        while !messages.is_empty() {
            let (kind, body, rest) = message(messages).ok_or(ErrorKind::UnexpectedEof)?;
            match kind {
                NLMSG_DONE => return Ok(entries),
                NLMSG_ERROR => return Err(error(body)),
                _ => entries.extend(entry(body)),
            }
            messages = rest;
        }
    }
}

/// struct nlmsghdr, and after it struct inet_diag_req_v2.
fn request(family: u8, flags: u16, local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let mut body = vec![family, IPPROTO_TCP, 0, 0];
    body.extend(u32::MAX.to_ne_bytes()); // in whatever state
    body.extend(local.port().to_be_bytes());
    body.extend(remote.port().to_be_bytes());
    body.extend(in_16_bytes(local.ip()));
    body.extend(in_16_bytes(remote.ip()));
    body.extend(0_u32.to_ne_bytes()); // on whatever interface
    body.extend(NO_COOKIE);

    let length = (HEADER + body.len()) as u32;
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend((NLM_F_REQUEST | flags).to_ne_bytes());
    message.extend([0; 8]); // no sequence number, from whatever port
    message.extend(body);
    message
}

/// An IPv4 address is in the first 4 bytes.
fn in_16_bytes(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// The first of `messages`: its type, its body, and what follows it.
fn message(messages: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = u32::from_ne_bytes(*messages.first_chunk()?) as usize;
    let kind = u16::from_ne_bytes(*messages.get(4..)?.first_chunk()?);
    // Each begins at a multiple of 4.
    let rest = messages.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some((kind, messages.get(HEADER..length)?, rest))
}

/// struct nlmsgerr begins with the error's number, negative.
fn error(body: &[u8]) -> io::Error {
    match body.first_chunk() {
        Some(number) => io::Error::from_raw_os_error(-i32::from_ne_bytes(*number)),
        None => ErrorKind::UnexpectedEof.into(),
    }
}

/// struct inet_diag_msg; `None` for a state that is none of TCP's (a socket that is only bound).
fn entry(body: &[u8]) -> Option<Entry> {
    let [family, number, timer, _retransmissions] = *body.first_chunk()?;
    let port = |at: usize| Some(u16::from_be_bytes(*body.get(at..)?.first_chunk()?));
    let number_at = |at: usize| Some(u32::from_ne_bytes(*body.get(at..)?.first_chunk()?));
    let ip = |at: usize| -> Option<IpAddr> {
        if family == AF_INET {
            return Some((*body.get(at..)?.first_chunk::<4>()?).into());
        }
        // An IPv4 client of an IPv6 socket is shown as ::ffff:127.0.0.1.
        Some(Ipv6Addr::from(*body.get(at..)?.first_chunk::<16>()?).to_canonical())
    };
    Some(Entry {
        local: SocketAddr::new(ip(8)?, port(4)?),
        remote: SocketAddr::new(ip(24)?, port(6)?),
        state: state(number)?,
        receive_queue: number_at(56),
        send_queue: number_at(60),
        inode: number_at(68).filter(|inode| *inode > 0),
        time_wait_left: number_at(52)
            .filter(|_| timer == TIMER_OF_TIME_WAIT)
            .map(|left| Duration::from_millis(left.into())),
    })
}

/// A state by its number. The twelfth is a SYN_RECV that is not a socket yet.
fn state(number: u8) -> Option<State> {
    if number == 12 { Some(State::SynRecv) } else { State::numbered(number) }
}
