//! The loopback of a network goes up or down by rtnetlink(7).

use std::io::{self, Read, Write};

use socket2::{Domain, Protocol, Socket, Type};

// linux/netlink.h, linux/rtnetlink.h, asm-generic/socket.h
const AF_NETLINK: i32 = 16;
const NETLINK_ROUTE: i32 = 0;
const NLM_F_REQUEST: u16 = 0x01;
const NLM_F_ACK: u16 = 0x04;
const NLMSG_HEADER: usize = 16;
const RTM_NEWLINK: u16 = 16;
const IFF_UP: u32 = 1;
/// The loopback is the first interface of every network namespace.
const LOOPBACK: i32 = 1;

/// Takes the loopback up or down. Takes CAP_NET_ADMIN in this network.
pub fn set_loopback(up: bool) -> io::Result<()> {
    let mut message = 32_u32.to_ne_bytes().to_vec(); // struct nlmsghdr: the length of all
    message.extend(RTM_NEWLINK.to_ne_bytes());
    message.extend((NLM_F_REQUEST | NLM_F_ACK).to_ne_bytes());
    message.extend([0; 8]); // no sequence number, from whatever port
    message.extend([0; 4]); // struct ifinfomsg: any family, any type
    message.extend(LOOPBACK.to_ne_bytes());
    message.extend(if up { IFF_UP } else { 0 }.to_ne_bytes());
    message.extend(IFF_UP.to_ne_bytes()); // the only flag to change

    let protocol = Protocol::from(NETLINK_ROUTE);
    let mut socket = Socket::new(Domain::from(AF_NETLINK), Type::RAW, Some(protocol))?;
    socket.write_all(&message)?;
    // The answer is a struct nlmsgerr: its number is 0, or negative.
    let mut answer = [0; 1024];
    let count = socket.read(&mut answer)?;
    let number = answer[..count].get(NLMSG_HEADER..).and_then(<[u8]>::first_chunk);
    match number.map(|number| i32::from_ne_bytes(*number)) {
        Some(0) => Ok(()),
        Some(number) => Err(io::Error::from_raw_os_error(-number)),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
