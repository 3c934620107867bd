//! What a program writes, as it writes it.

use std::io::{self, ErrorKind, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::deadline::Deadline;
use crate::fault::{Fault, Until};

/// How much more than expected a program has to print to be taken for one that will not stop.
const FLOOD_LIMIT: usize = 1 << 20;

/// How long the end of an output is waited for at least when its program has ended. On a busy machine the
/// thread that reads it may be some hundred milliseconds late.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// One of a program's two outputs. A separate thread reads it to its end. Its copies are the same
/// output.
#[derive(Clone)]
pub struct Output(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    /// When each piece was read, and how many bytes there were then.
    arrivals: Vec<(SystemTime, usize)>,
    closed: bool,
    flooded: bool,
}

impl Output {
    /// Begins to read `pipe`. A program that writes more than `limit` bytes is not read any further,
    /// and fails.
    pub fn of(mut pipe: impl Read + Send + 'static, limit: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let output = Output(Arc::clone(&shared));
        thread::spawn(move || {
            let mut buffer = [0; 64 * 1024];
            loop {
                let count = retry_on_eintr(|| pipe.read(&mut buffer)).unwrap_or(0);
                let mut state = shared.lock();
                state.bytes.extend_from_slice(&buffer[..count]);
                if cfg!(windows) {
                    // On Windows, many languages end a line with \r\n, which is not a fault.
                    state.bytes.retain(|byte| *byte != b'\r');
                }
                let length = state.bytes.len();
                state.arrivals.push((SystemTime::now(), length));
                state.flooded = state.bytes.len() > limit;
                state.closed = count == 0 || state.flooded;
                shared.changed.notify_all();
                if state.closed {
                    return;
                }
            }
        });
        output
    }

    /// Waits until `found` finds what it looks for in what was written so far.
    pub fn wait_for<T>(
        &self,
        deadline: Deadline,
        wanted: &str,
        found: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, Fault> {
        let state =
            self.wait_until(deadline, |state| state.closed || found(&state.bytes).is_some());
        found(&state.bytes).ok_or_else(|| match state.flooded {
            true => Fault::Flooded,
            false => Fault::Printed {
                expected: wanted.into(),
                found: String::from_utf8_lossy(&state.bytes).into_owned(),
                until: if state.closed { Until::OutputEnded } else { Until::Deadline },
            },
        })
    }

    /// Waits until all that was written so far is `text`.
    pub fn wait_for_all(&self, deadline: Deadline, text: &str) -> Result<(), Fault> {
        // What is that much longer will never be `text`, and need not be waited for.
        let hopeless = |written: &[u8]| written.len() > text.len() + FLOOD_LIMIT;
        let written = self.wait_for(deadline, text, |written| {
            (written == text.as_bytes() || hopeless(written)).then_some(written.len())
        })?;
        if written == text.len() { Ok(()) } else { Err(Fault::Flooded) }
    }

    /// Waits until a line is written that has `words` in it.
    pub fn wait_for_line_with(&self, deadline: Deadline, words: &str) -> Result<(), Fault> {
        self.wait_for(deadline, words, |written| {
            let written = String::from_utf8_lossy(written);
            lines(&written).any(|line| line.contains(words)).then_some(())
        })
    }

    /// How many lines were written with `words` in them.
    pub fn count_lines_with(&self, words: &str) -> usize {
        let state = self.0.lock();
        lines(&String::from_utf8_lossy(&state.bytes)).filter(|line| line.contains(words)).count()
    }

    /// Waits until a line is written that begins with `words`, and takes the rest of it.
    pub fn wait_for_line_beginning(
        &self,
        deadline: Deadline,
        words: &str,
    ) -> Result<String, Fault> {
        self.wait_for(deadline, words, |written| {
            let written = String::from_utf8_lossy(written);
            lines(&written).find_map(|line| line.strip_prefix(words)).map(str::to_owned)
        })
    }

    /// How many bytes were written so far.
    pub fn length(&self) -> usize {
        self.0.lock().bytes.len()
    }

    /// What was written so far, piece by piece, with the time when each was read.
    pub fn pieces(&self) -> Vec<(SystemTime, Vec<u8>)> {
        let state = self.0.lock();
        let begins = std::iter::once(0).chain(state.arrivals.iter().map(|(_, end)| *end));
        let pieces = begins.zip(&state.arrivals);
        let bytes = |begin, end| state.bytes.get(begin..end).unwrap_or_default().to_vec();
        pieces.map(|(begin, (at, end))| (*at, bytes(begin, *end))).collect()
    }

    /// Whether more was written than the limit allows.
    pub fn flooded(&self) -> bool {
        self.0.lock().flooded
    }

    /// What a program that has ended has written last. The end of the output is waited for, but not
    /// for long: somebody else may hold it open.
    pub fn last_words(&self) -> Vec<u8> {
        self.wait_until(Deadline::after(LAST_WORDS), |state| state.closed).bytes.clone()
    }

    /// Waits for the end of the output of a program that has ended, and takes all of it.
    pub fn take_all(&self, deadline: Deadline) -> Result<Vec<u8>, Fault> {
        // It may have ended just in time.
        let deadline = Deadline::after(deadline.left().max(LAST_WORDS));
        let mut state = self.wait_until(deadline, |state| state.closed);
        if !state.closed {
            return Err(Fault::OutputStillOpen);
        }
        Ok(std::mem::take(&mut state.bytes))
    }

    /// Waits until `done`, or until `deadline`.
    fn wait_until(
        &self,
        deadline: Deadline,
        done: impl Fn(&State) -> bool,
    ) -> MutexGuard<'_, State> {
        let state = self.0.lock();
        let waited =
            self.0.changed.wait_timeout_while(state, deadline.left(), |state| !done(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The lines that have been written to their ends.
fn lines(written: &str) -> impl Iterator<Item = &str> {
    written.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'))
}

/// Calls again where the call was interrupted: one with a timeout is not restarted by itself when the
/// process is stopped and continues (signal(7)).
pub fn retry_on_eintr<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
