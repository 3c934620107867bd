//! Bytes to text and back: streaming, so that a character split over two recvs comes out whole, and
//! with nothing in it that could play a trick on the terminal.

use encoding_rs::{Decoder, Encoding, GBK};

use crate::Words;

/// The text of one connection in one direction, decoded as it comes.
pub struct Text(Decoder);

impl Text {
    /// Text in `encoding`, a label of the WHATWG Encoding Standard such as `gbk` or `utf-8`.
    ///
    /// # Panics
    /// Where the standard has no such label.
    pub fn new(encoding: &str) -> Self {
        Text(named(encoding).new_decoder_without_bom_handling())
    }

    /// Appends to `line` the characters that `bytes` complete. A byte that is not valid becomes
    /// U+FFFD. If `bytes` end with half a character, it is kept for the next call.
    pub fn decode(&mut self, bytes: &[u8], line: &mut String) {
        self.decode_until(bytes, line, false);
    }

    /// At the end of the stream: appends U+FFFD if half a character is left, otherwise nothing. After
    /// it, a new text begins.
    pub fn finish(&mut self, line: &mut String) {
        self.decode_until(&[], line, true);
        self.0 = self.0.encoding().new_decoder_without_bom_handling();
    }

    fn decode_until(&mut self, bytes: &[u8], line: &mut String, last: bool) {
        let room = self.0.max_utf8_buffer_length(bytes.len());
        line.reserve(room.expect("a buffer that fits in memory has a length that fits in usize"));
        // Half a character is kept, unless this is the last call. There is room for the others.
        let _ = self.0.decode_to_string(bytes, line, last);
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
/// Where the line is not valid UTF-8, or has a character that `encoding` lacks. The error is in
/// words, and names the character.
///
/// # Panics
/// Where the WHATWG Encoding Standard has no such label.
pub fn encode_line(typed: &[u8], encoding: &str, newline: bool) -> Result<Vec<u8>, Words> {
    let not_utf_8 = Words::fixed("the line is not UTF-8", "输入的这一行不是 UTF-8");
    let typed = str::from_utf8(typed).map_err(|_| not_utf_8)?;
    let text = if newline { typed } else { typed.lines().next().unwrap_or_default() };
    let encoding = named(encoding);
    let (bytes, _, lacking) = encoding.encode(text);
    if !lacking {
        return Ok(bytes.into_owned());
    }
    let lacks = |character: &char| encoding.encode(character.encode_utf8(&mut [0; 4])).2;
    let lacked = text.chars().find(lacks).unwrap_or(char::REPLACEMENT_CHARACTER);
    let (name, number) = (encoding.name(), u32::from(lacked));
    Err(Words::new(
        format!("{name} has no {lacked:?} (U+{number:04X})"),
        format!("{name} 里没有 {lacked:?}（U+{number:04X}）"),
    ))
}

fn named(label: &str) -> &'static Encoding {
    Encoding::for_label(label.as_bytes()).expect("a label of the WHATWG Encoding Standard")
}

/// Shows what could forge a line or change the terminal escaped, in `line` from `start` on, except
/// the characters in `kept`.
///
/// Looks at all bytes at once before it looks at single characters, because most texts play no
/// tricks. Of all its own code, a server spends most time here.
///
/// # Panics
/// Where no character of `line` begins at `start`.
pub fn escape(line: &mut String, start: usize, kept: &[char]) {
    if !line.as_bytes()[start..]
        .iter()
        .fold(false, |found, byte| found | may_start_control_or_bidi_mark(byte))
    {
        return;
    }
    let text = line.split_off(start);
    let mut rest = text.as_str();
    while let Some(at) = rest.as_bytes().iter().position(may_start_control_or_bidi_mark) {
        let (plain, suspect) = rest.split_at(at);
        line.push_str(plain);
        let mut characters = suspect.chars();
        match characters.next() {
            Some(character) if is_control_or_bidi_mark(character) && !kept.contains(&character) => {
                line.extend(character.escape_default());
            }
            harmless => line.extend(harmless),
        }
        rest = characters.as_str();
    }
    line.push_str(rest);
}

/// Whether a character that [`is_control_or_bidi_mark`] begins, in UTF-8, with `byte`: the controls of ASCII,
/// those of Latin-1 (U+0080 to U+009F), U+061C, and U+2000 to U+2FFF.
fn may_start_control_or_bidi_mark(byte: &u8) -> bool {
    *byte < 0x20 || matches!(byte, 0x7f | 0xc2 | 0xd8 | 0xe2)
}

/// Controls (a newline forges a line, ESC clears the screen), the marks that turn the direction of
/// writing round, and Unicode's two line separators.
fn is_control_or_bidi_mark(character: char) -> bool {
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
        let mut line = text.to_string();
        escape(&mut line, 0, &[]);
        line
    }

    #[test]
    fn a_character_split_anywhere_comes_out_whole() {
        let bytes = gbk("你好");
        for split in 0..=bytes.len() {
            let mut text = Text::new("gbk");
            let mut all = String::new();
            text.decode(&bytes[..split], &mut all);
            text.decode(&bytes[split..], &mut all);
            text.finish(&mut all);
            assert_eq!(all, "你好", "split after {split} bytes");
        }
    }

    #[test]
    fn invalid_gbk_becomes_a_replacement_character() {
        let mut text = Text::new("gbk");
        let mut all = String::new();
        text.decode(b"a\xffb\xc4", &mut all);
        assert_eq!(all, "a\u{fffd}b");
        text.finish(&mut all);
        assert_eq!(all, "a\u{fffd}b\u{fffd}");
        text.decode(&gbk("好"), &mut all);
        assert_eq!(all, "a\u{fffd}b\u{fffd}好");
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
    fn every_control_and_bidi_mark_is_escaped() {
        for character in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let shown = escaped(character.encode_utf8(&mut [0; 4]));
            assert_eq!(
                shown.starts_with('\\'),
                is_control_or_bidi_mark(character) || character == '\\'
            );
        }
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
            Err(Words::new("GBK has no '😀' (U+1F600)", "GBK 里没有 '😀'（U+1F600）"))
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
