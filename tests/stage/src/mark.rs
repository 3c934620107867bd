//! What a program has started is known by a mark in its environment. A child inherits it, and keeps
//! it through `setsid` and a double fork. On Linux alone can it be read, in `/proc/PID/environ`; a
//! program that empties its environment has lost it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// The variable that holds the mark.
pub const VARIABLE: &str = "EXAMINATION";

/// A mark that nothing carries yet. It begins with the mark of this process, if it has one itself:
/// whoever ends that one ends this one too.
pub fn new() -> String {
    static OURS: LazyLock<String> = LazyLock::new(|| {
        let outer = std::env::var(VARIABLE).unwrap_or_default();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        format!("{outer}{}-{}.", std::process::id(), now.as_nanos())
    });
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{}{}/", *OURS, NEXT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(target_os = "linux")]
pub use linux::{end, memory};

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::fs;
    use std::thread;
    use std::time::Duration;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    use super::VARIABLE;
    use crate::deadline::{Deadline, POLL_INTERVAL};
    use crate::kernel;

    /// The longest that what carries a mark is ended again and again.
    const LONGEST: Duration = Duration::from_secs(2);

    /// Ends everything that carries `mark`.
    pub fn end(mark: &str) {
        let deadline = Deadline::after(LONGEST);
        // What is started while we look may be missed: none is left when none was seen twice.
        let mut seen_none = 0;
        while seen_none < 2 && !deadline.has_passed() {
            let left: Vec<_> =
                carriers().filter(|(_, carried)| carried.starts_with(mark)).collect();
            if left.is_empty() {
                seen_none += 1;
                continue;
            }
            seen_none = 0;
            for (process, _) in left {
                let _ = kill(Pid::from_raw(process.cast_signed()), Signal::SIGKILL);
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    /// How much memory, in bytes, what carries each of `marks` has now.
    pub fn memory(marks: &[String]) -> BTreeMap<&str, u64> {
        let mut memory = BTreeMap::new();
        for (process, carried) in carriers() {
            if let Some(mark) = marks.iter().find(|mark| carried.starts_with(*mark)) {
                *memory.entry(mark.as_str()).or_default() += kernel::memory(process).unwrap_or(0);
            }
        }
        memory
    }

    /// Every process that carries a mark and has not ended, with its mark.
    fn carriers() -> impl Iterator<Item = (u32, String)> {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        ids.filter_map(|id| Some((id, carried(id)?)))
    }

    fn carried(process: u32) -> Option<String> {
        let environment = fs::read(format!("/proc/{process}/environ")).ok()?;
        let mut variables = environment.split(|byte| *byte == 0);
        let mark = variables
            .find_map(|variable| variable.strip_prefix(VARIABLE.as_bytes())?.strip_prefix(b"="))?;
        Some(String::from_utf8_lossy(mark).into_owned())
    }
}
