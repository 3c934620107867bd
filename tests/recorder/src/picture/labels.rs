//! What stands in a picture, in the language asked for.

use std::fmt;

use super::data::{cut, plain};
use crate::recording::{Flag, Packet, Side};
use shared::socket_table::State;
use stage::{Act, Lang, Step};

/// What is said in `lang`; only that is composed.
pub fn say(lang: Lang, en: fmt::Arguments<'_>, zh: fmt::Arguments<'_>) -> String {
    match lang {
        Lang::En => en.to_string(),
        Lang::ZhCn => zh.to_string(),
    }
}

/// One of two words.
fn word(lang: Lang, en: &str, zh: &str) -> String {
    say(lang, format_args!("{en}"), format_args!("{zh}"))
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

/// `client`
pub fn side(side: Side, lang: Lang) -> String {
    match side {
        Side::Client => word(lang, "client", "客户端"),
        Side::Server => word(lang, "server", "服务器"),
    }
}

/// What the scene did, from its line in the recording; nothing for what only the scene waits for.
pub fn step(line: &str, lang: Lang) -> Option<String> {
    if line == "start" {
        return Some(word(lang, "is started", "启动"));
    }
    if let Some(stopped) = line.strip_prefix("stop ") {
        let (en, zh) = ("gave up waiting: ", "等不下去了：");
        return Some(word(lang, en, zh) + stopped);
    }
    let Ok(Step { act, .. }) = Step::parse(line) else { return Some(line.into()) };
    let (en, zh) = match &act {
        Act::Send(sent) => {
            let count = bytes(sent.len(), lang);
            return Some(say(
                lang,
                format_args!("send {count}"),
                format_args!("send 发送 {count}"),
            ));
        }
        Act::Connect => ("connect", "connect 连接"),
        Act::Receive(_) => ("recv", "recv 接收"),
        Act::HalfClose => ("shutdown (half-close)", "shutdown 半关闭"),
        Act::Close => ("close", "close 关闭"),
        Act::Reset => ("reset (throw away)", "重置连接"),
        Act::Kill => ("the server is killed", "服务器进程被杀掉"),
        Act::NetworkDown => ("the network goes down", "网络断开"),
        Act::NetworkUp => ("the network is up again", "网络恢复"),
        Act::Pause(_) | Act::Wait(_) => return None,
        _ => return Some(line.into()),
    };
    Some(word(lang, en, zh))
}

/// Where the server waits, or how it has ended; nothing while it runs.
pub fn call(
    call: Option<&str>,
    step: Option<&str>,
    ended: Option<&str>,
    lang: Lang,
) -> Option<String> {
    if let Some(how) = ended {
        let how = cut(&plain(how), 24, false);
        let zh = how.replace("exit status", "退出状态").replace("signal", "信号");
        return Some(say(lang, format_args!("has ended: {how}"), format_args!("结束：{zh}")));
    }
    // Without a name it is one in which nobody waits for a caller, and no reader knows its number.
    let call = step.or(call).filter(|call| !call.starts_with("system call "))?;
    let call = cut(&plain(call), 24, false);
    Some(word(lang, "waits in ", "等在 ") + &call)
}

/// The class of a state, by which it is coloured: who keeps what.
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

/// Who keeps the connection in TIME_WAIT, at the end.
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
