//! Bytes become characters: whole, however they were split, and harmless.

use shared::gbk;

use stage::{Program, Server, Verdict};

/// GBK text is printed as text.
pub fn chinese_text_is_read_as_gbk(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(gbk("你好，世界"))?;
    server.has_printed(&client.transcript(&["你好，世界"]))?;
    client.hangs_up()?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&["你好，世界"]))?;
    Ok(())
}

/// A byte that is no GBK costs one U+FFFD, and the server goes on.
pub fn a_stray_byte_is_replaced_and_nothing_else_is_lost(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(b"before\xffafter")?;
    client.hangs_up()?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&["before\u{fffd}after"]))?;
    Ok(())
}

/// Half a character at the end of the stream is U+FFFD, on a line of its own.
pub fn half_a_character_at_the_end_is_replaced(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(b"half\xc4")?;
    client.hangs_up()?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&["half", "\u{fffd}"]))?;
    Ok(())
}

/// What a UTF-8 terminal sends is printed as the wrong characters, without any error.
pub fn utf_8_text_is_mojibake(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("你好".as_bytes())?;
    client.hangs_up()?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&["浣犲ソ"]))?;
    Ok(())
}

/// A client can't make the transcript show a call that never was: neither by a newline nor by
/// U+2028, the line separator, here in the four bytes that GB18030 gives it.
pub fn a_forged_line_is_shown_escaped(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(b"hello\n10.0.0.9:1>>>forged\x81\x36\xa6\x35\r\n")?;
    client.hangs_up()?;
    let shown = client.transcript(&[r"hello\n10.0.0.9:1>>>forged\u{2028}\r\n"]);
    server.ends()?.try_success()?.try_stdout(shown)?;
    Ok(())
}

/// A client can neither clear the screen of whoever reads the transcript (ESC) nor turn the
/// direction of his text round (U+202E).
pub fn an_escape_sequence_is_shown_escaped(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(b"\x1b[2J\x07\x81\x36\xa7\x31")?;
    client.hangs_up()?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&[r"\u{1b}[2J\u{7}\u{202e}"]))?;
    Ok(())
}

/// Backslashes, quotes and the ideographic space are nobody's trick: they stay.
pub fn ordinary_punctuation_is_shown_as_it_is(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(gbk("\\ \" ' 全\u{3000}角"))?;
    client.hangs_up()?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&["\\ \" ' 全\u{3000}角"]))?;
    Ok(())
}
