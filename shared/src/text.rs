//! Bytes to text and back: streaming, so that a character split over two recvs comes out whole, and
//! with nothing in it that could play a trick on the terminal.

use encoding_rs::{Decoder, Encoding, GBK};

/// The text of one connection in one direction, decoded as it comes.
pub struct Text {
    decoder: Decoder,
    decoded: String,
}

impl Text {
    /// Text in `encoding`, a label of the WHATWG Encoding Standard such as `gbk` or `utf-8`.
    ///
    /// # Panics
    /// Where the standard has no such label.
    pub fn new(encoding: &str) -> Self {
        Text { decoder: named(encoding).new_decoder_without_bom_handling(), decoded: String::new() }
    }

    /// The characters that `bytes` complete. What is no text in this encoding becomes U+FFFD; the
    /// first half of a character is kept for the next call.
    pub fn decode(&mut self, bytes: &[u8]) -> &str {
        self.decode_until(bytes, false)
    }

    /// What is left at the end of the stream: U+FFFD for half a character, or nothing.
    pub fn finish(&mut self) -> &str {
        self.decode_until(&[], true)
    }

    fn decode_until(&mut self, bytes: &[u8], last: bool) -> &str {
        let room = self
            .decoder
            .max_utf8_buffer_length(bytes.len())
            .expect("a buffer that fits in memory has a length that fits in usize");
        self.decoded.clear();
        self.decoded.reserve(room);
        // With that much room nothing can be left over.
        let _ = self.decoder.decode_to_string(bytes, &mut self.decoded, last);
        &self.decoded
    }
}

/// `text` in GBK, for text that GBK is known to have. A character that it lacks would become an
/// HTML reference.
pub fn gbk(text: &str) -> Vec<u8> {
    GBK.encode(text).0.into_owned()
}

/// The bytes to send for a line that was typed, in `encoding`: with its newline at the end, or
/// without.
///
/// # Errors
/// Where the line is no UTF-8, or has a character that `encoding` lacks: in words, and naming the
/// character.
///
/// # Panics
/// Where the WHATWG Encoding Standard has no such label.
pub fn encode_line(typed: &[u8], encoding: &str, newline: bool) -> Result<Vec<u8>, String> {
    let typed = str::from_utf8(typed).map_err(|_| "what was typed is not UTF-8")?;
    let text = if newline { typed } else { typed.lines().next().unwrap_or_default() };
    let encoding = named(encoding);
    let lacks = |character: &char| encoding.encode(character.encode_utf8(&mut [0; 4])).2;
    match text.chars().find(lacks) {
        None => Ok(encoding.encode(text).0.into_owned()),
        Some(lacked) => {
            let (name, number) = (encoding.name(), u32::from(lacked));
            Err(format!("{name} has no {lacked:?} (U+{number:04X})"))
        }
    }
}

fn named(label: &str) -> &'static Encoding {
    Encoding::for_label(label.as_bytes()).expect("a label of the WHATWG Encoding Standard")
}

/// Appends `text` to `line` with what could forge a line or change the terminal shown escaped,
/// except the characters in `kept`.
pub(crate) fn push_escaped(line: &mut String, text: &str, kept: &[char]) {
    let mut rest = text;
    while let Some((at, character)) = find_trick(rest, kept) {
        line.push_str(&rest[..at]);
        line.extend(character.escape_default());
        rest = &rest[at + character.len_utf8()..];
    }
    line.push_str(rest);
}

fn find_trick(text: &str, kept: &[char]) -> Option<(usize, char)> {
    text.char_indices().find(|(_, character)| plays_tricks(*character) && !kept.contains(character))
}

/// Controls (a newline forges a line, ESC clears the screen), the marks that turn the direction of
/// writing round, and Unicode's two line separators.
fn plays_tricks(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut line = String::new();
        push_escaped(&mut line, text, &[]);
        line
    }

    #[test]
    fn a_character_split_anywhere_comes_out_whole() {
        let bytes = gbk("你好");
        for split in 0..=bytes.len() {
            let mut text = Text::new("gbk");
            let mut all = text.decode(&bytes[..split]).to_string();
            all += text.decode(&bytes[split..]);
            all += text.finish();
            assert_eq!(all, "你好", "split after {split} bytes");
        }
    }

    #[test]
    fn what_is_no_gbk_becomes_a_replacement_character_and_nothing_else_is_lost() {
        let mut text = Text::new("gbk");
        assert_eq!(text.decode(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(text.decode(b"\xc4"), "");
        assert_eq!(text.finish(), "\u{fffd}");
    }

    #[test]
    fn controls_and_marks_are_shown_escaped() {
        assert_eq!(escaped("a\nb\r\tc\0"), r"a\nb\r\tc\u{0}");
        assert_eq!(escaped("\u{1b}[2J\u{7f}\u{85}"), r"\u{1b}[2J\u{7f}\u{85}");
        assert_eq!(escaped("\u{61c}\u{200e}\u{200f}"), r"\u{61c}\u{200e}\u{200f}");
        assert_eq!(
            escaped("\u{2028}\u{2029}\u{202a}\u{202e}"),
            r"\u{2028}\u{2029}\u{202a}\u{202e}"
        );
        assert_eq!(escaped("\u{2066}\u{2069}"), r"\u{2066}\u{2069}");
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in [
            "",
            "plain",
            "收到。",
            r#"\ " '"#,
            "全角\u{3000}空格",
            "\u{fffd}\u{200d}\u{2027}\u{202f}\u{2065}\u{206a}",
        ] {
            assert_eq!(escaped(text), text);
        }
    }

    #[test]
    fn a_character_that_gbk_lacks_is_named() {
        assert_eq!(encode_line("你好".as_bytes(), "gbk", false), Ok(b"\xc4\xe3\xba\xc3".to_vec()));
        assert_eq!(
            encode_line("ok 😀".as_bytes(), "gbk", false),
            Err("GBK has no '😀' (U+1F600)".into())
        );
        assert_eq!(encode_line("😀".as_bytes(), "utf-8", false), Ok("😀".into()));
    }

    #[test]
    fn a_line_is_sent_with_its_newline_only_when_asked() {
        for (typed, without) in [("a b \n", "a b "), ("a\r\n", "a"), ("a", "a"), ("\n", "")] {
            assert_eq!(encode_line(typed.as_bytes(), "gbk", false), Ok(without.into()));
            assert_eq!(encode_line(typed.as_bytes(), "gbk", true), Ok(typed.into()));
        }
    }
}
