//! What is asked of the kernel by netlink(7): a network interface going up or down (rtnetlink(7)),
//! and the state of one socket (sock_diag(7)).

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

use crate::tcp::State;

// linux/netlink.h, linux/rtnetlink.h, linux/sock_diag.h, linux/inet_diag.h, asm-generic/socket.h
const AF_NETLINK: i32 = 16;
const NETLINK_ROUTE: i32 = 0;
const NETLINK_SOCK_DIAG: i32 = 4;
const NLM_F_REQUEST: u16 = 0x01;
const NLM_F_ACK: u16 = 0x04;
const NLMSG_ERROR: u16 = 2;
const NLMSG_HEADER: usize = 16;
const RTM_NEWLINK: u16 = 16;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const IFF_UP: u32 = 1;
/// The loopback is the first interface of every network namespace.
const LOOPBACK: i32 = 1;
const AF_INET: u8 = 2;
const IPPROTO_TCP: u8 = 6;
/// "Whatever the socket's cookie is."
const NO_COOKIE: [u8; 8] = [0xff; 8];

/// Takes the loopback up or down. Takes CAP_NET_ADMIN in this network.
pub fn set_loopback(up: bool) -> io::Result<()> {
    let mut request = vec![0; 4]; // struct ifinfomsg: any family, any type
    request.extend(LOOPBACK.to_ne_bytes());
    request.extend(if up { IFF_UP } else { 0 }.to_ne_bytes());
    request.extend(IFF_UP.to_ne_bytes()); // the only flag to change
    ask(&mut open(NETLINK_ROUTE)?, RTM_NEWLINK, NLM_F_ACK, &request, &mut [0; 1024]).map(drop)
}

/// The kernel's sockets, asked for one at a time.
pub struct SocketDiagnosis(Socket);

impl SocketDiagnosis {
    /// Opens the way to ask the sockets of this network.
    pub fn open() -> io::Result<Self> {
        open(NETLINK_SOCK_DIAG).map(SocketDiagnosis)
    }

    /// The state of the IPv4 socket of exactly these ends, or of the one that listens at `local`;
    /// `None` where there is neither.
    pub fn state(&mut self, local: SocketAddr, remote: SocketAddr) -> io::Result<Option<State>> {
        let mut request = vec![AF_INET, IPPROTO_TCP, 0, 0]; // struct inet_diag_req_v2
        request.extend(u32::MAX.to_ne_bytes()); // in whatever state
        request.extend(local.port().to_be_bytes());
        request.extend(remote.port().to_be_bytes());
        request.extend(ip(local)?);
        request.extend(ip(remote)?);
        request.extend(0u32.to_ne_bytes()); // on whatever interface
        request.extend(NO_COOKIE);
        let mut answer = [0; 1024];
        match ask(&mut self.0, SOCK_DIAG_BY_FAMILY, 0, &request, &mut answer) {
            // struct inet_diag_msg begins with the family and the state.
            Ok([_family, state, ..]) => Ok(named(*state)),
            Ok(_) => Err(ErrorKind::InvalidData.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// An IPv4 address in the space of an IPv6 one.
fn ip(address: SocketAddr) -> io::Result<[u8; 16]> {
    let IpAddr::V4(ip) = address.ip() else { return Err(ErrorKind::InvalidInput.into()) };
    let mut space = [0; 16];
    space[..4].copy_from_slice(&ip.octets());
    Ok(space)
}

/// A state by its number (linux/tcp_states.h); the twelfth is a SYN_RECV that is no socket yet.
fn named(number: u8) -> Option<State> {
    Some(match number {
        1 => State::Established,
        2 => State::SynSent,
        3 | 12 => State::SynRecv,
        4 => State::FinWait1,
        5 => State::FinWait2,
        6 => State::TimeWait,
        8 => State::CloseWait,
        9 => State::LastAck,
        10 => State::Listen,
        11 => State::Closing,
        _ => return None,
    })
}

fn open(protocol: i32) -> io::Result<Socket> {
    Socket::new(Domain::from(AF_NETLINK), Type::RAW, Some(Protocol::from(protocol)))
}

/// Sends one request and takes its answer, without the header.
fn ask<'a>(
    socket: &mut Socket,
    kind: u16,
    flags: u16,
    request: &[u8],
    answer: &'a mut [u8],
) -> io::Result<&'a [u8]> {
    let length = (NLMSG_HEADER + request.len()) as u32;
    let mut message = length.to_ne_bytes().to_vec(); // struct nlmsghdr
    message.extend(kind.to_ne_bytes());
    message.extend((NLM_F_REQUEST | flags).to_ne_bytes());
    message.extend([0; 8]); // no sequence number, from whatever port
    message.extend(request);
    socket.write_all(&message)?;

    let count = socket.read(answer)?;
    let [_, _, _, _, kind, kind2, rest @ ..] = &answer[..count] else {
        return Err(ErrorKind::UnexpectedEof.into());
    };
    let body = rest.get(NLMSG_HEADER - 6..).ok_or(ErrorKind::UnexpectedEof)?;
    if u16::from_ne_bytes([*kind, *kind2]) != NLMSG_ERROR {
        return Ok(body);
    }
    let code = body.first_chunk().map(|code| i32::from_ne_bytes(*code));
    match code.ok_or(ErrorKind::UnexpectedEof)? {
        0 => Ok(body),
        code => Err(io::Error::from_raw_os_error(-code)),
    }
}
