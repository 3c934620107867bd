//! The words in a picture, in the language that is asked for.

use std::fmt;

use crate::data::{Shown, cut, plain};
use crate::event::{Flag, Packet};
use acts::{Act, Lang, Who};
use plain::State;

/// What is said in `lang`; only that is composed.
pub fn say(lang: Lang, en: fmt::Arguments<'_>, zh: fmt::Arguments<'_>) -> String {
    match lang {
        Lang::En => en.to_string(),
        Lang::ZhCn => zh.to_string(),
    }
}

/// One of two words.
pub fn word(lang: Lang, en: &str, zh: &str) -> String {
    if lang == Lang::En { en.into() } else { zh.into() }
}

/// The flags as they are spoken of: `SYN-ACK`.
pub fn flags(packet: &Packet) -> String {
    let name = |flag: &Flag| match flag {
        Flag::Syn => "SYN",
        Flag::Fin => "FIN",
        Flag::Rst => "RST",
        Flag::Psh => "PSH",
        Flag::Ack => "ACK",
        Flag::Urg => "URG",
    };
    // A stranger's recording may have more than there are.
    let names: Vec<_> = packet.flags.iter().take(6).map(name).collect();
    names.join("-")
}

/// `4 bytes`
pub fn bytes(count: usize, lang: Lang) -> String {
    let unit = if count == 1 { "byte" } else { "bytes" };
    say(lang, format_args!("{count} {unit}"), format_args!("{count} 字节"))
}

/// What a lifeline is called.
pub fn name(who: &Who, lang: Lang) -> String {
    match who {
        Who::Server => word(lang, "server", "服务器"),
        Who::Client(None) => word(lang, "client", "客户端"),
        Who::Client(Some(name)) => name.clone(),
    }
}

/// What a packet carries: `4 bytes "你好"`; its flags, where it carries nothing.
pub fn carried(packet: &Packet, shown: Option<&Shown>, lang: Lang) -> String {
    let Some(shown) = shown else { return flags(packet) };
    let count = bytes(packet.length, lang);
    let half = word(lang, "half a character", "半个字符");
    match (shown.text.as_deref(), shown.half) {
        (None, _) => count,
        (Some(""), true) => count + word(lang, ": ", "：").as_str() + &half,
        (Some(text), true) => format!("{count} \"{text}\" + {half}"),
        (Some(text), false) => format!("{count} \"{text}\""),
    }
}

/// Whether a call has a name. Without one nothing is waited for in it, and no reader knows its number.
pub fn is_named(call: &str) -> bool {
    !call.starts_with("system call ")
}

/// What was done, as the call that it is; nothing for what only the scene waits for.
pub fn act(act: &Act, lang: Lang) -> Option<String> {
    let (en, zh) = match act {
        Act::Send(sent) => {
            let count = bytes(sent.len(), lang);
            return Some(word(lang, "send ", "send 发送 ") + &count);
        }
        Act::Pause(_) | Act::Wait(_) => return None,
        Act::Start(_) => ("is started", "启动"),
        Act::Connect => ("connect", "connect 连接"),
        Act::Receive(_) => ("recv", "recv 接收"),
        Act::HalfClose => ("half-close (shutdown)", "shutdown 半关闭"),
        Act::Close => ("close", "close 关闭"),
        Act::Reset => ("reset", "重置连接"),
        Act::Type(_) => ("is typed to", "键盘输入"),
        Act::EndInput => ("end of input", "输入结束"),
        Act::Interrupt => ("Ctrl-C", "Ctrl-C"),
        Act::Kill => ("is killed", "被杀掉"),
        Act::NetworkDown => ("the network goes down", "网络断开"),
        Act::NetworkUp => ("the network is up again", "网络恢复"),
        // An act that no scene uses does not have a separate name here.
        other => return Some(other.to_string()),
    };
    Some(word(lang, en, zh))
}

/// Sequence numbers as Wireshark shows them: each side's count from 0.
pub fn numbers(packet: &Packet, first: u32, other: Option<u32>) -> String {
    let seq = packet.seq.wrapping_sub(first);
    let ack = packet.ack.wrapping_sub(other.unwrap_or_default());
    let ack = if packet.has(Flag::Ack) { format!(" ack={ack}") } else { String::new() };
    format!("{} seq={seq}{ack} len={}", flags(packet), packet.length)
}

/// Where a thread is blocked, and for whom it waits there.
pub fn wait(call: &str, on: &[String], lang: Lang) -> String {
    let call = cut(&plain(call), 20, false);
    let whom = if on.is_empty() { String::new() } else { format!(" ← {}", on.join(", ")) };
    say(lang, format_args!("blocked in {call}{whom}"), format_args!("阻塞在 {call}{whom}"))
}

/// How a program has ended.
pub fn ended(how: &str, lang: Lang) -> String {
    let how = cut(&plain(how), 24, false);
    let zh = how.replace("exit status", "退出状态").replace("signal", "信号");
    say(lang, format_args!("has ended: {how}"), format_args!("结束：{zh}"))
}

/// The class of a state, by which it is coloured and filled.
pub fn class(state: State) -> &'static str {
    match state {
        State::Listen => "listen",
        State::SynSent | State::SynRecv => "shake",
        State::Established => "open",
        State::FinWait1 | State::FinWait2 | State::Closing => "closing",
        State::CloseWait | State::LastAck => "closing",
        State::TimeWait => "keeps",
        State::Closed => "closed",
    }
}

/// The note at the end, which says on which sides TIME_WAIT is left.
pub fn keepers(client: bool, server: bool, lang: Lang) -> String {
    let word = |en, zh| word(lang, en, zh);
    match (client, server) {
        (true, true) => word("TIME_WAIT is left on both sides", "TIME_WAIT 留在两边"),
        (true, false) => word("TIME_WAIT is left on the client's side", "TIME_WAIT 留在客户端"),
        (false, true) => word("TIME_WAIT is left on the server's side", "TIME_WAIT 留在服务器"),
        (false, false) => word("TIME_WAIT is left on neither side", "哪一边都没有 TIME_WAIT"),
    }
}

/// `200 ms pass`, for a wait that is folded.
pub fn folded(micros: i64, lang: Lang) -> String {
    let time = milliseconds(micros, 0);
    say(lang, format_args!("{time} ms pass"), format_args!("过了 {time} 毫秒"))
}

/// Microseconds as milliseconds, with so many decimals.
pub fn milliseconds(micros: i64, decimals: usize) -> String {
    format!("{:.decimals$}", micros as f64 / 1000.0)
}
