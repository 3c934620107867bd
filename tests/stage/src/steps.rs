//! What an examination has done so far, step by step.

use std::sync::{Arc, Mutex, PoisonError};

use acts::{Act, Step, Who};

/// The steps of one behaviour, in order. Its copies write in the same list.
#[derive(Clone, Default)]
pub struct Steps(Arc<Mutex<Vec<Step>>>);

impl Steps {
    /// Notes a step that is about to be taken.
    pub fn take(&self, who: Who, act: Act) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Step { who, act });
    }

    /// All steps taken.
    pub fn taken(&self) -> Vec<Step> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
