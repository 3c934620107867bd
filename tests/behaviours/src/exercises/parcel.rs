//! Exercise 05: messages that begin with their length.

use shared::gbk;
use stage::{Connection, Fault, Program, Server, Verdict};

use crate::serving::{is_ended, next_client, replies_come_at_once, serving, serving_until_ctrl_c};
use crate::transcript::{self, Prints};

/// The most memory that a server may reserve for one message that is not there.
const RESERVED: u64 = 256 << 20;

/// One message, one line, one reply; then the next one.
pub fn each_parcel_is_printed_and_answered(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends(parcel("hello"))?;
        client.receives(reply(5))?;
        client.sends(parcel("你好"))?;
        client.receives(reply(4))?;
        server.shows(&client, &["hello", "你好"])
    })
}

/// They come together, and the connection stays open.
pub fn ten_parcels_in_one_send_are_ten_messages(program: &Program) -> Verdict {
    let texts: Vec<String> = (1..=10).map(|number| format!("message {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends(parcels(&texts))?;
        client.receives(replies(&texts))?;
        server.shows(&client, &texts)
    })
}

/// Its length is split, then its text in the middle of a character. The first piece of the second
/// message comes with the end of the first one.
pub fn a_parcel_in_pieces_is_one_message(program: &Program) -> Verdict {
    let bytes = parcels(&["你好，世界", "TCP"]);
    serving(program, |server| {
        let client = server.connect_client()?;
        for piece in [&bytes[..2], &bytes[2..7], &bytes[7..16]] {
            client.sends(piece)?;
            client.waits_until_received()?;
        }
        client.receives(reply(10))?;
        client.sends(&bytes[16..])?;
        client.receives(reply(3))?;
        server.shows(&client, &["你好，世界", "TCP"])
    })
}

/// It says all that it has to say, half-closes, and reads then.
pub fn a_half_closing_client_gets_all_replies(program: &Program) -> Verdict {
    let texts = ["one", "two", "three"];
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends(parcels(&texts))?;
        client.half_closes()?;
        client.receives(replies(&texts))?;
        client.receives_the_end()?;
        server.shows(&client, &texts)
    })
}

/// Nothing was said, and that is a message too.
pub fn an_empty_parcel_is_a_message(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends(parcel(""))?;
        client.receives(reply(0))?;
        client.sends(parcel("after"))?;
        client.receives(reply(5))?;
        server.shows(&client, &["", "after"])
    })
}

/// Half a character at the end of one message takes nothing from the next.
pub fn each_parcel_is_decoded_by_itself(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends(framed(b"half\xc4"))?;
        client.receives(reply(5))?;
        client.sends(parcel("你好"))?;
        client.receives(reply(4))?;
        server.shows(&client, &["half\u{fffd}", "你好"])
    })
}

/// 4096 bytes are allowed.
pub fn a_parcel_of_4096_bytes_is_a_message(program: &Program) -> Verdict {
    let text = "x".repeat(4096);
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends(parcel(&text))?;
        client.receives(reply(4096))?;
        server.shows(&client, &[&text])
    })
}

/// One byte more is too much.
pub fn a_longer_parcel_ends_its_connection(program: &Program) -> Verdict {
    serving(program, |server| {
        refuses(server, &parcel(&"x".repeat(4097)), |_| Ok(()))?;
        serves(server, "next", &mut String::new()).map(drop)
    })
}

/// The client closes in the middle of a message; and in the middle of its length.
pub fn an_incomplete_parcel_ends_its_connection(program: &Program) -> Verdict {
    let whole = parcel("incomplete");
    serving(program, |server| {
        refuses(server, &whole[..9], Connection::half_closes)?;
        refuses(server, &whole[..2], Connection::half_closes)?;
        serves(server, "next", &mut String::new()).map(drop)
    })
}

/// The length says 4 GiB.
pub fn memory_does_not_follow_the_length_field(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends(parcel("before"))?;
        client.receives(reply(6))?;
        let before = reserved(server)?;
        client.sends([0xff; 4])?;
        let ended = is_ended(&client);
        // A server that has ended has no memory to look at.
        let more = reserved(server).map_or(0, |after| after.saturating_sub(before));
        if more > RESERVED { Err(Fault::Reserved(more)) } else { ended }
    })
}

/// Length and text leave together: no reply waits for the client's acknowledgement of a part.
pub fn replies_come_without_delay(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        replies_come_at_once(&client, &parcel("hello"), &reply(5))
    })
}

/// A client that closes, one that resets, and a third one; then Ctrl-C.
pub fn serves_one_client_after_the_other_until_ctrl_c(program: &Program) -> Verdict {
    serving_until_ctrl_c(program, |server| {
        let mut printed = String::new();
        serves(server, "first", &mut printed)?.closes();
        serves(server, "second", &mut printed)?.resets()?;
        serves(server, "third", &mut printed)?.closes();
        Ok(())
    })
}

/// A client sends `bytes` and does `more`. Its connection is ended, with a line on standard error, and
/// nothing is printed or replied.
fn refuses(server: &Server, bytes: &[u8], more: fn(&Connection) -> Verdict) -> Verdict {
    let said = server.said();
    let client = next_client(server)?;
    client.sends(bytes)?;
    more(&client)?;
    is_ended(&client)?;
    server.says_a_line_after(said)?;
    server.has_printed("")
}

/// A new client sends `text` and is served; `printed` is what was printed before.
fn serves(server: &Server, text: &str, printed: &mut String) -> Result<Connection, Fault> {
    let client = next_client(server)?;
    client.sends(parcel(text))?;
    client.receives(reply(text.len()))?;
    *printed += &transcript::of(&client, &[text]);
    server.has_printed(printed)?;
    Ok(client)
}

/// How much memory the server has reserved, on Linux, which shows it.
fn reserved(server: &Server) -> Result<u64, Fault> {
    if cfg!(target_os = "linux") { server.peak_reserved() } else { Ok(0) }
}

/// A message.
fn parcel(text: &str) -> Vec<u8> {
    framed(&gbk(text))
}

/// Messages, one after the other.
fn parcels(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| parcel(text)).collect()
}

/// The reply to a message of so many bytes.
fn reply(count: usize) -> Vec<u8> {
    parcel(&format!("收到 {count} 字节"))
}

/// The replies to messages in ASCII.
fn replies(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| reply(text.len())).collect()
}

/// `bytes` after their number, the highest byte first.
fn framed(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u32).to_be_bytes();
    [&length, bytes].concat()
}
