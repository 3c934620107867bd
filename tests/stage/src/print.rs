//! What the commands that examine and record print.

use std::io::{self, ErrorKind, Write};

/// Prints `text` on standard output at once. If its reader has gone away (`| head`), that is not an
/// error.
///
/// # Errors
/// Where standard output can't be written to for another reason.
pub fn print(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
