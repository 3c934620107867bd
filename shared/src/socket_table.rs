//! The kernel's own table of TCP sockets, read and never guessed: who listens, and what is left of
//! a connection.
//!
//! Linux shows it as files (`/proc/net/tcp` and `/proc/net/tcp6`, proc_pid_net(5)); macOS and
//! Windows by the program `netstat -an`. This file is the only place that knows the difference.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};

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
    /// Bytes sent that the other end has not acknowledged. Windows does not show it.
    pub send_queue: Option<u32>,
}

/// The states of RFC 9293, section 3.3.2, by the names that Linux gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // their names are what there is to say
pub enum State {
    Established,
    SynSent,
    SynRecv,
    FinWait1,
    FinWait2,
    TimeWait,
    Close,
    CloseWait,
    LastAck,
    Listen,
    Closing,
}

/// Every TCP socket whose own address overlaps with `address`: the same port, and the same IP
/// address or one that stands for it (`0.0.0.0` for every IPv4 address, `[::]` for all).
///
/// # Errors
/// Where the kernel's table can't be read, or the program that reads it can't be started.
pub fn on(address: SocketAddr) -> io::Result<Vec<Entry>> {
    let mut entries = read()?;
    entries.retain(|entry| overlap(entry.local, address));
    Ok(entries)
}

fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let (one_ip, other_ip) = (one.ip().to_canonical(), other.ip().to_canonical());
    one.port() == other.port() && (stands_for(one_ip, other_ip) || stands_for(other_ip, one_ip))
}

fn stands_for(one: IpAddr, other: IpAddr) -> bool {
    one == other || one.is_unspecified() && (one.is_ipv6() || other.is_ipv4())
}

/// Every TCP socket on this machine (on Linux: in this network namespace).
///
/// # Errors
/// Where the kernel's table can't be read, or the program that reads it can't be started.
#[cfg(target_os = "linux")]
pub fn read() -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for path in ["/proc/net/tcp", "/proc/net/tcp6"] {
        match std::fs::read_to_string(path) {
            Ok(table) => entries.extend(linux::entries(&table)),
            // A machine without IPv6 has no table of it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(entries)
}

/// Every TCP socket on this machine.
///
/// # Errors
/// Where the kernel's table can't be read, or the program that reads it can't be started.
#[cfg(not(target_os = "linux"))]
pub fn read() -> io::Result<Vec<Entry>> {
    let netstat = std::process::Command::new("netstat").arg("-an").output()?;
    if !netstat.status.success() {
        return Err(io::Error::other(format!("netstat -an: {}", netstat.status)));
    }
    Ok(netstat::entries(&netstat.stdout))
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.remote.port() {
            0 => write!(f, "{} {}", self.local, self.state),
            _ => write!(f, "{} -> {} {}", self.local, self.remote, self.state),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            State::Established => "ESTABLISHED",
            State::SynSent => "SYN_SENT",
            State::SynRecv => "SYN_RECV",
            State::FinWait1 => "FIN_WAIT1",
            State::FinWait2 => "FIN_WAIT2",
            State::TimeWait => "TIME_WAIT",
            State::Close => "CLOSE",
            State::CloseWait => "CLOSE_WAIT",
            State::LastAck => "LAST_ACK",
            State::Listen => "LISTEN",
            State::Closing => "CLOSING",
        })
    }
}

/// The files of Linux.
#[cfg(any(target_os = "linux", test))]
mod linux {
    use std::collections::HashMap;

    use super::*;

    /// The sockets of `/proc/net/tcp` or `/proc/net/tcp6`.
    ///
    /// A connection may stand there twice: when it gets to FIN_WAIT2 without a program, or to
    /// TIME_WAIT, the kernel puts a smaller entry in the place of the large one, and for a moment
    /// both are there (`inet_twsk_hashdance` in `net/ipv4/inet_timewait_sock.c`).
    pub fn entries(table: &str) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut places = HashMap::new();
        for entry in table.lines().filter_map(entry) {
            let is_connection = entry.remote.port() != 0;
            let place = *places.entry((entry.local, entry.remote)).or_insert(entries.len());
            match entries.get_mut(place) {
                Some(other) if is_connection => *other = entry,
                _ => entries.push(entry),
            }
        }
        entries
    }

    /// The socket in one line of `/proc/net/tcp` or `/proc/net/tcp6`; none in the heading.
    ///
    /// The columns: a number, the local and the remote address, the state, and the two queues
    /// `SEND:RECEIVE`.
    fn entry(line: &str) -> Option<Entry> {
        let [_, local, remote, named, queues, ..] = *line.split_whitespace().collect::<Vec<_>>()
        else {
            return None;
        };
        let (sent, received) = queues.split_once(':')?;
        Some(Entry {
            local: address(local)?,
            remote: address(remote)?,
            state: state(named)?,
            receive_queue: u32::from_str_radix(received, 16).ok(),
            send_queue: u32::from_str_radix(sent, 16).ok(),
        })
    }

    /// An address such as `0100007F:1E6C`, which is 127.0.0.1:7788: the IP address in words of 32
    /// bits as they lie in memory, the port as a number.
    fn address(column: &str) -> Option<SocketAddr> {
        let (ip, port) = column.split_once(':')?;
        let bytes: Vec<u8> = (0..ip.len() / 8)
            .map(|word| u32::from_str_radix(ip.get(8 * word..8 * word + 8)?, 16).ok())
            .collect::<Option<Vec<u32>>>()?
            .into_iter()
            .flat_map(u32::to_ne_bytes)
            .collect();
        let ip = if let Ok(v4) = <[u8; 4]>::try_from(bytes.as_slice()) {
            IpAddr::from(v4)
        } else {
            // An IPv4 caller of an IPv6 socket is shown as ::ffff:127.0.0.1.
            IpAddr::from(<[u8; 16]>::try_from(bytes.as_slice()).ok()?).to_canonical()
        };
        Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
    }

    /// The numbers of Linux's `include/net/tcp_states.h`.
    fn state(column: &str) -> Option<State> {
        Some(match column {
            "01" => State::Established,
            "02" => State::SynSent,
            "03" | "0C" => State::SynRecv,
            "04" => State::FinWait1,
            "05" => State::FinWait2,
            "06" => State::TimeWait,
            "07" => State::Close,
            "08" => State::CloseWait,
            "09" => State::LastAck,
            "0A" => State::Listen,
            "0B" => State::Closing,
            _ => return None,
        })
    }
}

/// The program `netstat -an` of macOS and Windows.
#[cfg(any(not(target_os = "linux"), test))]
mod netstat {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    /// The TCP sockets in what `netstat -an` printed. Read as bytes, because its headings come in
    /// the system's language and code page; the lines that matter are ASCII.
    pub fn entries(printed: &[u8]) -> Vec<Entry> {
        printed
            .split(|byte| *byte == b'\n')
            .filter_map(|line| str::from_utf8(line).ok())
            .filter_map(entry)
            .collect()
    }

    /// The socket in one line: on Windows `TCP LOCAL REMOTE STATE`, on macOS `tcp4 RECV-Q SEND-Q
    /// LOCAL REMOTE STATE`.
    fn entry(line: &str) -> Option<Entry> {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (received, sent, local, remote, named) = match columns[..] {
            ["TCP", local, remote, named] => (None, None, local, remote, named),
            ["tcp4" | "tcp6" | "tcp46", received, sent, local, remote, named, ..] => {
                (received.parse().ok(), sent.parse().ok(), local, remote, named)
            }
            _ => return None,
        };
        Some(Entry {
            local: address(local)?,
            remote: address(remote)?,
            state: state(named)?,
            receive_queue: received,
            send_queue: sent,
        })
    }

    /// `127.0.0.1:7788`, `[::1]:7788` (Windows); `127.0.0.1.7788`, `::1.7788`, `*.7788`, `*.*`
    /// (macOS).
    fn address(column: &str) -> Option<SocketAddr> {
        let (ip, port) = match column.strip_prefix('[') {
            Some(bracketed) => bracketed.split_once("]:")?,
            None if column.matches(':').count() == 1 => column.split_once(':')?,
            None => column.rsplit_once('.')?,
        };
        // Behind % stands the interface of a link-local address.
        let ip = match ip.split('%').next()? {
            "*" => IpAddr::from(Ipv4Addr::UNSPECIFIED),
            ip if ip.contains(':') => IpAddr::from(ip.parse::<Ipv6Addr>().ok()?).to_canonical(),
            ip => IpAddr::from(ip.parse::<Ipv4Addr>().ok()?),
        };
        let port = match port {
            "*" => 0,
            port => port.parse().ok()?,
        };
        Some(SocketAddr::new(ip, port))
    }

    /// The names of the states: macOS's `tcp_fsm.h`, and those that Windows' netstat prints.
    fn state(column: &str) -> Option<State> {
        Some(match column {
            "ESTABLISHED" => State::Established,
            "SYN_SENT" => State::SynSent,
            "SYN_RCVD" | "SYN_RECEIVED" => State::SynRecv,
            "FIN_WAIT_1" => State::FinWait1,
            "FIN_WAIT_2" => State::FinWait2,
            "TIME_WAIT" => State::TimeWait,
            "CLOSED" => State::Close,
            "CLOSE_WAIT" => State::CloseWait,
            "LAST_ACK" => State::LastAck,
            "LISTEN" | "LISTENING" => State::Listen,
            "CLOSING" => State::Closing,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(entries: &[Entry]) -> Vec<String> {
        entries.iter().map(Entry::to_string).collect()
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn linux_shows_addresses_in_hexadecimal() {
        let table = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1E6C 00000000:0000 0A 00000000:00000002 00:00000000 00000000     0        0 11 1
   1: 0100007F:1E6C 0100007F:C4EC 06 00000000:00000000 03:000016D9 00000000     0        0 0 3
   2: 0000000000000000FFFF00000100007F:1E6C 0000000000000000FFFF00000100007F:C4ED 08 00000003:00000000 00:00000000 00000000     0        0 22 1
";
        let entries = linux::entries(table);
        assert_eq!(
            shown(&entries),
            [
                "127.0.0.1:7788 LISTEN",
                "127.0.0.1:7788 -> 127.0.0.1:50412 TIME_WAIT",
                "127.0.0.1:7788 -> 127.0.0.1:50413 CLOSE_WAIT",
            ]
        );
        assert_eq!(entries[0].receive_queue, Some(2));
        assert_eq!(entries[2].send_queue, Some(3));
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn a_connection_that_linux_shows_twice_is_one() {
        let table = "\
   0: 0100007F:1E6C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1
   1: 0100007F:1E6C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 1
   2: 0100007F:1E6C 0100007F:C4EC 04 00000000:00000000 00:00000000 00000000     0        0 13 1
   3: 0100007F:1E6C 0100007F:C4EC 05 00000000:00000000 00:00000000 00000000     0        0 0 3
";
        assert_eq!(
            shown(&linux::entries(table)),
            [
                "127.0.0.1:7788 LISTEN",
                "127.0.0.1:7788 LISTEN",
                "127.0.0.1:7788 -> 127.0.0.1:50412 FIN_WAIT2",
            ]
        );
    }

    #[test]
    fn windows_netstat_is_read_whatever_the_code_page_of_its_headings() {
        let printed = b"\r\n\xbb\xee\xb6\xaf\xc1\xac\xbd\xd3\r\n\r\n\
  TCP    127.0.0.1:7788         0.0.0.0:0              LISTENING\r\n\
  TCP    127.0.0.1:7788         127.0.0.1:50412        TIME_WAIT\r\n\
  TCP    [::1]:7788             [::]:0                 LISTENING\r\n\
  UDP    0.0.0.0:123            *:*\r\n";
        assert_eq!(
            shown(&netstat::entries(printed)),
            [
                "127.0.0.1:7788 LISTEN",
                "127.0.0.1:7788 -> 127.0.0.1:50412 TIME_WAIT",
                "[::1]:7788 LISTEN",
            ]
        );
    }

    #[test]
    fn macos_netstat_puts_a_dot_before_the_port() {
        let printed = b"Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       5      0  127.0.0.1.7788         127.0.0.1.50412        CLOSE_WAIT
tcp46      0      0  *.7788                 *.*                    LISTEN
tcp6       0      0  ::1.7788               *.*                    LISTEN
tcp6       0      0  fe80::1%lo0.7788       *.*                    LISTEN
udp4       0      0  *.5353                 *.*
";
        let entries = netstat::entries(printed);
        assert_eq!(
            shown(&entries),
            [
                "127.0.0.1:7788 -> 127.0.0.1:50412 CLOSE_WAIT",
                "0.0.0.0:7788 LISTEN",
                "[::1]:7788 LISTEN",
                "[fe80::1]:7788 LISTEN",
            ]
        );
        assert_eq!(entries[0].receive_queue, Some(5));
    }

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
    fn the_kernel_shows_a_listening_socket_of_ours() -> io::Result<()> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let entries = on(address)?;
        let ours = entries.iter().find(|entry| entry.local == address);
        assert_eq!(ours.map(|entry| entry.state), Some(State::Listen));
        Ok(())
    }
}
