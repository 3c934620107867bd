//! A network of one's own: no packets but its own, every port free, and no rights needed to watch it.

use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::Path;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getgid, getuid};

use crate::netlink::set_loopback;
use stage::Words;

/// The network that this thread, and what it starts, is in.
pub struct Network(());

impl Network {
    /// Makes this process the master of its networks: it gets into a user namespace of its own, as
    /// the same user (user_namespaces(7)). It can't have a second thread yet.
    ///
    /// # Errors
    /// In words, where this machine does not allow it.
    pub fn allow() -> Result<(), Words> {
        enter_user_namespace()
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
        Ok(Network(()))
    }

    /// Keeps the kernel from giving one of `ports` to a client that asks for any (ip-sysctl,
    /// ip_local_reserved_ports). Where /proc/sys is read-only, it is most unlikely all the same.
    pub fn reserve(&self, ports: &RangeInclusive<u16>) {
        let range = format!("{}-{}", ports.start(), ports.end());
        let _ = fs::write("/proc/sys/net/ipv4/ip_local_reserved_ports", range);
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

fn enter_user_namespace() -> io::Result<()> {
    let (user, group) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER)?;
    // Who may not write the second file has to give up the right to leave groups first.
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))
}

/// What would allow it, as far as the machine tells.
fn forbidden(error: &io::Error) -> Words {
    let is = |file: &str, value: &str| fs::read_to_string(file).is_ok_and(|is| is.trim() == value);
    let (en, zh) = if is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1") {
        (
            "AppArmor forbids it; sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 allows it until the next start",
            "AppArmor 不允许；运行 sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 可以放行，直到下次开机",
        )
    } else if is("/proc/sys/user/max_user_namespaces", "0") {
        (
            "sudo sysctl user.max_user_namespaces=1000 allows it",
            "运行 sudo sysctl user.max_user_namespaces=1000 可以放行",
        )
    } else if Path::new("/.dockerenv").exists() {
        (
            "Docker forbids it unless the container was started with --security-opt seccomp=unconfined",
            "Docker 不允许，除非启动容器时加上 --security-opt seccomp=unconfined",
        )
    } else {
        (
            "user namespaces have to be allowed, by the kernel and by the container if this is one",
            "需要内核（以及容器，如果在容器里）允许用户命名空间",
        )
    };
    Words::new(
        format!("a recording needs a network of its own, and is refused one ({error}): {en}"),
        format!("录制需要一个私有网络，但被拒绝（{error}）：{zh}"),
    )
}
