//! The words after the name of an act: text in quotes, bytes in hex, numbers.

use std::str::Chars;

use plain::{Text, encode_line, escape};

use crate::{Words, one_line};

/// The longest piece that is looked for in bytes that repeat.
const LONGEST_PIECE: usize = 48;

/// Bytes to send: `"text"` in GBK, `utf-8 "text"`, or `hex c4 e3`. `3000 times` may follow a text.
pub fn sent(what: &str, most: usize) -> Result<Vec<u8>, Words> {
    if let Some(digits) = what.strip_prefix("hex ") {
        return hex(digits).filter(|bytes| !bytes.is_empty()).ok_or_else(|| {
            let digits = one_line(digits);
            Words::new(
                format!("\"{digits}\" is not valid hex"),
                format!("\"{digits}\" 不是十六进制"),
            )
        });
    }
    let utf_8 = what.strip_prefix("utf-8 ");
    let (text, rest) = quoted(utf_8.unwrap_or(what).trim())?;
    let once = match utf_8 {
        Some(_) => text.into_bytes(),
        None => encode_line(text.as_bytes(), "gbk", true)?,
    };
    let times = match rest.strip_suffix(" times") {
        Some(times) => number(times, most as u64)? as usize,
        None => nothing_behind(rest).map(|()| 1)?,
    };
    match once.len().checked_mul(times) {
        Some(count) if (1..=most).contains(&count) => Ok(once.repeat(times)),
        _ => Err(Words::new(
            format!("a send has 1 to {most} bytes"),
            format!("一次发送 1 到 {most} 字节"),
        )),
    }
}

/// The words that [`sent`] reads as `bytes`.
pub fn written(bytes: &[u8]) -> String {
    let pieces = (1..=LONGEST_PIECE).map(|length| (length, bytes.get(..length).unwrap_or(bytes)));
    let repeats = |(length, piece): &(usize, &[u8])| {
        bytes.len().is_multiple_of(*length) && bytes.chunks(*length).all(|chunk| chunk == *piece)
    };
    let many = if bytes.len() > LONGEST_PIECE { pieces.clone().find(repeats) } else { None };
    let (piece, times) = match many {
        Some((length, piece)) if text(piece).is_some() => {
            (piece, format!(" {} times", bytes.len() / length))
        }
        _ => (bytes, String::new()),
    };
    match text(piece) {
        Some(text) if !piece.is_ascii() && text.as_bytes() == piece => {
            format!("utf-8 {}{times}", in_quotes(&text))
        }
        Some(text) => in_quotes(&text) + &times,
        None => format!("hex {}", hex_of(bytes)),
    }
}

/// The text that bytes are, in UTF-8 or else in GBK. Hardly any Chinese text in GBK is UTF-8 too.
pub fn text(bytes: &[u8]) -> Option<String> {
    if let Ok(text) = str::from_utf8(bytes) {
        return Some(text.into());
    }
    let mut text = String::new();
    Text::new("gbk").decode(bytes, &mut text);
    encode_line(text.as_bytes(), "gbk", true).is_ok_and(|again| again == bytes).then_some(text)
}

/// Bytes in hex, with spaces between them or without.
pub fn hex(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = digits.bytes().filter(|byte| *byte != b' ').collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect()
}

/// `c4 e3`
pub fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// `4 bytes`
pub fn bytes_of(count: usize) -> String {
    if count == 1 { "1 byte".into() } else { format!("{count} bytes") }
}

/// A number from 1 to `most`.
pub fn number(text: &str, most: u64) -> Result<u64, Words> {
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| {
        let text = one_line(text);
        Words::new(
            format!("\"{text}\" is not a number from 1 to {most}"),
            format!("\"{text}\" 不是 1 到 {most} 之间的整数"),
        )
    })
}

/// Checks that nothing follows the words that were read.
pub fn nothing_behind(rest: &str) -> Result<(), Words> {
    let shown = one_line(rest);
    match rest {
        "" => Ok(()),
        _ => Err(Words::new(format!("\"{shown}\" is too much"), format!("多了 \"{shown}\""))),
    }
}

/// The text in quotes that `words` begin with, and the words after it.
pub fn quoted(words: &str) -> Result<(String, &str), Words> {
    json_string(words).ok_or_else(|| {
        let words = one_line(words);
        Words::new(
            format!("expected a text in quotes, found {words}"),
            format!("这里应该是引号里的文字，而不是 {words}"),
        )
    })
}

/// A string as JSON has it (RFC 8259, section 7): what it escapes are units of UTF-16.
fn json_string(words: &str) -> Option<(String, &str)> {
    let mut rest = words.strip_prefix('"')?.chars();
    let mut units: Vec<u16> = Vec::new();
    loop {
        match rest.next()? {
            '"' => return Some((String::from_utf16(&units).ok()?, rest.as_str().trim())),
            '\\' => units.push(escaped(&mut rest)?),
            control if control.is_ascii_control() => return None,
            plain => units.extend_from_slice(plain.encode_utf16(&mut [0; 2])),
        }
    }
}

fn escaped(rest: &mut Chars<'_>) -> Option<u16> {
    Some(match rest.next()? {
        'b' => 0x08,
        't' => 0x09,
        'n' => 0x0a,
        'f' => 0x0c,
        'r' => 0x0d,
        'u' => {
            let digits: String = rest.by_ref().take(4).collect();
            let is_hex = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_hex.then(|| u16::from_str_radix(&digits, 16).ok())??
        }
        same @ ('"' | '\\' | '/') => same as u16,
        _ => return None,
    })
}

/// `text` in quotes, with what plays tricks on a terminal escaped.
pub fn in_quotes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        let mut shown = character.to_string();
        escape(&mut shown, 0, &[]);
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' | '\r' | '\t' => quoted += &shown,
            _ if shown.starts_with('\\') => {
                let units = character.encode_utf16(&mut [0; 2]).to_vec();
                quoted.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
            }
            plain => quoted.push(plain),
        }
    }
    quoted + "\""
}
