//! Addresses of this machine on which nothing else listens.
//!
//! Every address of 127.0.0.0/8 is this machine (RFC 1122, section 3.2.1.3), and Linux and Windows
//! answer on all of them; macOS answers on 127.0.0.1 alone. An address that only this process uses
//! has free ports, and its ports can be counted: to try one by bind would be a race, since a program
//! that another thread starts at that moment holds a copy of the socket until its exec.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use shared::socket_table;

use crate::fault::Fault;

/// The first port that is given. Systems give clients ports from 32768 (Linux) or 49152 up.
const FIRST_PORT: u32 = 20_000;
const PORTS: u32 = 12_000;

/// An address that no other program or test uses, with port 0: the kernel chooses one.
///
/// A port on it is neither the port of another program's client, nor in another test's TIME_WAIT.
pub fn own_address() -> SocketAddr {
    SocketAddr::new(own_ip(next()), 0)
}

/// An address with a port on which nothing listens, and nothing will but the program that is told.
///
/// # Errors
/// On macOS, where all ports are on 127.0.0.1 and the kernel has to be asked: if it does not answer.
pub fn own_port() -> Result<SocketAddr, Fault> {
    if cfg!(target_os = "macos") {
        return port_on_every_address();
    }
    let number = next();
    Ok(SocketAddr::new(own_ip(number), port(number / LAST_BYTES)))
}

/// 127.0.0.1 with a port that is free on every address of this machine, for a program that takes it
/// on all of them.
///
/// # Errors
/// Where the kernel can't be asked, or no port is free.
pub fn port_on_every_address() -> Result<SocketAddr, Fault> {
    for _port in 0..PORTS {
        // Far enough from those of the process that was started next.
        let port = port(process::id().wrapping_mul(97).wrapping_add(next()));
        if socket_table::on(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)))?.is_empty() {
            return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        }
    }
    Err(Fault::new(format!("no port from {FIRST_PORT} on is free")))
}

/// Counts what was given: each number comes once.
fn next() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The last byte of an address is 1 to 254.
const LAST_BYTES: u32 = 254;

fn own_ip(number: u32) -> IpAddr {
    if cfg!(target_os = "macos") {
        return Ipv4Addr::LOCALHOST.into();
    }
    // 127.1.x.y and up, because 127.0.x.y may have other uses (127.0.0.53 is a resolver).
    let [.., high, low] = process::id().to_be_bytes();
    Ipv4Addr::new(127, 1 + high % 254, low, 1 + (number % LAST_BYTES) as u8).into()
}

fn port(number: u32) -> u16 {
    (FIRST_PORT + number % PORTS) as u16
}
