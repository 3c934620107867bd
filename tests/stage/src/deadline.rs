//! Until when the examination of one behaviour may go on waiting.
//!
//! Each behaviour is examined by a thread of its own, and the deadline is that thread's: so no
//! single wait has to be told.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How long one wait may last where no deadline was set. It is met in milliseconds; only a busy
/// machine, or a fault, needs more.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait before looking again at something that announces no change, such as the
/// kernel's socket table.
pub const LOOK_AGAIN: Duration = Duration::from_millis(2);

thread_local! {
    static UNTIL: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Has every wait of this thread end when `time` has passed.
pub fn set(time: Duration) {
    UNTIL.set(Some(Instant::now() + time));
}

/// When the next wait of this thread has to end.
pub fn next() -> Instant {
    UNTIL.get().unwrap_or_else(|| Instant::now() + PATIENCE)
}

/// How long the next wait of this thread may last; never 0, which some calls take for "for ever".
pub fn left() -> Duration {
    next().saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}
