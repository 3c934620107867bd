//! The sources: they watch the packets, the sockets, the threads, and the outputs of programs.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use stage::{Fault, Output, Process};

use crate::event::By;
use crate::sight::{Sight, Sighted};

pub mod observer;
pub mod packets;
pub mod sockets;
pub mod threads;

/// How long the observer looks as fast as it can when something has happened, and how often it looks
/// otherwise.
const BUSY: Duration = Duration::from_millis(50);
const LOOK_MS: u8 = 20;

/// This end, and the other; of a listening socket, with port 0.
pub type Ends = (SocketAddr, SocketAddr);

/// The player and the sources share this.
pub struct Watch {
    sights: Sender<Sighted>,
    /// The programs that were started.
    pub programs: Mutex<Vec<Arc<Running>>>,
    last: Mutex<Instant>,
    /// Wakes the observer.
    stirred: EventFd,
    /// How often the observer has looked.
    looks: AtomicUsize,
    is_over: AtomicBool,
}

impl Watch {
    /// The sources tell `sights` what they see; nothing has happened yet.
    pub fn new(sights: Sender<Sighted>) -> io::Result<Self> {
        let stirred = EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
        let (programs, last) = (Mutex::default(), Mutex::new(Instant::now()));
        let (looks, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        Ok(Watch { sights, programs, last, stirred, looks, is_over })
    }

    /// Something was seen. Where the stream has ended, it says why when it is joined.
    pub fn see(&self, at: SystemTime, sight: Sight) {
        let _ = self.sights.send((at, sight));
    }

    /// Something has happened: the observer looks at once.
    pub fn stir(&self) {
        *lock(&self.last) = Instant::now();
        // It can only fail where it has been written without end, and then the observer wakes anyway.
        let _ = self.stirred.write(1);
    }

    /// For how long nothing has happened.
    pub fn quiet_for(&self) -> Duration {
        lock(&self.last).elapsed()
    }

    /// How often the observer has looked so far.
    pub fn looks(&self) -> usize {
        self.looks.load(Ordering::Relaxed)
    }

    /// The sources end.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Waits until the next look: until a packet arrives, or something else has happened, or a moment
    /// has passed.
    fn wait(&self, packets: BorrowedFd) -> io::Result<()> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        if self.quiet_for() <= BUSY {
            // On a busy machine, the programs come first.
            thread::yield_now();
            return Ok(());
        }
        let wakers = [packets, self.stirred.as_fd()];
        let mut wakers = wakers.map(|waker| PollFd::new(waker, PollFlags::POLLIN));
        match poll(&mut wakers, LOOK_MS) {
            Err(error) if error != nix::Error::EINTR => return Err(error.into()),
            // It does no harm if it was not written.
            _ => drop(self.stirred.read()),
        }
        Ok(())
    }
}

/// A program that was started, in the hands of the player and of the observer.
pub struct Running {
    pub by: By,
    pub process: Mutex<Process>,
    /// Its standard output.
    pub printed: Output,
    /// Its standard error.
    pub said: Output,
}

impl Running {
    /// How it has ended, if it has.
    pub fn status(&self) -> Result<Option<ExitStatus>, Fault> {
        lock(&self.process).status()
    }
}

/// What is shared, even by a thread that has panicked.
pub fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
