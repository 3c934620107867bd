//! What the client of lesson 00 does; the test is its server.

use assert_cmd::assert::OutputAssertExt;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_match};
use shared::gbk;
use stage::loopback::own_port;
use stage::{Client, Listener, Process, Program, Verdict};

/// A line that is typed is sent at once, in GBK, without its newline.
pub fn a_line_is_sent_in_gbk_without_its_newline(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let mut client = Client::start(program, server.address()?, &[])?;
    let call = server.accepts()?;
    client.types("你好\n")?;
    call.receives(gbk("你好"))?;
    client.types("a b \n")?;
    call.receives("a b ")?;
    client.ends_its_input();
    call.receives_the_end()
}

/// With `--line` the newline is sent too.
pub fn with_line_it_sends_the_newline_too(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let mut client = Client::start(program, server.address()?, &["--line"])?;
    let call = server.accepts()?;
    client.types("你好\n")?;
    call.receives(gbk("你好\n"))?;
    client.types("no newline here")?;
    client.ends_its_input();
    call.receives("no newline here")?;
    call.receives_the_end()
}

/// With `--length` each message and each reply begins with its length. A reply is shown when it is
/// whole; one that is not is reported at the end.
pub fn with_length_it_sends_and_expects_the_length(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let client = Client::start(program, server.address()?, &["--length"])?;
    let mut call = server.accepts()?;
    client.types("你好\n\n")?;
    call.receives(b"\0\0\0\x04\xc4\xe3\xba\xc3\0\0\0\0")?;
    call.sends(b"\0\0\0\x03o")?;
    call.sends(b"ne\0\0\0\0\0\0\0\x02\xc4")?;
    client.has_printed("one\n\n")?;
    call.sends(b"\xe3\0\0\0\x05ha")?;
    call.closes();
    let incomplete = is_match("\n[^\n]+ 6 [^\n]+\n")?;
    client.ends()?.assert().try_stdout("one\n\n你\n")?.try_stderr(incomplete)?;
    Ok(())
}

/// With `--encoding utf-8` it speaks and hears UTF-8.
pub fn sends_utf_8_when_told_to(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let client = Client::start(program, server.address()?, &["--encoding", "utf-8"])?;
    let mut call = server.accepts()?;
    client.types("你好 😀\n")?;
    call.receives("你好 😀")?;
    call.sends("再见 👋\n")?;
    call.closes();
    client.ends()?.assert().try_success()?.try_stdout("再见 👋\n")?;
    Ok(())
}

/// A character that GBK lacks is named, its line is not sent, the others are, and the exit status
/// tells.
pub fn a_character_that_gbk_lacks_is_named(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let mut client = Client::start(program, server.address()?, &[])?;
    let mut call = server.accepts()?;
    client.types("before\nsmile 😀\nafter\n")?;
    client.ends_its_input();
    call.receives("beforeafter")?;
    call.receives_the_end()?;
    call.closes();
    let named = is_match("error: GBK [^\n]*'😀'[^\n]*U\\+1F600[^\n]+\n")?;
    client.ends()?.assert().try_code(1)?.try_stderr(named)?;
    Ok(())
}

/// If the user types bytes that are not text, that is an error, and the client does not send them.
pub fn typed_text_must_be_utf_8(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let mut client = Client::start(program, server.address()?, &[])?;
    let mut call = server.accepts()?;
    client.types(b"\xff\xfe\nafter\n")?;
    client.ends_its_input();
    call.receives("after")?;
    call.receives_the_end()?;
    call.closes();
    client.ends()?.assert().try_code(1)?.try_stderr(is_match("error: [^\n]*UTF-8[^\n]*\n")?)?;
    Ok(())
}

/// A reply is shown as it comes, before its line ends and before the call ends; a character that
/// comes in two halves is shown whole.
pub fn prints_replies_as_they_arrive(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let client = Client::start(program, server.address()?, &[])?;
    let mut call = server.accepts()?;
    call.sends(b"one \xc4")?;
    client.has_printed("one ")?;
    call.sends(b"\xe3\ntwo")?;
    client.has_printed("one 你\ntwo")?;
    call.sends(b"\xba")?;
    call.closes();
    client.ends()?.assert().try_success()?.try_stdout("one 你\ntwo\u{fffd}")?;
    Ok(())
}

/// A server can play no tricks on the client's terminal.
pub fn controls_in_a_reply_are_shown_escaped(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let client = Client::start(program, server.address()?, &[])?;
    let mut call = server.accepts()?;
    call.sends(b"\x1b[2J\x07\r\n")?;
    call.closes();
    client.ends()?.assert().try_success()?.try_stdout("\\u{1b}[2J\\u{7}\\r\n")?;
    Ok(())
}

/// At the end of its input it half-closes, and continues to read until the server closes.
pub fn after_the_end_of_input_it_reads_until_the_server_closes(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let mut client = Client::start(program, server.address()?, &[])?;
    let mut call = server.accepts()?;
    client.types("question\n")?;
    client.ends_its_input();
    call.receives("question")?;
    call.receives_the_end()?;
    call.sends("late ")?;
    client.has_printed("late ")?;
    call.sends("answer\n")?;
    call.closes();
    let ended = client.ends()?.assert().try_success()?.try_stdout("late answer\n")?;
    ended.try_stderr(contains("closed first").not())?;
    Ok(())
}

/// If a client is killed, the kernel closes its connection.
pub fn killing_the_client_closes_its_connection(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let client = Client::start(program, server.address()?, &[])?;
    let call = server.accepts()?;
    client.has_said("connected to")?;
    client.is_killed();
    call.receives_the_end()
}

/// The client notices the server's close at once, although the user has not typed anything.
pub fn a_server_that_closes_first_is_noticed_at_once(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let client = Client::start(program, server.address()?, &[])?;
    let mut call = server.accepts()?;
    call.closes();
    client.has_said("the server closed first")?;
    client.ends()?.assert().try_success()?.try_stdout("")?;
    Ok(())
}

/// So is a reset, which is an error.
pub fn a_server_that_resets_is_an_error(program: &Program) -> Verdict {
    let server = Listener::start(program)?;
    let client = Client::start(program, server.address()?, &[])?;
    let mut call = server.accepts()?;
    call.sends("some")?;
    client.has_printed("some")?;
    call.resets()?;
    let reset = contains("error: the server reset the connection\n");
    client.ends()?.assert().try_code(1)?.try_stdout("some")?.try_stderr(reset)?;
    Ok(())
}

/// On Linux, the client speaks Chinese if the locale is Chinese, and English if it is any other.
pub fn a_hint_is_in_the_language_of_the_locale(program: &Program) -> Verdict {
    for (locale, words) in
        [("zh_CN.UTF-8", "先在另一个终端里启动服务器"), ("C", "start a server first")]
    {
        let address = own_port()?;
        let client =
            [&["env".into(), format!("LC_ALL={locale}")], &*program.words(address, &[])].concat();
        let hint = contains(format!("\nhint: {words}"));
        let ended = Process::start(&program.stage, &client)?.ends(program.deadline)?;
        ended.assert().try_code(1)?.try_stderr(hint)?;
    }
    Ok(())
}

/// Where no server listens, the client says how to start one.
pub fn a_refused_connection_says_how_to_start_a_server(program: &Program) -> Verdict {
    let client = Client::start(program, own_port()?, &[])?;
    let refused =
        is_match("^error: connect [0-9.:]+: [^\n]+\nhint: [^\n]*cargo run -p lesson-02[^\n]*\n$")?;
    client.ends()?.assert().try_code(1)?.try_stdout("")?.try_stderr(refused)?;
    Ok(())
}
