//! What the kernel shows of sockets and processes, and waiting for it to show something.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use shared::socket_table::{self, Entry, State};

use crate::deadline::Deadline;
use crate::difference::Difference;
use crate::fault::Fault;

/// Waits until a socket on `address` is in `state`.
pub fn shows(deadline: Deadline, state: State, address: SocketAddr) -> Result<(), Fault> {
    let (en, zh) = (format!("{state} on the port"), format!("端口上的 {state}"));
    let waited = wait_for(deadline, &en, &zh, || {
        Ok(socket_table::on(address)?.iter().any(|entry| entry.state == state))
    });
    waited.map_err(|fault| match fault {
        Fault::Kernel { wanted, .. } => {
            let sockets = socket_table::on(address).unwrap_or_default();
            let shown: Vec<String> = sockets.iter().map(Entry::to_string).collect();
            let (expected, found) = (state.to_string(), shown.join("; "));
            Fault::Kernel { wanted, difference: Some(Difference { expected, found }) }
        }
        other => other,
    })
}

/// Waits until the server on `address`, which has closed first, knows that its client has received
/// its FIN.
///
/// If a client closes before that, TIME_WAIT may be missing at both ends. The server can still
/// send something that reaches a client that is gone, and the RST that comes back ends TIME_WAIT
/// (RFC 1337). On a busy machine we saw this about once in 5,000 times.
pub fn fin_is_acknowledged(deadline: Deadline, address: SocketAddr) -> Result<(), Fault> {
    shows(deadline, State::FinWait2, address)
}

/// How many sockets listen on `address`.
pub fn listeners(address: SocketAddr) -> Result<usize, Fault> {
    let sockets = socket_table::on(address)?;
    Ok(sockets.iter().filter(|entry| entry.state == State::Listen).count())
}

/// Whether a connection of an earlier program is kept on `address` in TIME_WAIT.
pub fn keeps_time_wait_on(address: SocketAddr) -> bool {
    let sockets = socket_table::on(address).unwrap_or_default();
    sockets.iter().any(|entry| entry.state == State::TimeWait)
}

/// Waits until the kernel keeps nothing on `address`. What leaves TIME_WAIT there never gets so
/// far: it stays for a minute, and the deadline is shorter.
pub fn keeps_nothing_on(deadline: Deadline, address: SocketAddr) -> Result<(), Fault> {
    wait_for(deadline, "a free port", "空闲的端口", || {
        Ok(socket_table::on(address)?.is_empty())
    })
}

/// Waits until the client's end of its connection with `server` is in `state`. Its port alone does
/// not tell: connections with other servers may share it.
pub fn shows_client(
    deadline: Deadline,
    state: State,
    client: SocketAddr,
    server: SocketAddr,
) -> Result<(), Fault> {
    let (en, zh) = (format!("{state} on the client's end"), format!("客户端一端的 {state}"));
    wait_for(deadline, &en, &zh, || {
        let end = socket_table::connection(client, server)?;
        Ok(end.is_some_and(|entry| entry.state == state))
    })
}

/// Waits until the kernel keeps neither end of a connection.
pub fn keeps_neither_end(
    deadline: Deadline,
    one: SocketAddr,
    other: SocketAddr,
) -> Result<(), Fault> {
    wait_for(deadline, "the end of the connection", "连接的结束", || {
        let ends = [socket_table::connection(one, other)?, socket_table::connection(other, one)?];
        Ok(ends.iter().all(Option::is_none))
    })
}

/// Waits until the server that listens on `address` has taken its one client out of the accept
/// queue.
pub fn has_accepted(deadline: Deadline, address: SocketAddr) -> Result<(), Fault> {
    // In this order: a connection is put in the queue before it is ESTABLISHED (Linux,
    // tcp_check_req in net/ipv4/tcp_minisocks.c).
    shows(deadline, State::Established, address)?;
    shows_waiting_clients(deadline, 0, address)
}

/// An address that the process `id` listens on, if there is one (Linux).
pub fn listens_on(id: u32) -> Option<SocketAddr> {
    let files = std::fs::read_dir(format!("/proc/{id}/fd")).ok()?.flatten();
    let open: Vec<_> = files.filter_map(|file| std::fs::read_link(file.path()).ok()).collect();
    let is_open = |entry: &&Entry| {
        let name = entry.inode.map(|inode| PathBuf::from(format!("socket:[{inode}]")));
        entry.state == State::Listen && name.is_some_and(|name| open.contains(&name))
    };
    socket_table::read().ok()?.iter().find(is_open).map(|entry| entry.local)
}

/// Waits until exactly `count` clients of the listening socket on `address` wait to be accepted.
pub fn shows_waiting_clients(
    deadline: Deadline,
    count: u32,
    address: SocketAddr,
) -> Result<(), Fault> {
    let (en, zh) = (format!("{count} clients waiting"), format!("{count} 个等待的客户端"));
    wait_for(deadline, &en, &zh, || {
        let sockets = socket_table::on(address)?;
        let listening = sockets.iter().find(|entry| entry.state == State::Listen);
        Ok(listening.is_some_and(|entry| entry.receive_queue == Some(count)))
    })
}

/// Waits until the program at `remote` has taken all that was sent from `local` out of its socket.
/// An end that is gone will receive no more.
pub fn all_is_received(
    deadline: Deadline,
    local: SocketAddr,
    remote: SocketAddr,
) -> Result<(), Fault> {
    // In this order: what the other end has acknowledged is in its queue, or was.
    let (en, zh) = ("an acknowledgement of all that was sent", "对已发送数据的确认");
    wait_for(deadline, en, zh, || {
        let ours = socket_table::connection(local, remote)?;
        Ok(ours.is_none_or(|entry| entry.send_queue == Some(0)))
    })?;
    let (en, zh) = ("that the program receives what was sent", "程序取走收到的数据");
    wait_for(deadline, en, zh, || {
        let theirs = socket_table::connection(remote, local)?;
        Ok(theirs.is_none_or(|entry| entry.receive_queue == Some(0)))
    })
}

/// The most memory that the process `id` has had at once, in bytes: VmHWM of proc_pid_status(5),
/// which only Linux has, and only while the process runs.
pub fn peak_memory(id: u32) -> Result<u64, Fault> {
    status_bytes(id, &["VmHWM:"]).ok_or_else(|| Fault::new("the process has ended"))
}

/// The most memory that the process `id` has reserved at once, used or not, in bytes (Linux).
pub fn peak_reserved(id: u32) -> Result<u64, Fault> {
    status_bytes(id, &["VmPeak:"]).ok_or_else(|| Fault::new("the process has ended"))
}

/// The memory that the process `id` has now, in bytes, also where it is swapped out (Linux).
pub fn memory(id: u32) -> Option<u64> {
    status_bytes(id, &["VmRSS:", "VmSwap:"])
}

/// The sum of these sizes in proc_pid_status(5).
fn status_bytes(id: u32, names: &[&str]) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let kibibytes = |name: &&str| {
        let size = status.lines().find_map(|line| line.strip_prefix(*name))?;
        size.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    };
    Some(names.iter().map(kibibytes).sum::<Option<u64>>()? * 1024)
}

/// Whether nothing more will happen by itself: all threads of `processes`, and of what these have
/// started, are asleep, and nothing is under way between the sockets of `host`. A thread that sleeps
/// until a time has come looks the same (Linux).
pub fn is_idle(processes: &[u32], host: IpAddr) -> io::Result<bool> {
    let Some(before) = context_switches_if_sleeping(processes)? else { return Ok(false) };
    // Looked at twice: one that was seen asleep may have been woken by one that was seen later.
    Ok(!has_packets_in_flight(host)? && context_switches_if_sleeping(processes)? == Some(before))
}

/// How often each thread of `processes` has gone to sleep; `None` if one is awake. A process that
/// has ended has no threads.
fn context_switches_if_sleeping(processes: &[u32]) -> io::Result<Option<Vec<String>>> {
    let mut times = Vec::new();
    for thread in threads(processes)? {
        let status = std::fs::read_to_string(thread.join("status")).unwrap_or_default();
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        // S: it waits, and a signal would wake it. Z: it has ended. proc_pid_status(5).
        match field("State:").map(|state| state.trim().chars().next()) {
            Some(Some('S')) => times.extend(field("voluntary_ctxt_switches:").map(Into::into)),
            Some(Some('Z')) => {}
            _ => return Ok(None),
        }
    }
    Ok(Some(times))
}

/// Whether all threads of a process are asleep, and of all that it has started (Linux).
pub fn is_asleep(process: u32) -> io::Result<bool> {
    Ok(context_switches_if_sleeping(&[process])?.is_some())
}

/// Whether a process has been stopped by a signal, or has ended (Linux).
#[cfg(target_os = "linux")]
pub(crate) fn is_stopped(process: u32) -> Result<bool, Fault> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The state comes after the name, which is in brackets: proc_pid_stat(5).
    let state = stat.rsplit(')').next().unwrap_or_default().trim_start();
    Ok(state.starts_with(['T', 'Z']))
}

/// How long the threads of a process have computed, and of all that it has started (Linux).
pub(crate) fn cpu_time(process: u32) -> io::Result<Duration> {
    Ok(thread_times(process)?.values().map(|thread| thread.computed).sum())
}

/// What a thread has done so far.
pub(crate) struct ThreadTime {
    pub computed: Duration,
    /// How long it could have computed, and no core was free.
    pub delayed: Duration,
    /// How often it has gone to sleep by itself.
    pub sleeps: u64,
}

/// What the threads of a process have done, and of all that it has started, by their folder of /proc
/// (Linux).
pub(crate) fn thread_times(process: u32) -> io::Result<BTreeMap<PathBuf, ThreadTime>> {
    let times = threads(&[process])?.into_iter().filter_map(|thread| {
        // The time on a core, and the time in its queue: sched-stats.rst of the kernel's documentation.
        let times = std::fs::read_to_string(thread.join("schedstat")).ok()?;
        let mut times = times.split(' ').map_while(|time| time.parse().ok());
        let mut next = || Some(Duration::from_nanos(times.next()?));
        let (computed, delayed) = (next()?, next()?);
        let status = std::fs::read_to_string(thread.join("status")).ok()?;
        let sleeps =
            status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        let sleeps = sleeps.trim().parse().ok()?;
        Some((thread, ThreadTime { computed, delayed, sleeps }))
    });
    Ok(times.collect())
}

/// The threads of `processes`, and of all that these have started, as folders of /proc.
fn threads(processes: &[u32]) -> io::Result<Vec<PathBuf>> {
    let (mut processes, mut threads) = (processes.to_vec(), Vec::new());
    while let Some(process) = processes.pop() {
        let folder = match std::fs::read_dir(format!("/proc/{process}/task")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            // ESRCH: it was there, and ends at this moment.
            Err(error) if error.raw_os_error() == Some(3) => continue,
            folder => folder?,
        };
        for thread in folder {
            let thread = thread?.path();
            let children = std::fs::read_to_string(thread.join("children")).unwrap_or_default();
            processes.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
            threads.push(thread);
        }
    }
    Ok(threads)
}

/// Whether a packet is on its way to or from `host`: sent and not acknowledged, or such that the two
/// ends of a connection do not agree yet.
fn has_packets_in_flight(host: IpAddr) -> io::Result<bool> {
    use State::{CloseWait, Closing, Established, FinWait1, FinWait2, LastAck, SynRecv, SynSent};
    let mut sockets = socket_table::read()?;
    sockets.retain(|entry| entry.local.ip() == host || entry.remote.ip() == host);
    let has_other_end = |one: &Entry| {
        sockets.iter().any(|other| (other.local, other.remote) == (one.remote, one.local))
    };
    Ok(sockets.iter().any(|entry| match entry.state {
        SynSent | SynRecv | FinWait1 | LastAck | Closing => true,
        // Where the other end is gone, its FIN or RST has yet to come.
        Established | CloseWait | FinWait2 => {
            entry.send_queue.is_some_and(|bytes| bytes > 0) || !has_other_end(entry)
        }
        State::TimeWait | State::Closed | State::Listen => false,
    }))
}

/// Looks at what the kernel shows again and again until `holds`.
pub fn wait_for(
    deadline: Deadline,
    wanted: &str,
    wanted_zh: &str,
    holds: impl Fn() -> io::Result<bool>,
) -> Result<(), Fault> {
    let found = deadline.look(|| holds().map(|holds| holds.then_some(())))?;
    found.ok_or_else(|| Fault::Kernel {
        wanted: (wanted.into(), wanted_zh.into()),
        difference: None,
    })
}
