//! In which system call each thread of a program waits, and for which sockets (proc_pid_syscall(5)).

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::SystemTime;

use nix::libc;

/// What a thread does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Doing {
    /// It waits in this system call, with this first argument.
    Waits { call: i64, argument: u64 },
    /// It runs, or waits for its turn.
    Runs,
    /// It has ended.
    Ended,
}

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
    doing: Doing,
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
            let doing = thread.look();
            let at = SystemTime::now();
            if doing != thread.doing {
                if doing == Doing::Ended {
                    thread.syscall = None;
                    // Another one may have begun, and their number be the same.
                    self.names = 0;
                }
                thread.doing = doing;
                changes.push(change(at, self.id, number, &thread.doing));
            }
        }
        changes
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
                self.known.push(Thread { id, syscall: Some(syscall), doing: Doing::Runs });
            }
        }
    }
}

impl Thread {
    fn look(&self) -> Doing {
        let mut buffer = [0; 256];
        let read = self.syscall.as_ref().and_then(|file| file.read_at(&mut buffer, 0).ok());
        let Some(count) = read else { return Doing::Ended };
        let text = String::from_utf8_lossy(&buffer[..count]);
        let mut words = text.split_whitespace();
        let (call, argument) = (words.next(), words.next());
        match call.and_then(|number| number.parse().ok()) {
            // It has no stack any more, and waits for being asked how it has ended.
            Some(-1) if argument == Some("0x0") => Doing::Ended,
            // Nothing is waited for in the calls by which a program begins and ends.
            Some(-1 | libc::SYS_execve | libc::SYS_exit_group) => Doing::Runs,
            Some(call) => {
                let digits = argument.and_then(|word| word.strip_prefix("0x"));
                let argument = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
                Doing::Waits { call, argument: argument.unwrap_or_default() }
            }
            None if call.is_some() => Doing::Runs,
            None => Doing::Ended,
        }
    }
}

fn change(at: SystemTime, process: u32, thread: usize, doing: &Doing) -> Change {
    let runs = Change { at, thread, call: None, step: None, sockets: Vec::new() };
    let Doing::Waits { call, argument } = doing else { return runs };
    let name = NAMES.iter().find(|(number, ..)| number == call);
    let (name, of) = name.map_or(("", Of::Other), |(_, name, of)| (*name, *of));
    let sockets = match of {
        Of::Epoll => watched(process, *argument),
        Of::Other => Vec::new(),
        // A disk is no one whom a program waits for.
        Of::SocketOr(_) if is_on_disk(process, *argument) => return runs,
        _ => socket(process, *argument).into_iter().collect(),
    };
    let step = match of {
        Of::Step(step) => Some(step),
        Of::SocketOr(step) if !sockets.is_empty() => Some(step),
        _ => None,
    };
    let call = if name.is_empty() { format!("system call {call}") } else { name.into() };
    Change { at, thread, call: Some(call), step: step.map(str::to_owned), sockets }
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

/// What a system call's first argument is, and which of the six steps it is to wait in it.
#[derive(Clone, Copy)]
enum Of {
    /// A socket, and it is this step.
    Step(&'static str),
    /// A descriptor, and it is this step where that is a socket.
    SocketOr(&'static str),
    /// An epoll descriptor.
    Epoll,
    /// Something else.
    Other,
}

/// The calls that a server may wait in, by the numbers of the machine that this is built for.
const NAMES: &[(i64, &str, Of)] = &[
    (libc::SYS_accept, "accept", Of::Step("accept")),
    (libc::SYS_accept4, "accept4", Of::Step("accept")),
    (libc::SYS_clock_nanosleep, "clock_nanosleep", Of::Other),
    (libc::SYS_close, "close", Of::Step("close")),
    (libc::SYS_connect, "connect", Of::Step("connect")),
    (libc::SYS_epoll_pwait, "epoll_pwait", Of::Epoll),
    (libc::SYS_futex, "futex", Of::Other),
    (libc::SYS_nanosleep, "nanosleep", Of::Other),
    (libc::SYS_ppoll, "ppoll", Of::Other),
    (libc::SYS_pselect6, "pselect6", Of::Other),
    (libc::SYS_read, "read", Of::SocketOr("recv")),
    (libc::SYS_readv, "readv", Of::SocketOr("recv")),
    (libc::SYS_recvfrom, "recvfrom", Of::Step("recv")),
    (libc::SYS_recvmsg, "recvmsg", Of::Step("recv")),
    (libc::SYS_sendmsg, "sendmsg", Of::Step("send")),
    (libc::SYS_sendto, "sendto", Of::Step("send")),
    (libc::SYS_wait4, "wait4", Of::Other),
    (libc::SYS_write, "write", Of::SocketOr("send")),
    (libc::SYS_writev, "writev", Of::SocketOr("send")),
    // Newer machines have only the calls that stand above in their place.
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_epoll_wait, "epoll_wait", Of::Epoll),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_poll, "poll", Of::Other),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_select, "select", Of::Other),
];
