//! Puts what the sources see in order. Each sight is held back for a moment, in which others may
//! tell what was before it.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use crate::event::{Event, What};
use crate::tracker::{Sight, Tracker};

/// How long a sight is held back.
const HELD: Duration = Duration::from_millis(50);

/// How long to wait for a sight where none is held.
const IDLE: Duration = Duration::from_secs(3600);

/// All sights on their way to events.
pub struct Stream<S> {
    begin: SystemTime,
    /// By their times; of the same microsecond in the order of cause and effect, then as they came.
    held: BTreeMap<(SystemTime, u8, usize), Sight>,
    count: usize,
    tracker: Tracker,
    last_us: i64,
    sink: S,
}

impl<S: FnMut(Event) -> io::Result<()>> Stream<S> {
    /// A stream into `sink`, whose times are counted from `begin`.
    pub fn new(begin: SystemTime, sink: S) -> Self {
        let (held, tracker) = (BTreeMap::new(), Tracker::default());
        Stream { begin, held, count: 0, tracker, last_us: i64::MIN, sink }
    }

    /// Lets out all that comes, until no source is left.
    pub fn run(mut self, sights: &Receiver<(SystemTime, Sight)>) -> io::Result<()> {
        loop {
            match sights.recv_timeout(self.until_due()) {
                Ok((at, sight)) => self.hold(at, sight),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            while !self.held.is_empty() && self.until_due().is_zero() {
                self.let_out()?;
            }
        }
        while !self.held.is_empty() {
            self.let_out()?;
        }
        match self.tracker.missing() {
            0 => Ok(()),
            packets => self.send(self.last_us, What::Missing { packets }),
        }
    }

    fn hold(&mut self, at: SystemTime, sight: Sight) {
        let order = match &sight {
            Sight::Port(..) | Sight::Plain(What::Act { .. }) => 0,
            Sight::Segment(_) => 1,
            _ => 2,
        };
        self.count += 1;
        self.held.insert((at, order, self.count), sight);
    }

    /// How long until the first one may be let out.
    fn until_due(&self) -> Duration {
        let due = self.held.first_key_value().map(|((at, ..), _)| *at + HELD);
        due.map_or(IDLE, |due| due.duration_since(SystemTime::now()).unwrap_or_default())
    }

    fn let_out(&mut self) -> io::Result<()> {
        let Some(((at, ..), sight)) = self.held.pop_first() else { return Ok(()) };
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        let at_us = match at.duration_since(self.begin) {
            Ok(since) => micros(since),
            Err(before) => -micros(before.duration()),
        };
        for what in self.tracker.take(sight) {
            self.send(at_us, what)?;
        }
        Ok(())
    }

    fn send(&mut self, was_us: i64, what: What) -> io::Result<()> {
        let at_us = was_us.max(self.last_us);
        self.last_us = at_us;
        (self.sink)(Event { at_us, late_us: at_us - was_us, what })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_comes_late_is_put_in_order_as_far_as_it_is_held() -> io::Result<()> {
        let begin = SystemTime::now();
        let (sender, sights) = mpsc::channel();
        let act = |line: u64| {
            let line = line.to_string();
            (
                begin + Duration::from_millis(line.parse().unwrap_or(0)),
                Sight::Plain(What::Act { line }),
            )
        };
        for at in [30, 10, 20] {
            sender.send(act(at)).map_err(io::Error::other)?;
        }
        drop(sender);
        let mut lines = Vec::new();
        Stream::new(begin, |event| {
            lines.push(event.at_us);
            Ok(())
        })
        .run(&sights)?;
        assert_eq!(lines, [10_000, 20_000, 30_000]);
        Ok(())
    }
}
