//! In which system call a process waits (proc_pid_syscall(5)).

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// What a process does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It waits in this system call, with this first argument.
    Waits { call: String, argument: u64 },
    /// It runs, or waits for its turn.
    Runs,
    /// It has ended.
    Ended,
}

/// A process that is looked at again and again.
pub struct Watch(File);

impl Watch {
    /// Looks at the process `id`: at its first thread.
    pub fn new(id: u32) -> io::Result<Self> {
        File::open(format!("/proc/{id}/syscall")).map(Watch)
    }

    /// What it does now.
    pub fn look(&self) -> Doing {
        let mut buffer = [0; 256];
        let Ok(count) = self.0.read_at(&mut buffer, 0) else { return Doing::Ended };
        let text = String::from_utf8_lossy(&buffer[..count]);
        let mut words = text.split_whitespace();
        match (words.next(), words.next()) {
            // It has no stack any more, and waits for being asked how it has ended.
            (Some("-1"), Some("0x0")) => Doing::Ended,
            (Some("running" | "-1" | EXECVE | EXIT_GROUP), _) => Doing::Runs,
            (Some(number), argument) => {
                let argument = argument.and_then(|word| word.strip_prefix("0x"));
                let argument = argument.and_then(|digits| u64::from_str_radix(digits, 16).ok());
                Doing::Waits { call: name(number), argument: argument.unwrap_or_default() }
            }
            (None, _) => Doing::Ended,
        }
    }
}

/// Which of the six steps it is to wait in `call`, whose first argument is the descriptor of the
/// process `id`; `None` for calls that are none of them.
pub fn step(id: u32, call: &str, argument: u64) -> Option<&'static str> {
    let on_socket = || {
        let descriptor = std::fs::read_link(format!("/proc/{id}/fd/{argument}"));
        descriptor.is_ok_and(|file| file.to_string_lossy().starts_with("socket:"))
    };
    match call {
        "accept" | "accept4" => Some("accept"),
        "recvfrom" | "recvmsg" => Some("recv"),
        "sendto" | "sendmsg" => Some("send"),
        "read" | "readv" if on_socket() => Some("recv"),
        "write" | "writev" if on_socket() => Some("send"),
        "close" => Some("close"),
        _ => None,
    }
}

/// A system call's name, where it is one that a server may wait in.
fn name(number: &str) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| format!("system call {number}"), |(_, name)| (*name).to_string())
}

/// The calls by which a program begins and ends: nothing is waited for in them.
#[cfg(target_arch = "x86_64")]
const EXECVE: &str = "59";
#[cfg(target_arch = "x86_64")]
const EXIT_GROUP: &str = "231";
#[cfg(not(target_arch = "x86_64"))]
const EXECVE: &str = "221";
#[cfg(not(target_arch = "x86_64"))]
const EXIT_GROUP: &str = "94";

/// asm/unistd_64.h
#[cfg(target_arch = "x86_64")]
const NAMES: &[(&str, &str)] = &[
    ("0", "read"),
    ("1", "write"),
    ("3", "close"),
    ("7", "poll"),
    ("19", "readv"),
    ("20", "writev"),
    ("23", "select"),
    ("35", "nanosleep"),
    ("42", "connect"),
    ("43", "accept"),
    ("44", "sendto"),
    ("45", "recvfrom"),
    ("46", "sendmsg"),
    ("47", "recvmsg"),
    ("61", "wait4"),
    ("202", "futex"),
    ("230", "clock_nanosleep"),
    ("232", "epoll_wait"),
    ("270", "pselect6"),
    ("271", "ppoll"),
    ("281", "epoll_pwait"),
    ("288", "accept4"),
];

/// asm-generic/unistd.h
#[cfg(target_arch = "aarch64")]
const NAMES: &[(&str, &str)] = &[
    ("22", "epoll_pwait"),
    ("57", "close"),
    ("63", "read"),
    ("64", "write"),
    ("65", "readv"),
    ("66", "writev"),
    ("72", "pselect6"),
    ("73", "ppoll"),
    ("98", "futex"),
    ("101", "nanosleep"),
    ("115", "clock_nanosleep"),
    ("202", "accept"),
    ("203", "connect"),
    ("206", "sendto"),
    ("207", "recvfrom"),
    ("211", "sendmsg"),
    ("212", "recvmsg"),
    ("242", "accept4"),
    ("260", "wait4"),
];

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const NAMES: &[(&str, &str)] = &[];
