//! What is typed at the client.

use std::io::{self, BufRead};
use std::iter;

use plain::{Lang, Words};

use crate::{Arguments, encode_line, in_words};

const TOO_LONG: Words = Words::fixed("the line is longer than 4 GiB", "这一行超过 4 GiB");

/// How the client marks where a message ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// It does not: the text alone is sent.
    Nothing,
    /// By the newline.
    Line,
    /// By four bytes before the message: its length, the highest byte first.
    Length,
}

impl Framing {
    /// The one that was asked for, by `--line` or `--length`.
    pub fn asked_for(arguments: &Arguments) -> Self {
        match (arguments.has("line"), arguments.has("length")) {
            (true, _) => Framing::Line,
            (_, true) => Framing::Length,
            _ => Framing::Nothing,
        }
    }
}

/// The lines of standard input, as the bytes to send in `encoding`, each with what marks its end.
///
/// A line that can't be sent is an error in words, and the next one follows; where standard input
/// itself can't be read, that is the last.
pub fn typed_lines(
    encoding: &str,
    framing: Framing,
) -> impl Iterator<Item = Result<Vec<u8>, String>> {
    let mut keyboard = io::stdin().lock();
    let mut broken = false;
    iter::from_fn(move || {
        if broken {
            return None;
        }
        let mut line = Vec::new();
        match keyboard.read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(encode(&line, encoding, framing).map_err(|why| not_sent(&why))),
            Err(error) => {
                broken = true;
                Some(Err(not_sent(&Words::same(error))))
            }
        }
    })
}

fn not_sent(why: &Words) -> String {
    let (en, zh) = (why.say(Lang::En), why.say(Lang::ZhCn));
    in_words(&Words::new(format!("{en}; this line was not sent"), format!("{zh}；这一行没有发送")))
}

fn encode(line: &[u8], encoding: &str, framing: Framing) -> Result<Vec<u8>, Words> {
    let bytes = encode_line(line, encoding, framing == Framing::Line)?;
    if framing != Framing::Length {
        return Ok(bytes);
    }
    let length = u32::try_from(bytes.len()).map_err(|_| TOO_LONG)?;
    Ok([&length.to_be_bytes(), &*bytes].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_counts_the_bytes_without_the_newline() {
        let encoded = |line: &str| encode(line.as_bytes(), "gbk", Framing::Length);
        assert_eq!(encoded("你好\n"), Ok(b"\0\0\0\x04\xc4\xe3\xba\xc3".to_vec()));
        assert_eq!(encoded("\n"), Ok(b"\0\0\0\0".to_vec()));
    }
}
