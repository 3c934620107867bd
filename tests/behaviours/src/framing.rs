//! Where a message ends: at the newline (lesson 05).

use std::io::Write;
use std::time::Duration;

use assert_cmd::assert::OutputAssertExt;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_match, starts_with};
use shared::gbk;
use stage::{Connection, Fault, Program, Server, Verdict, is_timeout, kernel, retry_on_eintr};

use crate::serving::{is_ended, next_client, replies_come_at_once, serving, serving_until_ctrl_c};
use crate::transcript::{self, Prints};

/// One line, one reply; then the next one.
pub fn each_line_is_printed_and_answered(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends("hello\n")?;
        client.receives(reply(5))?;
        server.shows(&client, &["hello"])?;
        client.sends(gbk("你好，世界\n"))?;
        client.receives(reply(10))?;
        server.shows(&client, &["hello", "你好，世界"])
    })
}

/// They come together, and each has its line and its reply.
pub fn ten_lines_in_one_send_are_ten_messages(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends("line\n".repeat(10))?;
        client.receives(reply(4).repeat(10))?;
        server.shows(&client, &["line"; 10])
    })
}

/// The server receives each byte before the next one is sent.
pub fn a_line_in_many_recvs_is_one_message(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        for byte in gbk("你好，TCP\n") {
            client.sends([byte])?;
            client.waits_until_received()?;
        }
        client.receives(reply(9))?;
        server.shows(&client, &["你好，TCP"])
    })
}

/// What comes with the end of one message and belongs to the next one is kept.
pub fn the_beginning_of_the_next_line_is_kept(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends("one\ntw")?;
        client.receives(reply(3))?;
        client.sends("o\n")?;
        client.receives(reply(3))?;
        server.shows(&client, &["one", "two"])
    })
}

/// It says all that it has to say, half-closes, and reads then.
pub fn a_half_closing_client_gets_the_reply_to_each_line(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends("one\ntwo\n")?;
        client.half_closes()?;
        client.receives(reply(3).repeat(2))?;
        client.receives_the_end()?;
        server.shows(&client, &["one", "two"])
    })
}

/// Nothing was said, and that is a message.
pub fn an_empty_line_is_a_message(program: &Program) -> Verdict {
    answered(program, b"\n", &[""], &[0])
}

/// The one directly before the newline; the others belong to the message.
pub fn one_carriage_return_is_dropped(program: &Program) -> Verdict {
    answered(program, b"a\r\nb\r\r\nc\rd\n", &["a", r"b\r", r"c\rd"], &[1, 2, 3])
}

/// Half a character at the end of one message takes nothing from the next.
pub fn each_line_is_decoded_by_itself(program: &Program) -> Verdict {
    answered(program, b"half\xc4\n\xc4\xe3\n", &["half\u{fffd}", "你"], &[5, 2])
}

/// 億 is 83 7C and 誠 is D5 5C: their second bytes are `|` and `\`. U+202E is 81 36 A7 31, with
/// two digits in it. None of them is a newline.
pub fn halves_of_characters_end_no_message(program: &Program) -> Verdict {
    answered(program, b"\x83\x7c\xd5\x5c\n\x81\x36\xa7\x31\n", &["億誠", r"\u{202e}"], &[4, 4])
}

/// As in the lessons before: a stray byte is U+FFFD, controls are escaped, backslashes and quotes are
/// not.
pub fn lines_are_shown_as_in_the_lessons_before(program: &Program) -> Verdict {
    let bytes = b"a\xffb\n\x1b[2J\x07\n\\ \" '\n";
    answered(program, bytes, &["a\u{fffd}b", r"\u{1b}[2J\u{7}", "\\ \" '"], &[3, 5, 5])
}

/// 4096 bytes are allowed, and fewer.
pub fn a_line_of_4096_bytes_is_a_message(program: &Program) -> Verdict {
    for length in [4095, 4096] {
        let text = "x".repeat(length);
        answered(program, format!("{text}\n").as_bytes(), &[&text], &[length])?;
    }
    Ok(())
}

/// The message before it is answered. It is too long as soon as 4097 bytes have come; its end is not
/// waited for.
pub fn a_longer_line_gets_last_words_and_ends_its_connection(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends(format!("before\n{}", "x".repeat(4097)))?;
        client.receives(reply(6))?;
        client.receives(gbk("消息太长\n"))?;
        is_ended(&client)?;
        server.has_said(" message longer than 4096 bytes")?;
        server.shows(&client, &["before"])?;
        serves(server, "next", &transcript::of(&client, &["before"])).map(drop)
    })
}

/// The bytes without a newline are not a message: they are reported, and neither printed nor answered.
pub fn an_incomplete_line_is_reported(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends(b"whole\nincompl\xc4")?;
        client.half_closes()?;
        client.receives(reply(5))?;
        client.receives_the_end()?;
        says_of(server, &client, ": incomplete message of 8 bytes")?;
        server.shows(&client, &["whole"])?;
        serves(server, "next", &transcript::of(&client, &["whole"])).map(drop)
    })
}

/// A client that resets is reported in one line, and the next one is served.
pub fn a_reset_ends_no_other_connection(program: &Program) -> Verdict {
    serving(program, |server| {
        let mut client = server.connect_client()?;
        client.sends("hello\n")?;
        client.receives(reply(5))?;
        client.resets()?;
        says_of(server, &client, " reset the connection")?;
        serves(server, "next", &transcript::of(&client, &["hello"])).map(drop)
    })
}

/// One after the other; Ctrl-C ends the server.
pub fn one_client_after_the_other_is_served_until_ctrl_c(program: &Program) -> Verdict {
    serving_until_ctrl_c(program, |server| {
        let mut printed = String::new();
        for text in ["first", "second", "third"] {
            let mut client = serves(server, text, &printed)?;
            printed += &transcript::of(&client, &[text]);
            client.closes();
        }
        Ok(())
    })
}

/// The kernel completes the connection of a second client, and keeps what it sends; the server
/// serves it when the first one has gone.
pub fn a_second_client_waits_until_the_first_has_gone(program: &Program) -> Verdict {
    serving(program, |server| {
        let first = serves(server, "first", "")?;
        let second = server.connect_client()?;
        second.sends("second\n")?;
        kernel::shows_waiting_clients(program.deadline, 1, server.address())?;
        first.closes_gracefully()?;
        second.receives(reply(6))
    })
}

/// No reply waits for an acknowledgement, neither that of one message nor those of two.
pub fn replies_to_lines_come_without_delay(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        replies_come_at_once(&client, b"hello\n", &reply(5))?;
        replies_come_at_once(&client, b"one\ntwo\n", &reply(3).repeat(2))
    })
}

/// Its last fault, which lesson 07 mends: a client that sends without reading fills the buffers of
/// both directions. Then both wait, and so does every other client.
pub fn a_client_that_never_reads_blocks_the_server(program: &Program) -> Verdict {
    serving(program, |server| {
        let deaf = server.connect_client()?;
        sends_until_blocked(&deaf)?;
        let other = server.connect_client()?;
        other.sends("hello\n")?;
        kernel::shows_waiting_clients(program.deadline, 1, server.address())?;
        other.stays_silent(Duration::from_millis(300))
    })
}

/// An IPv6 client is written in brackets, before its port.
pub fn an_ipv6_client_is_served_too(program: &Program) -> Verdict {
    let server = Server::start_on(program, "[::1]:0".parse()?)?;
    serves(&server, "hello", "").map(drop)
}

/// `| head -1`: a transcript that no program reads ends it quietly.
pub fn a_closed_standard_output_ends_it_at_the_first_line(program: &Program) -> Verdict {
    let (read_end, write_end) = std::io::pipe()?;
    drop(read_end);
    let server = Server::start_printing_to(program, write_end)?;
    let address = server.address();
    let client = server.connect_client()?;
    server.is_sent_bytes_until_it_ends(&client, "one\n")?;
    let quietly = starts_with(format!("listening on {address}\n")).and(contains("error").not());
    server.ends()?.assert().try_success()?.try_stderr(quietly)?;
    Ok(())
}

/// If it can't write its transcript, it fails.
pub fn a_line_on_a_full_disk_is_an_error(program: &Program) -> Verdict {
    let full = std::fs::File::options().write(true).open("/dev/full")?;
    let server = Server::start_printing_to(program, full)?;
    let client = server.connect_client()?;
    client.sends("one\n")?;
    server.ends()?.assert().try_code(1)?.try_stderr(is_match("\nerror: [^\n]+\n$")?)?;
    Ok(())
}

/// A client sends `bytes` and no more; the server prints `texts`, a line for each, and replies with
/// `counts`.
fn answered(program: &Program, bytes: &[u8], texts: &[&str], counts: &[usize]) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends(bytes)?;
        client.receives(counts.iter().flat_map(|count| reply(*count)).collect::<Vec<_>>())?;
        server.shows(&client, texts)
    })
}

/// A new client sends `text` and is served; `printed` is what was printed before.
fn serves(server: &Server, text: &str, printed: &str) -> Result<Connection, Fault> {
    let client = next_client(server)?;
    client.sends(format!("{text}\n"))?;
    client.receives(reply(text.len()))?;
    server.has_printed(&(printed.to_owned() + &transcript::of(&client, &[text])))?;
    Ok(client)
}

/// Waits until the server has said `words` of a client, on standard error.
pub fn says_of(server: &Server, client: &Connection, words: &str) -> Verdict {
    server.has_said(&format!("{}{words}", client.address()))
}

/// Sends short lines until nothing more is taken for half a second.
pub fn sends_until_blocked(client: &Connection) -> Verdict {
    const MOST: usize = 64 << 20;
    let mut stream = client.try_clone()?;
    stream.set_write_timeout(Some(Duration::from_millis(500)))?;
    let lines = b"line\n".repeat(10_000);
    let mut taken = 0;
    while taken < MOST && !client.deadline().has_passed() {
        match retry_on_eintr(|| stream.write(&lines)) {
            // The time was over before the kernel took the rest.
            Ok(count) if count < lines.len() => return Ok(()),
            Ok(count) => taken += count,
            Err(error) if is_timeout(&error) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::new("64 MiB were taken"))
}

/// The reply to a message of so many bytes.
pub fn reply(count: usize) -> Vec<u8> {
    gbk(&format!("收到 {count} 字节\n"))
}
