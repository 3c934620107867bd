//! In which system call each thread of a program waits, and for which sockets (proc_pid_syscall(5)).

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::SystemTime;

use nix::libc;

/// The system call that a thread waits in, by its number, and its first argument; `None` where it
/// runs, or waits for its turn.
type Call = Option<(i64, u64)>;

/// Where a thread waits now, or that it does not.
pub struct Change {
    /// When.
    pub at: SystemTime,
    /// Which thread, from 1 on.
    pub thread: usize,
    /// The system call.
    pub call: Option<String>,
    /// The step that it is.
    pub step: Option<String>,
    /// The inodes of the sockets that it waits for.
    pub sockets: Vec<u32>,
}

/// The threads of one program.
pub struct Threads {
    id: u32,
    /// Its folder of threads, and how many names that had when it was last read.
    tasks: Option<File>,
    names: u64,
    known: Vec<Thread>,
}

struct Thread {
    id: u32,
    /// Closed once it has ended: its number may then be another one's.
    syscall: Option<File>,
    call: Call,
}

impl Threads {
    /// Those of the process `id`. Whose memory is protected (prctl(2), PR_SET_DUMPABLE) shows none.
    pub fn of(id: u32) -> Self {
        let tasks = File::open(format!("/proc/{id}/task")).ok();
        Threads { id, tasks, names: 0, known: Vec::new() }
    }

    /// What has changed since the last look.
    pub fn look(&mut self) -> Vec<Change> {
        self.find_new();
        let mut changes = Vec::new();
        for (number, thread) in (1..).zip(&mut self.known) {
            let Some(file) = &thread.syscall else { continue };
            let (call, at) = (call(file), SystemTime::now());
            if call.is_none() {
                thread.syscall = None;
                // Another one may have begun, and their number be the same.
                self.names = 0;
            }
            let call = call.flatten();
            if call != thread.call {
                thread.call = call;
                changes.push(change(at, self.id, number, call));
            }
        }
        changes
    }

    /// Whether a thread still does what was seen last. Where not, it counts as one that runs.
    pub fn confirm(&mut self, number: usize) -> bool {
        let thread = &mut self.known[number - 1];
        let now = thread.syscall.as_ref().and_then(call).flatten();
        thread.call = thread.call.filter(|call| now == Some(*call));
        thread.call == now
    }

    /// Finds new threads where their number has changed: to count them is much faster than to read
    /// their names.
    fn find_new(&mut self) {
        let names = self.tasks.as_ref().and_then(|tasks| tasks.metadata().ok());
        let names = names.map_or(0, |tasks| tasks.nlink());
        if names == std::mem::replace(&mut self.names, names) {
            return;
        }
        let threads = fs::read_dir(format!("/proc/{}/task", self.id)).into_iter().flatten();
        for thread in threads.flatten() {
            let id = thread.file_name().to_string_lossy().parse().unwrap_or_default();
            if !self.known.iter().any(|known| known.id == id && known.syscall.is_some())
                && let Ok(syscall) = File::open(thread.path().join("syscall"))
            {
                self.known.push(Thread { id, syscall: Some(syscall), call: None });
            }
        }
    }
}

/// What a thread does; `None` once it has ended.
fn call(syscall: &File) -> Option<Call> {
    let mut buffer = [0; 256];
    let count = syscall.read_at(&mut buffer, 0).ok()?;
    let text = String::from_utf8_lossy(&buffer[..count]);
    let mut words = text.split_whitespace();
    let (number, argument) = (words.next()?, words.next());
    match number.parse() {
        // It has no stack any more, and waits for being asked how it has ended.
        Ok(-1) if argument == Some("0x0") => None,
        // Nothing is waited for in the calls by which a program begins and ends.
        Ok(-1 | libc::SYS_execve | libc::SYS_exit_group) | Err(_) => Some(None),
        Ok(number) => {
            let digits = argument.and_then(|word| word.strip_prefix("0x"));
            let argument = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
            Some(Some((number, argument.unwrap_or_default())))
        }
    }
}

fn change(at: SystemTime, process: u32, thread: usize, call: Call) -> Change {
    let runs = Change { at, thread, call: None, step: None, sockets: Vec::new() };
    let Some((number, argument)) = call else { return runs };
    let known = CALLS.iter().find(|(known, ..)| *known == number);
    let (_, name, step) = known.copied().unwrap_or((number, "", None));
    // A disk is nothing that a program waits for.
    let takes_files = matches!(name, "read" | "readv" | "write" | "writev");
    if takes_files && is_on_disk(process, argument) {
        return runs;
    }
    let sockets: Vec<_> = match step {
        Some(_) => socket(process, argument).into_iter().collect(),
        None if name.starts_with("epoll") => watched(process, argument),
        None => Vec::new(),
    };
    let step = step.filter(|_| !takes_files || !sockets.is_empty()).map(str::to_owned);
    let call = if known.is_some() { name.into() } else { format!("system call {number}") };
    Change { call: Some(call), step, sockets, ..runs }
}

/// The socket that a descriptor is, by its inode.
fn socket(process: u32, descriptor: u64) -> Option<u32> {
    let file = fs::read_link(format!("/proc/{process}/fd/{descriptor}")).ok()?;
    file.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

fn is_on_disk(process: u32, descriptor: u64) -> bool {
    let file = fs::read_link(format!("/proc/{process}/fd/{descriptor}"));
    file.is_ok_and(|file| file.is_absolute() && !file.starts_with("/dev"))
}

/// The sockets that an epoll descriptor watches: `tfd: N …` (proc_pid_fdinfo(5)).
fn watched(process: u32, descriptor: u64) -> Vec<u32> {
    let info = fs::read_to_string(format!("/proc/{process}/fdinfo/{descriptor}"));
    let info = info.unwrap_or_default();
    let numbers =
        info.lines().filter_map(|line| line.strip_prefix("tfd:")?.split_whitespace().next());
    numbers.filter_map(|number| socket(process, number.parse().ok()?)).collect()
}

/// The calls that a server may wait in, by the numbers of the machine that this is built for, and
/// which of the six steps it is to wait in them for a socket.
const CALLS: &[(i64, &str, Option<&str>)] = &[
    (libc::SYS_accept, "accept", Some("accept")),
    (libc::SYS_accept4, "accept4", Some("accept")),
    (libc::SYS_clock_nanosleep, "clock_nanosleep", None),
    (libc::SYS_close, "close", Some("close")),
    (libc::SYS_connect, "connect", Some("connect")),
    (libc::SYS_epoll_pwait, "epoll_pwait", None),
    (libc::SYS_futex, "futex", None),
    (libc::SYS_nanosleep, "nanosleep", None),
    (libc::SYS_ppoll, "ppoll", None),
    (libc::SYS_pselect6, "pselect6", None),
    (libc::SYS_read, "read", Some("recv")),
    (libc::SYS_readv, "readv", Some("recv")),
    (libc::SYS_recvfrom, "recvfrom", Some("recv")),
    (libc::SYS_recvmsg, "recvmsg", Some("recv")),
    (libc::SYS_sendmsg, "sendmsg", Some("send")),
    (libc::SYS_sendto, "sendto", Some("send")),
    (libc::SYS_wait4, "wait4", None),
    (libc::SYS_write, "write", Some("send")),
    (libc::SYS_writev, "writev", Some("send")),
    // Newer machines have only the calls above, in the place of these.
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_epoll_wait, "epoll_wait", None),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_poll, "poll", None),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_select, "select", None),
];
