//! The kernel's own table of TCP sockets, read and never guessed: who listens, and what is left of
//! a connection.
//!
//! Linux is asked by sock_diag(7); macOS and Windows by the program `netstat -an`. This folder is
//! the only place that knows the difference.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod netstat;

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

pub use plain::State;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "linux")]
pub use linux::Finder;
#[cfg(not(target_os = "linux"))]
use netstat as system;

/// One TCP socket, as the kernel holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// This end.
    pub local: SocketAddr,
    /// The other end; port 0 where there is none, as for a listening socket.
    pub remote: SocketAddr,
    /// Where the connection stands.
    pub state: State,
    /// Bytes that have come and that no recv has taken; on Linux, of a listening socket,
    /// connections that no accept has taken. Windows does not show it.
    pub receive_queue: Option<u32>,
    /// Bytes sent that the other end has not acknowledged; on Linux, of a listening socket, its
    /// backlog. Windows does not show it.
    pub send_queue: Option<u32>,
    /// The number by which a process's open files name it (Linux); none once no process has it.
    pub inode: Option<u32>,
    /// How long TIME_WAIT will last yet (Linux).
    pub time_wait_left: Option<Duration>,
}

/// Every TCP socket on this machine (on Linux: in this network namespace).
///
/// # Errors
/// Where the kernel can't be asked, or the program that asks it can't be started.
pub fn read() -> io::Result<Vec<Entry>> {
    system::entries(None)
}

/// Every TCP socket whose own address overlaps with `address`: the same port, and the same IP
/// address or one that stands for it (`0.0.0.0` for every IPv4 address, `[::]` for all).
///
/// # Errors
/// Where the kernel can't be asked, or the program that asks it can't be started.
pub fn on(address: SocketAddr) -> io::Result<Vec<Entry>> {
    let mut entries = system::entries(Some(address.port()))?;
    entries.retain(|entry| overlap(entry.local, address));
    Ok(entries)
}

/// The socket that a packet from `remote` to `local` would reach: this end of their connection, or
/// else one that listens.
///
/// # Errors
/// Where the kernel can't be asked, or the program that asks it can't be started.
pub fn find(local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Entry>> {
    system::find(local, remote)
}

/// The end at `local` of a connection with `remote`, if the kernel keeps one.
///
/// # Errors
/// Where the kernel can't be asked, or the program that asks it can't be started.
pub fn connection(local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Entry>> {
    Ok(find(local, remote)?.filter(|entry| entry.remote == remote))
}

fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let (one_ip, other_ip) = (one.ip().to_canonical(), other.ip().to_canonical());
    one.port() == other.port() && (stands_for(one_ip, other_ip) || stands_for(other_ip, one_ip))
}

fn stands_for(one: IpAddr, other: IpAddr) -> bool {
    one == other || one.is_unspecified() && (one.is_ipv6() || other.is_ipv4())
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.remote.port() {
            0 => write!(f, "{} {}", self.local, self.state),
            _ => write!(f, "{} -> {} {}", self.local, self.remote, self.state),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn addresses_overlap_where_one_is_the_other_or_stands_for_all() {
        let address = |text: &str| text.parse::<SocketAddr>().expect("an address");
        let ours = address("127.0.0.1:7788");
        for overlapping in
            ["127.0.0.1:7788", "0.0.0.0:7788", "[::]:7788", "[::ffff:127.0.0.1]:7788"]
        {
            assert!(overlap(ours, address(overlapping)) && overlap(address(overlapping), ours));
        }
        for apart in ["127.0.0.2:7788", "127.0.0.1:7789", "[::1]:7788", "0.0.0.0:1"] {
            assert!(!overlap(ours, address(apart)));
        }
        assert!(!overlap(address("0.0.0.0:7788"), address("[::1]:7788")));
        assert!(overlap(address("[::]:7788"), address("[::1]:7788")));
    }

    #[test]
    fn the_kernel_shows_a_listening_socket_and_both_ends_of_a_connection() -> io::Result<()> {
        for host in ["127.0.0.1", "[::1]"] {
            let listener = TcpListener::bind(format!("{host}:0"))?;
            let server = listener.local_addr()?;
            let client = TcpStream::connect(server)?.local_addr()?;
            let found = on(server)?;
            assert!(found.iter().any(|entry| entry.state == State::Listen), "{found:?}");
            assert!(found.iter().any(|entry| entry.remote == client), "{found:?}");
            assert_eq!(connection(server, client)?.map(|entry| entry.remote), Some(client));
            assert_eq!(connection(server, SocketAddr::new(client.ip(), 1))?, None);
        }
        Ok(())
    }
}
