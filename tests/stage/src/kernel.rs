//! What the kernel shows of sockets and processes, and waiting for it to show something.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use shared::socket_table::{self, Entry, State};

use crate::deadline::{self, LOOK_AGAIN};
use crate::fault::{Difference, Kind};
use crate::{Connection, Fault};

/// One end of a connection.
pub fn connection(local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Entry>> {
    Ok(socket_table::on(local)?.into_iter().find(|entry| entry.remote == remote))
}

/// Waits until a socket on `address` is in `state`.
pub fn shows(state: State, address: SocketAddr) -> Result<(), Fault> {
    let waited =
        wait_for(&format!("{state} on the port"), &format!("端口上的 {state}"), || {
            Ok(socket_table::on(address)?.iter().any(|entry| entry.state == state))
        });
    waited.map_err(|fault| {
        let sockets = socket_table::on(address).unwrap_or_default();
        let shown: Vec<String> = sockets.iter().map(Entry::to_string).collect();
        fault.with(Difference::new(&state.to_string(), &shown.join("; ")))
    })
}

/// How many sockets listen on `address`.
pub fn listeners(address: SocketAddr) -> Result<usize, Fault> {
    let sockets = socket_table::on(address)?;
    Ok(sockets.iter().filter(|entry| entry.state == State::Listen).count())
}

/// Whether a connection of an earlier program is kept on `address`, and nobody listens there.
pub fn keeps_time_wait_on(address: SocketAddr) -> bool {
    let sockets = socket_table::on(address).unwrap_or_default();
    sockets.iter().any(|entry| entry.state == State::TimeWait)
}

/// Waits until somebody listens on `address`.
pub fn shows_listener(address: SocketAddr) -> Result<(), Fault> {
    shows(State::Listen, address)
}

/// Waits until the kernel keeps nothing on `address`. What leaves TIME_WAIT there never gets so
/// far: it stays for a minute, and the deadline is shorter.
pub fn keeps_nothing_on(address: SocketAddr) -> Result<(), Fault> {
    wait_for("a free port", "空闲的端口", || Ok(socket_table::on(address)?.is_empty()))
}

/// Waits until the client's end of a connection is in `state`. Its port alone does not tell: calls
/// to other servers may share it.
pub fn shows_client(state: State, client: &Connection) -> Result<(), Fault> {
    wait_for(
        &format!("{state} on the client's end"),
        &format!("客户端一端的 {state}"),
        || {
            let end = connection(client.address(), client.peer())?;
            Ok(end.is_some_and(|entry| entry.state == state))
        },
    )
}

/// Waits until the kernel keeps neither end of a connection.
pub fn keeps_nothing_of(client: &Connection) -> Result<(), Fault> {
    wait_for("the end of the connection", "连接的结束", || {
        let client_end = connection(client.address(), client.peer())?;
        let server_end = connection(client.peer(), client.address())?;
        Ok(client_end.is_none() && server_end.is_none())
    })
}

/// Waits until the server has taken the call of `client` out of the accept queue.
pub fn has_been_accepted(client: &Connection) -> Result<(), Fault> {
    // In this order: a connection is put in the queue before it is ESTABLISHED (Linux,
    // tcp_check_req in net/ipv4/tcp_minisocks.c).
    shows(State::Established, client.peer())?;
    shows_waiting_callers(0, client.peer())
}

/// Waits until exactly `count` callers of the listening socket on `address` wait to be accepted.
pub fn shows_waiting_callers(count: u32, address: SocketAddr) -> Result<(), Fault> {
    wait_for(&format!("{count} callers waiting"), &format!("{count} 个等待的客户端"), || {
        let sockets = socket_table::on(address)?;
        let listening = sockets.iter().find(|entry| entry.state == State::Listen);
        Ok(listening.is_some_and(|entry| entry.receive_queue == Some(count)))
    })
}

/// The most memory that the process `id` has had at once, in bytes: VmHWM of proc_pid_status(5),
/// which only Linux has, and only while the process runs.
pub fn peak_memory(id: u32) -> Result<u64, Fault> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let peak = status.lines().find_map(|line| {
        let kibibytes = line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?;
        kibibytes.trim().parse::<u64>().ok()
    });
    peak.map(|kibibytes| kibibytes * 1024).ok_or_else(|| Fault::new("the process has ended"))
}

/// Whether nothing more will happen by itself: all threads of `processes`, and of what these have
/// started, are asleep, and nothing is under way between the sockets of `host`. Who sleeps until a time has come looks the same (Linux).
pub fn is_at_rest(processes: &[u32], host: IpAddr) -> io::Result<bool> {
    let Some(before) = asleep(processes)? else { return Ok(false) };
    // Looked at twice: one that was seen asleep may have been woken by one that was seen later.
    Ok(!is_under_way(host)? && asleep(processes)? == Some(before))
}

/// How often each thread of `processes` has gone to sleep; `None` if one is awake. A process that
/// has ended has no threads.
fn asleep(processes: &[u32]) -> io::Result<Option<Vec<String>>> {
    let mut times = Vec::new();
    let mut processes = processes.to_vec();
    while let Some(process) = processes.pop() {
        for thread in threads(process)? {
            let children = std::fs::read_to_string(thread.join("children")).unwrap_or_default();
            processes.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
            let status = std::fs::read_to_string(thread.join("status")).unwrap_or_default();
            let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
            // S: it waits, and a signal would wake it. Z: it has ended. proc_pid_status(5).
            match field("State:").map(|state| state.trim().chars().next()) {
                Some(Some('S')) => times.extend(field("voluntary_ctxt_switches:").map(Into::into)),
                Some(Some('Z')) => {}
                _ => return Ok(None),
            }
        }
    }
    Ok(Some(times))
}

fn threads(process: u32) -> io::Result<Vec<PathBuf>> {
    match std::fs::read_dir(format!("/proc/{process}/task")) {
        Ok(threads) => threads.map(|thread| Ok(thread?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Whether a packet is on its way to or from `host`: sent and not acknowledged, or such that the two
/// ends of a connection do not agree yet.
fn is_under_way(host: IpAddr) -> io::Result<bool> {
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
        State::TimeWait | State::Close | State::Listen => false,
    }))
}

/// Looks at the table again and again until `holds`.
pub fn wait_for(
    wanted: &str,
    wanted_zh: &str,
    holds: impl Fn() -> io::Result<bool>,
) -> Result<(), Fault> {
    let deadline = deadline::next();
    loop {
        // Looked at once more behind the deadline: the whole machine may have stood still.
        let is_late = Instant::now() > deadline;
        if holds()? {
            return Ok(());
        }
        if is_late {
            return Err(Fault::of(
                Kind::Kernel,
                format!("the kernel does not show {wanted}"),
                format!("内核里看不到{wanted_zh}"),
            ));
        }
        thread::sleep(LOOK_AGAIN);
    }
}
