//! Separate namespaces (namespaces(7), Linux): what a process in them can see and change.

use std::fs;
use std::io;
use std::path::Path;

pub use nix::sched::CloneFlags;
use nix::sched::unshare;
use nix::unistd::{getgid, getuid};

pub use crate::netlink::set_loopback;
use acts::Words;

/// Moves this process into a new user namespace, and into the `others`, over which it has all
/// rights. There it is the user `user` of the group `group`. It can't have a second thread yet.
///
/// # Errors
/// Where this machine does not allow it.
pub fn enter(others: CloneFlags, user: u32, group: u32) -> io::Result<()> {
    enter_as_seen_in(Path::new("/proc/self"), others, user, group)
}

/// As [`enter`], where `process` is what a writable /proc has of this process.
pub(crate) fn enter_as_seen_in(
    process: &Path,
    others: CloneFlags,
    user: u32,
    group: u32,
) -> io::Result<()> {
    let (outer_user, outer_group) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER | others)?;
    // Who may not write the second file has to give up the right to leave groups first.
    fs::write(process.join("setgroups"), "deny")?;
    fs::write(process.join("gid_map"), format!("{group} {outer_group} 1"))?;
    fs::write(process.join("uid_map"), format!("{user} {outer_user} 1"))
}

/// What would allow it, as far as the machine tells.
pub fn remedy() -> Words {
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
    Words::fixed(en, zh)
}
