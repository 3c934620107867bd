//! Puts what the sources see in order. Each sight is held back for a moment, in which others may
//! tell what was before it.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use crate::event::{Event, What};
use crate::sight::{Sight, Sighted};
use crate::tracker::Tracker;

/// How long a sight is held back.
const HELD: Duration = Duration::from_millis(50);

/// How much later than it was written an output may be read.
const READ_LATE: Duration = Duration::from_millis(5);

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
    pub fn run(mut self, sights: &Receiver<Sighted>) -> io::Result<()> {
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
        for sight in self.printed_before(at, &sight).into_iter().chain([sight]) {
            for what in self.tracker.take(sight) {
                self.send(at_us, what)?;
            }
        }
        Ok(())
    }

    /// A program whose only thread is blocked prints nothing: what is read from it while nothing could
    /// have woken it was printed before it was blocked.
    fn printed_before(&mut self, at: SystemTime, sight: &Sight) -> Vec<Sight> {
        let Sight::Wait(What::Wait { by, thread: 1, call: Some(_), .. }, _) = sight else {
            return Vec::new();
        };
        if !self.tracker.has_one_thread(by) {
            return Vec::new();
        }
        let late = self.held.range((at, 0, 0)..(at + READ_LATE, 0, 0));
        let wakes = |sight: &Sight| match sight {
            Sight::Wait(What::Wait { by: whose, .. }, _) => whose == by,
            Sight::Segment(_) => true,
            _ => false,
        };
        let asleep = late.take_while(|(_, sight)| !wakes(sight));
        let printed = asleep.filter(|(_, sight)| match sight {
            Sight::Plain(What::Output { by: whose, .. }) => whose == by,
            _ => false,
        });
        let keys: Vec<_> = printed.map(|(key, _)| *key).collect();
        keys.iter().filter_map(|key| self.held.remove(key)).collect()
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
    use crate::event::{By, Stream as Of};
    use stage::Who;

    /// The events of these sights, each so many milliseconds after the beginning.
    fn events(sights: Vec<(u64, Sight)>) -> io::Result<Vec<Event>> {
        let begin = SystemTime::now();
        let (sender, receiver) = mpsc::channel();
        for (at, sight) in sights {
            let at = begin + Duration::from_millis(at);
            sender.send((at, sight)).map_err(io::Error::other)?;
        }
        drop(sender);
        let mut events = Vec::new();
        let sink = |event| {
            events.push(event);
            Ok(())
        };
        Stream::new(begin, sink).run(&receiver)?;
        Ok(events)
    }

    #[test]
    fn what_comes_late_is_put_in_order_as_far_as_it_is_held() -> io::Result<()> {
        let act = || Sight::Plain(What::Act { line: "connect".into() });
        let events = events(vec![(30, act()), (10, act()), (20, act())])?;
        let times: Vec<_> = events.iter().map(|event| event.at_us).collect();
        assert_eq!(times, [10_000, 20_000, 30_000]);
        Ok(())
    }

    #[test]
    fn what_a_blocked_program_seems_to_print_was_printed_before() -> io::Result<()> {
        let by = By { who: Who::Server, run: 1 };
        let wait = |call: Option<&str>| {
            let (by, call) = (by.clone(), call.map(str::to_owned));
            Sight::Wait(What::Wait { by, thread: 1, call, step: None, on: vec![] }, vec![])
        };
        let prints = || {
            let (by, text) = (by.clone(), "listening".to_string());
            Sight::Plain(What::Output { by, stream: Of::Stdout, text, left_out: 0 })
        };
        let is_print = |event: &Event| matches!(event.what, What::Output { .. });
        let late = events(vec![(10, wait(Some("accept"))), (12, prints())])?;
        assert_eq!((late.iter().position(is_print), late[0].at_us), (Some(0), 10_000));
        let woken = vec![(10, wait(Some("accept"))), (11, wait(None)), (12, prints())];
        assert_eq!(events(woken)?.iter().position(is_print), Some(2));
        Ok(())
    }
}
