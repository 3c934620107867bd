//! A separate network. It has only its own packets, every port is free, and watching needs no rights.

use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::Path;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getgid, getuid};

use stage::namespaces::{self, set_loopback};
use stage::{Lang, Words};

/// The network that this thread, and what it starts, is in.
pub struct Network(());

impl Network {
    /// Makes this process the master of its networks. It moves into a new user namespace, as the same
    /// user (user_namespaces(7)). It can't have a second thread yet.
    ///
    /// # Errors
    /// In words, where this machine does not allow it.
    pub fn allow() -> Result<(), Words> {
        let (user, group) = (getuid().as_raw(), getgid().as_raw());
        namespaces::enter(CloneFlags::empty(), user, group)
            .and_then(|()| Network::enter().map(drop))
            .map_err(|error| forbidden(&error))
    }

    /// Gets into a network that nothing has happened in yet (network_namespaces(7)).
    ///
    /// # Errors
    /// Where the kernel refuses it.
    pub fn enter() -> io::Result<Self> {
        unshare(CloneFlags::CLONE_NEWNET)?;
        set_loopback(true)?;
        // On a busy machine a segment may reach a client that is gone. The RST that comes back must not
        // end TIME_WAIT (RFC 1337; ip-sysctl).
        set("tcp_rfc1337", "1");
        Ok(Network(()))
    }

    /// Keeps the kernel from giving one of `ports` to a client that asks for any (ip-sysctl,
    /// ip_local_reserved_ports).
    pub fn reserve(&self, ports: &RangeInclusive<u16>) {
        set("ip_local_reserved_ports", &format!("{}-{}", ports.start(), ports.end()));
    }

    /// From now on no packet gets anywhere.
    pub fn goes_down(&self) -> io::Result<()> {
        set_loopback(false)
    }

    /// Packets get through again.
    pub fn comes_up(&self) -> io::Result<()> {
        set_loopback(true)
    }
}

/// Sets a value of this network. If /proc/sys is read-only, what it prevents is very unlikely anyway.
fn set(name: &str, value: &str) {
    let _ = fs::write(Path::new("/proc/sys/net/ipv4").join(name), value);
}

fn forbidden(error: &io::Error) -> Words {
    let remedy = namespaces::remedy();
    let (en, zh) = (remedy.say(Lang::En), remedy.say(Lang::ZhCn));
    Words::new(
        format!("a recording needs its own network, but the kernel refuses one ({error}): {en}"),
        format!("录制需要一个私有网络，但被拒绝（{error}）：{zh}"),
    )
}
