//! The program `netstat -an` of macOS and Windows.

#[cfg(not(target_os = "linux"))]
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Entry, State};

/// Every TCP socket, or those on a port of this end.
#[cfg(not(target_os = "linux"))]
pub fn entries(port: Option<u16>) -> io::Result<Vec<Entry>> {
    let netstat = std::process::Command::new("netstat").arg("-an").output()?;
    if !netstat.status.success() {
        return Err(io::Error::other(format!("netstat -an: {}", netstat.status)));
    }
    let mut entries = printed(&netstat.stdout);
    entries.retain(|entry| port.is_none_or(|port| port == entry.local.port()));
    Ok(entries)
}

/// The end at `local` of a connection with `remote`, or else a socket that listens there.
#[cfg(not(target_os = "linux"))]
pub fn find(local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Entry>> {
    let entries = super::on(local)?;
    let connection = entries.iter().find(|entry| entry.remote == remote);
    let listens = |entry: &&Entry| entry.state == State::Listen;
    Ok(connection.or_else(|| entries.iter().find(listens)).cloned())
}

/// The TCP sockets in what `netstat -an` printed. Read as bytes, because its headings come in
/// the system's language and code page; the lines that matter are ASCII.
fn printed(text: &[u8]) -> Vec<Entry> {
    text.split(|byte| *byte == b'\n')
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
        inode: None,
        time_wait_left: None,
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

/// A state as macOS (`tcp_fsm.h`) and Windows name it.
fn state(column: &str) -> Option<State> {
    State::named(match column {
        "SYN_RCVD" | "SYN_RECEIVED" => "SYN_RECV",
        "FIN_WAIT_1" => "FIN_WAIT1",
        "FIN_WAIT_2" => "FIN_WAIT2",
        "LISTENING" => "LISTEN",
        name => name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(entries: &[Entry]) -> Vec<String> {
        entries.iter().map(Entry::to_string).collect()
    }

    #[test]
    fn windows_netstat_is_read_whatever_the_code_page_of_its_headings() {
        let text = b"\r\n\xbb\xee\xb6\xaf\xc1\xac\xbd\xd3\r\n\r\n\
  TCP    127.0.0.1:7788         0.0.0.0:0              LISTENING\r\n\
  TCP    127.0.0.1:7788         127.0.0.1:50412        TIME_WAIT\r\n\
  TCP    [::1]:7788             [::]:0                 LISTENING\r\n\
  UDP    0.0.0.0:123            *:*\r\n";
        assert_eq!(
            shown(&printed(text)),
            [
                "127.0.0.1:7788 LISTEN",
                "127.0.0.1:7788 -> 127.0.0.1:50412 TIME_WAIT",
                "[::1]:7788 LISTEN",
            ]
        );
    }

    #[test]
    fn macos_netstat_puts_a_dot_before_the_port() {
        let text = b"Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       5      0  127.0.0.1.7788         127.0.0.1.50412        CLOSE_WAIT
tcp46      0      0  *.7788                 *.*                    LISTEN
tcp6       0      0  ::1.7788               *.*                    LISTEN
tcp6       0      0  fe80::1%lo0.7788       *.*                    LISTEN
udp4       0      0  *.5353                 *.*
";
        let entries = printed(text);
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
}
