//! How much a server receives, and from how many clients.

use std::hash::{DefaultHasher, Hash, Hasher};

use shared::gbk;
use stage::fault::same;
use stage::{Fault, Program, Server, Verdict, kernel};

use crate::transcript::{self, Prints};

/// A sentence of one, two and three bytes of UTF-8 for each character. It has an odd number of bytes
/// in GBK, so that pieces of any even length, such as 1024, end in the middle of a character too.
const SENTENCE: &str = "你好，世界！TCP/IP 是字节流。";

/// One send, one line.
pub fn one_send_is_one_line(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("hello")?;
    server.shows(&client, &["hello"])?;
    client.half_closes()?;
    server.ends_showing(&client, &["hello"])
}

/// A client that connects and closes at once has said nothing, and nothing is printed.
pub fn an_empty_connection_prints_nothing(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let mut client = server.connect_client()?;
    client.closes();
    server.ends_showing(&client, &[])
}

/// Each recv is printed when it comes, while the connection is open.
pub fn prints_received_text_immediately(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("hello")?;
    server.shows(&client, &["hello"])?;
    client.sends("again")?;
    server.shows(&client, &["hello", "again"])?;
    client.half_closes()?;
    server.ends_showing(&client, &["hello", "again"])
}

/// One line for what was said, and one for the total; of a client that said nothing, the total alone
/// (exercise 02).
pub fn prints_only_the_total_at_the_end(program: &Program) -> Verdict {
    for texts in [&["hello"][..], &[]] {
        let server = Server::start(program)?;
        let client = server.connect_client()?;
        texts.iter().try_for_each(|text| client.sends(text))?;
        client.half_closes()?;
        server.ends_with_total(&client, texts)?;
    }
    Ok(())
}

/// TCP keeps no boundaries: two sends may come as one line or as two, and nothing is lost.
pub fn two_sends_back_to_back_arrive_whole(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("first")?;
    client.sends("second")?;
    client.half_closes()?;
    server.ends_with_text(&client, "firstsecond")
}

/// One recv is not enough: the server has gone before the rest comes, and calls that success.
pub fn later_bytes_are_lost(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("now")?;
    client.receives_the_end()?;
    // The kernel takes these bytes, and no program will ever read them.
    client.sends("later")?;
    server.ends_showing(&client, &["now"])
}

/// One recv returns what fits in its buffer. The kernel discards the rest and resets the
/// connection. The exit status is 0.
pub fn only_1024_of_3000_bytes_arrive(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("x".repeat(3000))?;
    server.ends_showing(&client, &[&"x".repeat(1024)])?;
    client.is_reset()
}

/// One recv, one reply of 收到 (exercise 01): the reply is whole, although the server may reset the
/// connection after it.
pub fn prints_and_answers_the_first_1024_of_3000_bytes(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends("x".repeat(3000))?;
    client.receives(gbk("收到"))?;
    server.ends_showing(&client, &[&"x".repeat(1024)])
}

/// The buffer of 1024 bytes ends before, in and after a character. The server prints only what
/// fits.
pub fn a_character_split_by_the_buffer_is_cut_off(program: &Program) -> Verdict {
    let all = "a".repeat(1024);
    let with_character = format!("{}中", &all[..1022]);
    let cases: [(usize, &[&str]); 4] = [
        (1022, &[&with_character]),
        (1023, &[&all[..1023], "\u{fffd}"]),
        (1024, &[&all]),
        (1025, &[&all]),
    ];
    for (before, lines) in cases {
        let server = Server::start(program)?;
        let client = server.connect_client()?;
        client.sends(gbk(&format!("{}中尾", "a".repeat(before))))?;
        server.ends_showing(&client, lines)?;
    }
    Ok(())
}

/// The first half of a character comes alone, and one recv takes it for all.
pub fn a_character_split_by_time_is_cut_off(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends(b"\xc4")?;
    client.receives_the_end()?;
    client.sends(b"\xe3")?;
    server.ends_showing(&client, &["\u{fffd}"])
}

/// 100,000 bytes in pieces of 997, which split characters everywhere (exercise 02).
pub fn receives_all_of_a_long_message(program: &Program) -> Verdict {
    let (text, bytes) = (SENTENCE.repeat(4000), gbk(SENTENCE).repeat(4000));
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends_in_pieces(&bytes, 997)?;
    client.half_closes()?;
    server.ends_with_text(&client, &text)
}

/// 10 MB in pieces that split characters everywhere: every one of them is printed, in order.
pub fn receives_ten_megabytes(program: &Program) -> Verdict {
    let (text, bytes) = (SENTENCE.repeat(400_000), gbk(SENTENCE).repeat(400_000));
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends_in_pieces(&bytes, 997)?;
    client.half_closes()?;
    let printed = String::from_utf8(server.exits_with_status_0()?.stdout)?;
    let printed = transcript::text_of(&client, &printed)?;
    // A failed comparison need not show 13 MB.
    same(&printed.len(), &text.len())?;
    same(&hash(&printed), &hash(&text))
}

/// The server keeps what one recv brought, not the whole stream: 10 MB cost it less than 8 MiB.
pub fn ten_megabytes_need_little_memory(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    client.sends(vec![b'x'; 10_000_000])?;
    server.has_printed_bytes(10_000_000)?;
    let peak = server.peak_memory()?;
    if peak >= 8 << 20 {
        return Err(Fault::new(format!("{peak} bytes of memory")));
    }
    Ok(())
}

/// While one client is served, the kernel lets a second one in and keeps what it sends. The server
/// does not accept it: it is reset when the server ends.
pub fn a_second_client_waits_in_the_queue(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let first = server.connect_client()?;
    first.sends("first")?;
    server.shows(&first, &["first"])?;

    let second = server.connect_client()?;
    second.sends("second")?;
    kernel::shows_waiting_clients(program.deadline, 1, server.address())?;

    first.half_closes()?;
    server.ends_showing(&first, &["first"])?;
    second.is_reset()
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
