//! What a behaviour answers: nothing to say, or what was wrong.

use std::fmt;

/// How an examination ends.
pub type Verdict = Result<(), Fault>;

/// What a program did wrong, in words.
pub struct Fault(String);

impl Fault {
    /// A fault that is explained by `what`.
    pub fn new(what: impl fmt::Display) -> Self {
        Fault(what.to_string())
    }
}

/// Compares what was found with what had to be.
pub fn same<T: fmt::Debug + PartialEq + ?Sized>(found: &T, expected: &T) -> Verdict {
    if found == expected {
        return Ok(());
    }
    Err(Fault::new(format!("found {found:?}\n where {expected:?} should be")))
}

/// As a failed test shows it.
impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `Fault` is no `Error` itself, so that `?` takes every error: of the system, and of a predicate.
impl<E: std::error::Error> From<E> for Fault {
    fn from(error: E) -> Self {
        Fault::new(error)
    }
}
