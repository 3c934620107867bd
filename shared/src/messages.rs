//! Where a message ends: at the newline.

/// The most bytes that a message may have, without its newline.
pub const LONGEST: usize = 4096;

/// The bytes that have arrived and that no message has taken yet.
#[derive(Default)]
pub struct Messages {
    received: Vec<u8>,
}

/// LONGEST bytes and one more have arrived without a newline.
#[derive(Debug, PartialEq)]
pub struct TooLong;

impl Messages {
    /// Adds the bytes that one recv returned. How many messages they are does not matter here.
    pub fn add(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// Takes the next message, without its newline. `None` means that its end has not arrived.
    pub fn next(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        // Look no further than the longest message and its newline. In GBK you may look before you
        // decode, because no character has this byte as its second half.
        let looked_at = &self.received[..self.received.len().min(LONGEST + 1)];
        match looked_at.iter().position(|byte| *byte == b'\n') {
            Some(end) => Ok(Some(self.take(end))),
            None if looked_at.len() > LONGEST => Err(TooLong),
            None => Ok(None),
        }
    }

    /// Takes the message before the newline at `end`, and keeps the bytes after it: they belong to
    /// the next message.
    fn take(&mut self, end: usize) -> Vec<u8> {
        let mut message: Vec<u8> = self.received.drain(..=end).collect();
        message.pop();
        // Windows programs, telnet for example, end a line with two bytes.
        if message.ends_with(b"\r") {
            message.pop();
        }
        message
    }

    /// How many bytes of an incomplete message are left.
    pub fn rest(&self) -> usize {
        self.received.len()
    }
}
