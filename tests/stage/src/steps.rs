//! What an examination has done so far, step by step.

use std::sync::{Arc, Mutex, PoisonError};

use crate::Words;

/// The most bytes of a message that are shown.
const SHOWN: usize = 48;

/// The steps of one behaviour, in order. Its copies write in the same list.
#[derive(Clone, Default)]
pub struct Steps(Arc<Mutex<Vec<Words>>>);

impl Steps {
    /// Notes a step that is about to be taken.
    pub fn take(&self, en: impl Into<String>, zh: impl Into<String>) {
        let mut steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        steps.push(Words::new(en, zh));
    }

    /// All steps taken.
    pub fn taken(&self) -> Vec<Words> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Bytes as they are shown: escaped, and cut where they are many.
pub fn shown(bytes: &[u8]) -> String {
    match bytes.get(..SHOWN) {
        Some(begin) if bytes.len() > SHOWN => format!("\"{}…\"", begin.escape_ascii()),
        _ => format!("\"{}\"", bytes.escape_ascii()),
    }
}
