//! In which system call a process waits (proc_pid_syscall(5)).

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use nix::libc;

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
        let (call, argument) = (words.next(), words.next());
        match call.and_then(|number| number.parse::<i64>().ok()) {
            // It has no stack any more, and waits for being asked how it has ended.
            Some(-1) if argument == Some("0x0") => Doing::Ended,
            // Nothing is waited for in the calls by which a program begins and ends.
            Some(-1 | libc::SYS_execve | libc::SYS_exit_group) => Doing::Runs,
            Some(number) => {
                let digits = argument.and_then(|word| word.strip_prefix("0x"));
                let argument = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
                Doing::Waits { call: name(number), argument: argument.unwrap_or_default() }
            }
            None if call.is_some() => Doing::Runs,
            None => Doing::Ended,
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
fn name(number: i64) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| format!("system call {number}"), |(_, name)| (*name).to_string())
}

/// Those that a server may wait in, by the numbers of the machine this is built for.
const NAMES: &[(i64, &str)] = &[
    (libc::SYS_accept, "accept"),
    (libc::SYS_accept4, "accept4"),
    (libc::SYS_clock_nanosleep, "clock_nanosleep"),
    (libc::SYS_close, "close"),
    (libc::SYS_connect, "connect"),
    (libc::SYS_epoll_pwait, "epoll_pwait"),
    (libc::SYS_futex, "futex"),
    (libc::SYS_nanosleep, "nanosleep"),
    (libc::SYS_ppoll, "ppoll"),
    (libc::SYS_pselect6, "pselect6"),
    (libc::SYS_read, "read"),
    (libc::SYS_readv, "readv"),
    (libc::SYS_recvfrom, "recvfrom"),
    (libc::SYS_recvmsg, "recvmsg"),
    (libc::SYS_sendmsg, "sendmsg"),
    (libc::SYS_sendto, "sendto"),
    (libc::SYS_wait4, "wait4"),
    (libc::SYS_write, "write"),
    (libc::SYS_writev, "writev"),
    // Newer machines have only the calls that stand above in their place.
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_epoll_wait, "epoll_wait"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_poll, "poll"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_select, "select"),
];
