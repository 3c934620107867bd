//! What is typed at the client.

use std::io::{self, BufRead};
use std::iter;

use crate::encode_line;

/// The lines of standard input, as the bytes to send in `encoding`: with their newlines, or without.
///
/// A line that can't be sent is an error in words, and the next one follows; where standard input
/// itself can't be read, that is the last.
pub fn typed_lines(encoding: &str, newline: bool) -> impl Iterator<Item = Result<Vec<u8>, String>> {
    let mut keyboard = io::stdin().lock();
    let mut broken = false;
    iter::from_fn(move || {
        if broken {
            return None;
        }
        let mut line = Vec::new();
        match keyboard.read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(encode_line(&line, encoding, newline)),
            Err(error) => {
                broken = true;
                Some(Err(format!("standard input: {error}")))
            }
        }
    })
}
