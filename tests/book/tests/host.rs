//! The address that a session has for itself, and how it is written in the book.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

use socket2::{Domain, Socket, Type};
use stage::loopback::free_address;

/// The address of which the book speaks.
const BOOK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The port of every lesson that is not told another one.
const PORT: u16 = 7788;

/// What stands before a port, once the session's own address is written as the book has it.
const BEFORE_PORT: [&str; 4] = ["127.0.0.1:", "127.0.0.1', ", "port ", "端口 "];

/// The first of the ports with which the book shows what the kernel has chosen.
const EXAMPLE: u16 = 50412;

/// An IP address that no other session has, and its ports in place of the book's.
pub struct Host {
    pub ip: IpAddr,
    /// Each port of the book with the one that is used for it.
    ports: Vec<(u16, u16)>,
}

impl Host {
    pub fn new() -> Self {
        Host { ip: free_address().ip(), ports: Vec::new() }
    }

    /// Where a program listens that is not told.
    pub fn default_address(&mut self) -> io::Result<String> {
        Ok(SocketAddr::new(self.ip, self.real(PORT)?).to_string())
    }

    /// A word of a command, as the session has it: with its own address and port. Programs of other
    /// packages may take a port alone.
    pub fn word(&mut self, word: &str, may_be_port: bool) -> io::Result<String> {
        if let Ok(address) = word.parse::<SocketAddr>() {
            if address.ip() != BOOK {
                return Err(io::Error::other(format!(
                    "a session is on 127.0.0.1, and not on {word}"
                )));
            }
            let port = if address.port() == 0 { 0 } else { self.real(address.port())? };
            return Ok(SocketAddr::new(self.ip, port).to_string());
        }
        match word.parse() {
            Ok(port @ 1024..) if may_be_port => Ok(self.real(port)?.to_string()),
            _ => Ok(word.to_string()),
        }
    }

    fn real(&mut self, port: u16) -> io::Result<u16> {
        if let Some((_, real)) = self.ports.iter().find(|(book, _)| *book == port) {
            return Ok(*real);
        }
        let real = free_port()?;
        self.ports.push((port, real));
        Ok(real)
    }

    /// What was printed, with the addresses of the book.
    pub fn as_in_the_book(&self, printed: &str) -> String {
        let printed = printed.replace(&self.ip.to_string(), &BOOK.to_string());
        renumber(&printed, |port| {
            let (book, _) = self.ports.iter().find(|(_, real)| *real == port)?;
            Some(*book)
        })
    }

    /// The ports in `texts` that the kernel has chosen, in the order in which they appear.
    pub fn chosen<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Vec<u16> {
        let mut seen = BTreeSet::from([PORT]);
        seen.extend(self.ports.iter().map(|(book, _)| *book));
        let ports = texts.flat_map(|text| ports(text).into_iter().map(|(_, port)| port));
        ports.filter(|port| seen.insert(*port)).collect()
    }
}

/// `text` with the ports that the kernel chose this time replaced by those that it chose for the
/// book: the first by the first, and so on. Where the book has no more, it gets real-looking ones.
pub fn rename(text: &str, this_time: &[u16], in_book: &[u16]) -> String {
    let mut more = (EXAMPLE..).step_by(2).filter(|port| !in_book.contains(port));
    let names: Vec<u16> =
        in_book.iter().copied().chain(more.by_ref().take(this_time.len())).collect();
    renumber(text, |port| {
        let at = this_time.iter().position(|one| *one == port)?;
        names.get(at).copied()
    })
}

fn renumber(text: &str, name: impl Fn(u16) -> Option<u16>) -> String {
    let mut renumbered = text.to_string();
    for (range, port) in ports(text).into_iter().rev() {
        if let Some(name) = name(port) {
            renumbered.replace_range(range, &name.to_string());
        }
    }
    renumbered
}

/// The ports in `text`, and where they stand.
fn ports(text: &str) -> Vec<(Range<usize>, u16)> {
    let mut ports = Vec::new();
    for before in BEFORE_PORT {
        for (at, _) in text.match_indices(before) {
            let begin = at + before.len();
            let digits = text[begin..].bytes().take_while(u8::is_ascii_digit).count();
            if let Ok(port @ 1024..) = text[begin..begin + digits].parse() {
                ports.push((begin..begin + digits, port));
            }
        }
    }
    ports.sort_by_key(|(range, _)| range.start);
    ports
}

/// A port that is free on every address of this machine, below those that the kernel gives to
/// callers (ip_local_port_range in ip(7)): a program that is told a port alone takes it on all.
fn free_port() -> io::Result<u16> {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + (process::id() % 1000) as u16 * 20;
    for _attempt in 0..1000 {
        let port = first + TRIED.fetch_add(1, Ordering::Relaxed) % 1000;
        // Without SO_REUSEADDR, which the standard library sets: TIME_WAIT counts as taken.
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).into()).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other("no port is free"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_found_by_what_stands_before_them() {
        let text =
            "127.0.0.1:7788 -> 127.0.0.1:40001 on port 5000, 端口 6000, ('127.0.0.1', 40002) 40003";
        let found: Vec<u16> = ports(text).into_iter().map(|(_, port)| port).collect();
        assert_eq!(found, [7788, 40001, 5000, 6000, 40002]);
    }

    #[test]
    fn chosen_ports_are_named_in_order() {
        let text = "127.0.0.1:40001 127.0.0.1:40009 127.0.0.1:40001";
        assert_eq!(
            rename(text, &[40001, 40009], &[51000]),
            "127.0.0.1:51000 127.0.0.1:50412 127.0.0.1:51000"
        );
    }

    #[test]
    fn an_address_comes_back_as_in_the_book() -> io::Result<()> {
        let mut host = Host::new();
        let words = [
            host.default_address()?,
            host.word("127.0.0.1:9000", false)?,
            host.word("9000", false)?,
        ];
        let printed = format!("listening on {}, not on {}, port {}", words[0], words[1], words[2]);
        assert_eq!(
            host.as_in_the_book(&printed),
            "listening on 127.0.0.1:7788, not on 127.0.0.1:9000, port 9000"
        );
        assert!(host.word("0.0.0.0:7788", false).is_err());
        Ok(())
    }
}
