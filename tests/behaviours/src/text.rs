//! Bytes become characters: whole, however they were split, and harmless.

use shared::gbk;
use stage::{Program, Server, Verdict};

use crate::transcript::Prints;

/// A client sends `bytes` and no more; the server prints `texts`, a line for each.
fn shown(program: &Program, bytes: impl AsRef<[u8]>, texts: &[&str]) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends(bytes)?;
    client.half_closes()?;
    server.ends_showing(&client, texts)
}

/// GBK text is printed as text.
pub fn chinese_text_is_read_as_gbk(program: &Program) -> Verdict {
    shown(program, gbk("你好，世界"), &["你好，世界"])
}

/// The server replaces a byte that is not valid GBK by one U+FFFD, and continues. 0xFF is never
/// valid in GBK, and all decoders treat it as one bad byte.
pub fn a_stray_byte_is_replaced(program: &Program) -> Verdict {
    shown(program, b"before\xffafter", &["before\u{fffd}after"])
}

/// Half a character at the end of the stream is U+FFFD, on a separate line.
pub fn half_a_character_at_the_end_is_replaced(program: &Program) -> Verdict {
    shown(program, b"half\xc4", &["half", "\u{fffd}"])
}

/// Bytes in UTF-8, as most terminals send them, are printed as the wrong characters, without any
/// error.
pub fn utf_8_text_is_mojibake(program: &Program) -> Verdict {
    shown(program, "你好", &["浣犲ソ"])
}

/// A client can't make the transcript show a client that never was: neither by a newline nor by
/// U+2028, the line separator, here in the four bytes that GB18030 gives it.
pub fn a_forged_line_is_shown_escaped(program: &Program) -> Verdict {
    let forged = b"hello\n10.0.0.9:1>>>forged\x81\x36\xa6\x35\r\n";
    shown(program, forged, &[r"hello\n10.0.0.9:1>>>forged\u{2028}\r\n"])
}

/// A client can neither clear the screen of the terminal that shows the transcript (ESC) nor turn
/// the direction of the text round (U+202E).
pub fn an_escape_sequence_is_shown_escaped(program: &Program) -> Verdict {
    shown(program, b"\x1b[2J\x07\x81\x36\xa7\x31", &[r"\u{1b}[2J\u{7}\u{202e}"])
}

/// Backslashes, quotes and the ideographic space play no trick: they stay.
pub fn ordinary_punctuation_is_shown_as_it_is(program: &Program) -> Verdict {
    let text = "\\ \" ' 全\u{3000}角";
    shown(program, gbk(text), &[text])
}

/// The total counts two bytes for a Chinese character and one for a letter (exercise 02).
pub fn bytes_and_characters_are_counted(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends(gbk("你好 TCP，再见"))?;
    client.half_closes()?;
    server.ends_with_total(&client, &["你好 TCP，再见"])
}

/// The first half comes, the server receives it, and then comes the second half.
pub fn a_character_split_by_time_comes_out_whole(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends(b"\xc4\xe3\xba")?;
    client.waits_until_received()?;
    client.sends(b"\xc3")?;
    client.half_closes()?;
    server.ends_with_text(&client, "你好")
}

/// The server's buffer of 1024 bytes ends before, in and after a character.
pub fn a_character_split_by_the_buffer_comes_out_whole(program: &Program) -> Verdict {
    for before in 1022..=1025 {
        let text = format!("{}中尾", "a".repeat(before));
        let server = Server::start(program)?;
        let client = server.connect_client()?;
        client.sends(gbk(&text))?;
        client.half_closes()?;
        server.ends_with_text(&client, &text)?;
    }
    Ok(())
}
