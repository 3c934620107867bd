//! How much a server receives, and of how many callers.

use std::hash::{DefaultHasher, Hash, Hasher};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use shared::gbk;

use stage::fault::same;
use stage::{Fault, Program, Server, Verdict, kernel};

/// One send, one line.
pub fn one_send_is_one_line(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("hello")?;
    server.has_printed(&client.transcript(&["hello"]))?;
    client.hangs_up()?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&["hello"]))?;
    Ok(())
}

/// Who calls and hangs up at once has said nothing, and nothing is printed.
pub fn an_empty_call_prints_nothing(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let mut client = server.is_called()?;
    client.closes();
    server.ends()?.try_success()?.try_stdout("")?;
    Ok(())
}

/// Each recv is printed when it comes, not when the call ends.
pub fn what_comes_later_is_a_line_of_its_own(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("now")?;
    server.has_printed(&client.transcript(&["now"]))?;
    client.sends("later")?;
    server.has_printed(&client.transcript(&["now", "later"]))?;
    client.hangs_up()?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&["now", "later"]))?;
    Ok(())
}

/// TCP keeps no boundaries: two sends may come as one line or as two, and nothing is lost.
pub fn two_sends_back_to_back_arrive_whole(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("first")?;
    client.sends("second")?;
    client.hangs_up()?;
    let printed = server.ends()?.try_success()?;
    same(client.text_in(printed.get_output())?.as_str(), "firstsecond")
}

/// One recv is not enough: the server has gone before the rest comes, and calls that success.
pub fn what_comes_later_is_lost(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("now")?;
    client.receives_the_end()?;
    // The kernel takes these bytes, and nobody will ever read them.
    client.sends("later")?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&["now"]))?;
    Ok(())
}

/// One recv takes what fits in its buffer. The rest is thrown away: the client is reset, and the
/// exit status is 0.
pub fn of_3000_bytes_1024_arrive(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("x".repeat(3000))?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&[&"x".repeat(1024)]))?;
    client.is_reset()
}

/// The buffer of 1024 bytes ends before, in and behind a character; only what fits is printed.
pub fn a_character_split_by_the_buffer_is_cut_off(program: &Program) -> Verdict {
    let all = "a".repeat(1024);
    let cases = [
        (1022, vec![format!("{}中", &all[..1022])]),
        (1023, vec![all[..1023].to_string(), "\u{fffd}".to_string()]),
        (1024, vec![all.clone()]),
        (1025, vec![all.clone()]),
    ];
    for (before, lines) in cases {
        let server = Server::start(program)?;
        let client = server.is_called()?;
        client.sends(gbk(&format!("{}中尾", "a".repeat(before))))?;
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        server.ends()?.try_success()?.try_stdout(client.transcript(&lines))?;
    }
    Ok(())
}

/// The first half of a character comes alone, and one recv takes it for all.
pub fn a_character_split_by_time_is_cut_off(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(b"\xc4")?;
    client.receives_the_end()?;
    client.sends(b"\xe3")?;
    server.ends()?.try_success()?.try_stdout(client.transcript(&["\u{fffd}"]))?;
    Ok(())
}

/// 10 MB in pieces that split characters everywhere: every one of them is printed, in order.
pub fn ten_megabytes_arrive_whole(program: &Program) -> Verdict {
    let sentence = "你好，世界! TCP 是字节流。";
    let (text, bytes) = (sentence.repeat(400_000), gbk(sentence).repeat(400_000));
    let server = Server::start(program)?;
    let client = server.is_called()?;
    for piece in bytes.chunks(997) {
        client.sends(piece)?;
    }
    client.hangs_up()?;
    let printed = server.ends()?.try_success()?;
    let printed = client.text_in(printed.get_output())?;
    same(&printed.len(), &text.len())?;
    same(&hash(&printed), &hash(&text))
}

/// The server keeps what one recv brought, not the whole stream: 10 MB cost it less than 8 MiB.
pub fn ten_megabytes_need_little_memory(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(vec![b'x'; 10_000_000])?;
    server.has_printed_bytes(10_000_000)?;
    let peak = server.peak_memory()?;
    if peak >= 8 << 20 {
        return Err(Fault::new(format!("{peak} bytes of memory")));
    }
    Ok(())
}

/// While one caller is served, the kernel lets a second one in and keeps what he sends. Nobody
/// accepts him: he is reset when the server ends.
pub fn a_second_client_waits_in_the_queue(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let first = server.is_called()?;
    first.sends("first")?;
    server.has_printed(&first.transcript(&["first"]))?;

    let second = server.is_called()?;
    second.sends("second")?;
    kernel::shows_waiting_callers(1, server.address())?;

    first.hangs_up()?;
    server.ends()?.try_success()?.try_stdout(contains("second").not())?;
    second.is_reset()
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
