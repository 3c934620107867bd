//! Exercise 02: receive until the end, with every character whole.

use shared::gbk;

use super::{Behaviour, behaviour};
use stage::fault::{Difference, Fault, Kind};
use stage::{Program, Server, Verdict};

/// What exercise 02 asks for.
pub const BEHAVIOURS: &[Behaviour] = &[
    behaviour!(
        what_comes_is_printed_at_once,
        ("what comes is printed at once, while the call goes on", "收到什么立刻打印，不等通话结束"),
        (
            "output to a pipe is kept in a buffer by most languages; who looks at a server's log sees nothing",
            "输出接到管道时，多数语言会先放进缓冲区；看日志的人什么也看不到",
        ),
        ("flush the output after each line", "每打印一行就刷新输出（flush）"),
    ),
    behaviour!(
        a_character_split_by_time_comes_out_whole,
        (
            "a character that comes in two halves is printed whole",
            "分两次到来的一个字符，打印出来是完整的"
        ),
        (
            "TCP carries bytes and knows no characters: a recv may end in the middle of one",
            "TCP 只传字节，不认识字符：一次 recv 可能停在字符中间",
        ),
        (
            "keep one decoder for the whole connection; it remembers the first half",
            "整个连接只用一个解码器，它会记住前一半",
        ),
    ),
    behaviour!(
        a_character_split_by_the_buffer_comes_out_whole,
        (
            "a character at the edge of the 1024-byte buffer is printed whole",
            "跨在 1024 字节边界上的字符，打印出来是完整的"
        ),
        (
            "a long text fills the buffer, and its last byte may be half a character",
            "长文本会装满缓冲区，最后一个字节可能是半个字符",
        ),
        (
            "the same decoder again: never decode one recv alone",
            "还是同一个解码器：不要单独解码一次 recv 的内容",
        ),
    ),
    behaviour!(
        the_end_prints_the_total_and_nothing_else,
        (
            "at the end of the stream the total is printed, and nothing else",
            "流结束时只打印 total，没有别的"
        ),
        (
            "recv returns 0 at the end; who prints before looking at that prints a line that nobody said",
            "流结束时 recv 返回 0；先打印后判断，就会多出谁也没说过的一行",
        ),
        ("look at the count before you print", "先看 recv 的返回值，再打印"),
    ),
    behaviour!(
        bytes_and_characters_are_counted,
        (
            "the total counts bytes as they came and characters as they are printed",
            "total 数的是收到的字节和打印出的字符"
        ),
        (
            "in GBK a Chinese character is two bytes, in UTF-8 three, and one character always",
            "一个汉字在 GBK 里是两个字节，在 UTF-8 里是三个，但总是一个字符",
        ),
        (
            "add what recv returns to the bytes, and the characters of the decoded text to the characters",
            "字节数加 recv 的返回值，字符数加解码后文字的字符数",
        ),
    ),
    behaviour!(
        a_stray_byte_is_replaced,
        (
            "a byte that is no GBK is printed as U+FFFD, and the call goes on",
            "不是 GBK 的字节打印成 U+FFFD，通话继续"
        ),
        (
            "one bad byte from anybody must not end a server",
            "任何人发来一个坏字节，都不应该让服务器退出",
        ),
        ("decode with replacement, not strictly", "用“替换”方式解码，不要用严格方式"),
    ),
    behaviour!(
        half_a_character_at_the_end_is_replaced,
        (
            "half a character at the end is U+FFFD, on a line of its own",
            "结尾剩下的半个字符打印成 U+FFFD，单独一行"
        ),
        (
            "what was kept for the next recv must not be forgotten when there is none",
            "留给下一次 recv 的半个字符，在没有下一次时不能忘掉",
        ),
        ("tell the decoder that the stream has ended", "告诉解码器：流已经结束"),
    ),
    behaviour!(
        a_reset_ends_the_call_with_the_total,
        (
            "a reset ends the call with the total and exit status 0",
            "连接被重置时，打印 total，退出状态 0"
        ),
        (
            "a client that vanishes is everyday life for a server, and no reason to crash",
            "客户端突然消失是服务器的日常，不是崩溃的理由",
        ),
        (
            "recv reports a reset as an error: treat it as an end",
            "recv 用错误报告重置：把它当作结束"
        ),
    ),
    behaviour!(
        a_long_call_arrives_whole,
        ("of 100,000 bytes none is lost", "十万个字节，一个也不丢"),
        (
            "how many recvs a message takes, nobody knows: only 0 means the end",
            "一段内容要几次 recv，谁也不知道：只有 0 才表示结束",
        ),
        (
            "loop until recv returns 0, not until it brings less than the buffer holds",
            "循环到 recv 返回 0，而不是到它没装满缓冲区"
        ),
    ),
];

/// Printed while the connection is open.
pub fn what_comes_is_printed_at_once(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("hello")?;
    server.shows(&client, &["hello"])?;
    client.sends("again")?;
    server.shows(&client, &["hello", "again"])?;
    client.half_closes()?;
    server.ends_showing(&client, &["hello", "again"])
}

/// The first half comes, the server receives it, and then comes the second half.
pub fn a_character_split_by_time_comes_out_whole(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(b"\xc4\xe3\xba")?;
    client.has_been_heard()?;
    client.sends(b"\xc3")?;
    client.half_closes()?;
    ends_with_text(server, &client, "你好")
}

/// The server's buffer of 1024 bytes ends before, in and behind a character.
pub fn a_character_split_by_the_buffer_comes_out_whole(program: &Program) -> Verdict {
    for before in 1022..=1025 {
        let text = format!("{}中尾", "a".repeat(before));
        let server = Server::start(program)?;
        let client = server.is_called()?;
        client.sends(gbk(&text))?;
        client.half_closes()?;
        ends_with_text(server, &client, &text)?;
    }
    Ok(())
}

/// One line for what was said, one for the total.
pub fn the_end_prints_the_total_and_nothing_else(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends("hello")?;
    server.shows(&client, &["hello"])?;
    client.half_closes()?;
    server.ends_showing(&client, &["hello"])?;

    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.half_closes()?;
    server.ends_showing(&client, &[])
}

/// Two bytes for a Chinese character, one for a letter.
pub fn bytes_and_characters_are_counted(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(gbk("你好 TCP，再见"))?;
    client.half_closes()?;
    server.ends_showing(&client, &["你好 TCP，再见"])
}

/// 0xFF is no byte of GBK, and all decoders take it for one bad byte.
pub fn a_stray_byte_is_replaced(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(b"before\xffafter")?;
    client.half_closes()?;
    server.ends_showing(&client, &["before\u{fffd}after"])
}

/// The other half never comes.
pub fn half_a_character_at_the_end_is_replaced(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    client.sends(b"half\xc4")?;
    client.half_closes()?;
    server.ends_showing(&client, &["half", "\u{fffd}"])
}

/// What had come is printed, then the total.
pub fn a_reset_ends_the_call_with_the_total(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let mut client = server.is_called()?;
    client.sends("hello")?;
    client.has_been_heard()?;
    client.resets()?;
    server.ends_showing(&client, &["hello"])
}

/// In pieces of 997 bytes, which split characters everywhere.
pub fn a_long_call_arrives_whole(program: &Program) -> Verdict {
    let sentence = "你好，世界! TCP 是字节流。";
    let (text, bytes) = (sentence.repeat(4000), gbk(sentence).repeat(4000));
    let server = Server::start(program)?;
    let client = server.is_called()?;
    program.steps.take(
        format!("the client sends {} bytes in pieces of 997", bytes.len()),
        format!("客户端每次 997 字节，共发送 {} 字节", bytes.len()),
    );
    client.sends_in_pieces(&bytes, 997)?;
    client.half_closes()?;
    ends_with_text(server, &client, &text)
}

/// Waits until `server` ends by itself, having printed `text`, in however many lines.
fn ends_with_text(server: Server, client: &stage::Connection, text: &str) -> Verdict {
    let output = server.ends_well()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let total = printed.lines().find_map(|line| line.strip_prefix("total: "));
    let counted = total.and_then(|total| total.split(' ').next()?.parse::<usize>().ok());
    if counted.is_some_and(|counted| counted < client.sent()) {
        return Err(Fault::of(
            Kind::CountedFewer,
            "the total counts fewer bytes than were sent",
            "total 数出的字节比发送的少",
        ));
    }
    let printed = client.text_in(&output)?;
    if printed == text {
        return Ok(());
    }
    let fault = Fault::of(Kind::Printed, "it printed something else", "打印的内容不对");
    Err(fault.with(Difference::new(text, &printed)))
}
