//! Until when something is waited for.

use std::thread;
use std::time::{Duration, Instant};

/// How long to wait before looking again at what announces no change, such as the kernel's socket
/// table.
pub const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// The moment at which waiting ends: a value, which whoever waits hands on.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// When `time` will have passed from now on.
    pub fn after(time: Duration) -> Self {
        Deadline(Instant::now() + time)
    }

    /// This deadline, or when `time` has passed, whichever comes first.
    pub fn or_after(self, time: Duration) -> Self {
        Deadline(self.0.min(Instant::now() + time))
    }

    /// How long the next wait may last; never 0, which some calls take for "without end".
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
    }

    /// Whether it is over.
    pub fn has_passed(self) -> bool {
        Instant::now() >= self.0
    }

    /// Looks again and again until `look` finds something; `None` where it never does.
    ///
    /// # Errors
    /// As `look` fails.
    pub fn look<T, E>(
        self,
        mut look: impl FnMut() -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        loop {
            // Looks once more after the deadline, because the whole machine may have stood still.
            let is_last = self.has_passed();
            if let Some(found) = look()? {
                return Ok(Some(found));
            }
            if is_last {
                return Ok(None);
            }
            thread::sleep(POLL_INTERVAL);
        }
    }
}
