//! Addresses of this machine on which nobody else is.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::process;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

use shared::socket_table;

use crate::Fault;

/// An address with a port that the kernel chooses, on an IP address that no other test uses.
///
/// Every address of 127.0.0.0/8 is this machine (RFC 1122, section 3.2.1.3), and Linux and Windows
/// answer on all of them. A port on such an address can be neither taken as the outgoing port of
/// another program nor held by another test's TIME_WAIT. macOS answers on 127.0.0.1 alone.
pub fn free_address() -> SocketAddr {
    SocketAddr::new(free_ip(), 0)
}

fn free_ip() -> IpAddr {
    static TAKEN: AtomicU8 = AtomicU8::new(0);
    if cfg!(target_os = "macos") {
        return Ipv4Addr::LOCALHOST.into();
    }
    // 127.1.x.y and up: 127.0.x.y may have uses of its own (127.0.0.53 is a resolver).
    let [.., high, low] = process::id().to_be_bytes();
    let last = 1 + TAKEN.fetch_add(1, Ordering::Relaxed) % 254;
    Ipv4Addr::new(127, 1 + high % 254, low, last).into()
}

/// An address with a port that is free, for a program that can't tell which one the kernel has
/// chosen for it. Nobody else takes ports on this IP address, so it stays free.
pub fn free_port() -> Result<SocketAddr, Fault> {
    Ok(TcpListener::bind(free_address())?.local_addr()?)
}

/// The ports that were given to programs that take one on every address. A UDP socket on the same
/// port claims it among those who look for one here.
static CLAIMED: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());

/// 127.0.0.1 with a port that is free on every address of this machine.
///
/// It lies below those that systems give to clients (from 32768 up on Linux, 49152 elsewhere):
/// whoever took one of those for a moment would keep the program from starting.
pub fn free_port_everywhere() -> Result<SocketAddr, Fault> {
    const FIRST: u16 = 20_000;
    const COUNT: u32 = 12_000;
    for step in 0..COUNT {
        let port = FIRST + ((process::id() + step) % COUNT) as u16;
        let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        if let Ok(claim) = UdpSocket::bind((Ipv4Addr::LOCALHOST, port))
            && socket_table::on(everywhere)?.is_empty()
        {
            CLAIMED.lock().unwrap_or_else(PoisonError::into_inner).push(claim);
            return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        }
    }
    Err(Fault::new("no port from 20000 to 31999 is free"))
}
