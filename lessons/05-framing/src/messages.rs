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

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages in `pieces`, and what ended them.
    fn messages(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Result<usize, TooLong>) {
        let (mut messages, mut all) = (Messages::default(), Vec::new());
        for piece in pieces {
            messages.add(piece);
            loop {
                match messages.next() {
                    Ok(Some(message)) => all.push(message),
                    Ok(None) => break,
                    Err(too_long) => return (all, Err(too_long)),
                }
            }
        }
        (all, Ok(messages.rest()))
    }

    #[test]
    fn a_message_is_the_same_however_it_was_split() {
        let bytes = b"one\n\nthree\r\nfou\rr\nrest";
        let expected: Vec<Vec<u8>> = ["one", "", "three", "fou\rr"].map(Into::into).to_vec();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(messages(&pieces), (expected.clone(), Ok(4)), "{first} {second}");
            }
        }
    }

    #[test]
    fn a_message_has_at_most_4096_bytes() {
        let line = |length| [vec![b'x'; length], vec![b'\n']].concat();
        assert_eq!(messages(&[&line(4096)]), (vec![vec![b'x'; 4096]], Ok(0)));
        assert_eq!(messages(&[&line(4097)]), (vec![], Err(TooLong)));
        // It is refused before its end arrives, and the message before it is not.
        let pieces = [b"first\n".as_slice(), &[b'x'; 4096]];
        assert_eq!(messages(&pieces), (vec![b"first".to_vec()], Ok(4096)));
        let pieces = [pieces[0], pieces[1], b"x"];
        assert_eq!(messages(&pieces), (vec![b"first".to_vec()], Err(TooLong)));
    }

    #[test]
    fn no_character_of_gbk_has_a_newline_in_it() {
        for first in 0x81..=0xfe {
            for second in 0x30..=0xfe {
                assert_eq!(messages(&[&[first, second, b'\n']]).0, [[first, second]]);
            }
        }
    }

    /// The lessons after this one use the copy in `shared`.
    #[test]
    fn the_copy_in_shared_is_the_same() {
        let code = include_str!("messages.rs").split("\n#[cfg(test)]").next();
        assert_eq!(code, Some(include_str!("../../../shared/src/messages.rs")));
    }
}
