//! Why a program does what it does wrong, where that is recognised.

use crate::exercises::Behaviour;
use crate::fault::{Fault, Kind};
use crate::{Lang, Words};

/// A mistake that many make.
pub struct Cause {
    /// Its name, by which machines know it.
    pub name: &'static str,
    /// What it is, in plain words.
    pub words: Words,
}

const fn cause(name: &'static str, en: &'static str, zh: &'static str) -> Cause {
    Cause { name, words: Words::fixed(en, zh) }
}

static NEVER_LISTENED: Cause = cause(
    "never-listened",
    "the program never listened where it was told to",
    "程序没有在指定的地址上监听",
);
static PORT_IN_TIME_WAIT: Cause = cause(
    "port-in-time-wait",
    "the port is in TIME_WAIT, left by the program's last run, and bind was refused",
    "端口处于 TIME_WAIT，是程序上一次运行留下的，bind 被拒绝",
);
static NOT_FLUSHED: Cause = cause(
    "not-flushed",
    "nothing was printed while the call went on: the output is kept in a buffer and not flushed, or it is printed only at the end",
    "通话期间什么也没打印：输出留在缓冲区里没有刷新，或者到最后才打印",
);
static DECODED_ALONE: Cause = cause(
    "decoded-each-recv-alone",
    "each recv was decoded alone, so half a character was taken for a bad byte",
    "每次 recv 的内容单独解码，半个字符被当成了坏字节",
);
static STRICT_DECODING: Cause = cause(
    "strict-decoding",
    "the program ended at a byte that is no GBK: it decodes strictly",
    "遇到不是 GBK 的字节，程序就退出了：用的是严格解码",
);
static HALF_FORGOTTEN: Cause = cause(
    "half-a-character-forgotten",
    "the decoder kept half a character for a next recv that never came, and it was forgotten",
    "解码器把半个字符留给下一次 recv，可是没有下一次，它就被忘掉了",
);
static PRINTED_AT_THE_END: Cause = cause(
    "printed-at-end-of-stream",
    "a line was printed at the end of the stream, when recv had brought nothing",
    "流结束时 recv 什么也没收到，却打印了一行",
);
static WRONG_TOTAL: Cause = cause(
    "wrong-total",
    "the lines are right, but the total is missing or miscounts",
    "内容都对，但是 total 没有打印，或者数错了",
);
static CRASHED_ON_RESET: Cause = cause(
    "crashed-on-reset",
    "the program took a reset for a fatal error",
    "程序把连接被重置当成了致命错误",
);
static STOPPED_TOO_EARLY: Cause = cause(
    "stopped-too-early",
    "the program stopped receiving before recv had returned 0",
    "recv 还没有返回 0，程序就不再接收了",
);
static NEVER_ANSWERED: Cause = cause(
    "never-answered",
    "the program never answered; it may be waiting for more, or for the end of the stream",
    "程序一直没有回答；它可能还在等更多内容，或者在等流结束",
);
static ANSWERED_IN_PART: Cause = cause(
    "answered-in-part",
    "only a part of the answer came: what one write takes may be less than the whole",
    "只发来回答的一部分：一次 write 写出的可能不是全部",
);
static ANSWERED_IN_UTF_8: Cause = cause(
    "answered-in-utf-8",
    "the answer came in UTF-8, not in GBK",
    "回答是 UTF-8 编码，不是 GBK",
);
static NOT_SENT_BACK: Cause = cause(
    "closed-with-bytes-unsent",
    "the program closed although it had not sent back everything",
    "程序还没有全部发回就关闭了",
);
static CLOSED_FIRST: Cause =
    cause("closed-first", "the program closed before the client did", "程序在客户端之前关闭了连接");
static RESET_BY_PROGRAM: Cause = cause(
    "reset-instead-of-close",
    "the program reset the connection: it closed with bytes unread, or crashed, or set SO_LINGER",
    "程序重置了连接：关闭时还有字节没读，或者崩溃了，或者设置了 SO_LINGER",
);
static WAITS_FOR_MORE: Cause = cause(
    "waits-for-more",
    "the program goes on waiting where it should close and end",
    "该关闭并结束的时候，程序还在等待",
);
static DEADLOCK: Cause = cause(
    "deadlock",
    "the program received no more, or sent no more, before everything had gone both ways",
    "还没有全部收发完，程序就不再接收或不再发送",
);
static SHARES_THE_PORT: Cause = cause(
    "shares-the-port",
    "a second program could listen on the same port: that is SO_REUSEPORT",
    "第二个程序也能监听同一个端口：这是 SO_REUSEPORT",
);
static NO_HALF_CLOSE: Cause = cause(
    "no-half-close",
    "the client never said that it had sent everything",
    "客户端一直没有说自己发完了",
);
static NOT_IN_GBK: Cause = cause(
    "not-in-gbk",
    "the bytes that were sent are not the text in GBK",
    "发出的字节不是 GBK 编码的文字",
);
static ERROR_TAKEN_FOR_SUCCESS: Cause = cause(
    "error-taken-for-success",
    "the call failed, and the program ended as if it had not",
    "连接失败了，程序却像没事一样结束",
);
static FLOODED: Cause = cause("flooded", "the program prints without end", "程序不停地打印");

/// The mistake behind a fault that `behaviour` has found.
pub fn recognise(behaviour: &Behaviour, fault: &Fault) -> Option<&'static Cause> {
    let found = fault.difference.as_ref().map_or("", |difference| difference.found.as_str());
    let expected = fault.difference.as_ref().map_or("", |difference| difference.expected.as_str());
    let decodes = fault.words.say(Lang::En).contains("Decode");
    let replaced = found.contains('\u{fffd}') && !expected.contains('\u{fffd}');
    Some(match (behaviour.name, fault.kind) {
        (_, Kind::Flooded) => &FLOODED,
        ("it_starts_again_at_once_on_the_same_port", Kind::NeverListened) => &PORT_IN_TIME_WAIT,
        (_, Kind::NeverListened) => &NEVER_LISTENED,
        ("a_second_one_is_refused_while_it_listens", Kind::DidNotEnd) => &SHARES_THE_PORT,
        ("a_refused_call_is_an_error" | "a_reset_call_is_an_error", _) => &ERROR_TAKEN_FOR_SUCCESS,
        ("its_input_is_sent_in_gbk" | "the_whole_reply_is_printed", Kind::DidNotEnd) => {
            &NO_HALF_CLOSE
        }
        ("its_input_is_sent_in_gbk", Kind::Sent) => &NOT_IN_GBK,
        ("a_reset_ends_the_call_with_the_total", Kind::ExitStatus) => &CRASHED_ON_RESET,
        ("time_wait_is_the_clients", Kind::Kernel) => &CLOSED_FIRST,
        (
            "a_stray_byte_is_replaced" | "half_a_character_at_the_end_is_replaced",
            Kind::ExitStatus,
        ) => &STRICT_DECODING,
        ("half_a_character_at_the_end_is_replaced", Kind::Printed)
            if !found.contains('\u{fffd}') =>
        {
            &HALF_FORGOTTEN
        }
        ("a_half_closing_client_gets_everything_back", Kind::Closed) => &NOT_SENT_BACK,
        (_, Kind::Printed) if found.contains("total:") && !expected.contains("total:") => {
            &STOPPED_TOO_EARLY
        }
        (_, Kind::Printed)
            if !found.is_empty() && !found.contains(">>>") && expected.starts_with(found) =>
        {
            &STOPPED_TOO_EARLY
        }
        (_, Kind::Printed) if replaced => &DECODED_ALONE,
        (_, Kind::ExitStatus) if decodes => &DECODED_ALONE,
        (_, Kind::Printed) if found.contains("CLIENT>>>\\n") => &PRINTED_AT_THE_END,
        ("what_comes_is_printed_at_once", Kind::PrintedNothing) => &NOT_FLUSHED,
        (_, Kind::Printed) if expected.contains("total:") && same_lines(expected, found) => {
            &WRONG_TOTAL
        }
        (
            "a_long_call_arrives_whole" | "a_character_split_by_the_buffer_comes_out_whole",
            Kind::Reset,
        ) => &STOPPED_TOO_EARLY,
        ("a_long_call_arrives_whole", Kind::Printed) => &STOPPED_TOO_EARLY,
        (_, Kind::Sent)
            if found.starts_with("\\xe6\\x94\\xb6") || found.starts_with("\\xe5\\x86\\x8d") =>
        {
            &ANSWERED_IN_UTF_8
        }
        (
            "ten_megabytes_come_back_whole" | "a_client_that_reads_late_gets_everything_back",
            Kind::SentNothing | Kind::TookNoMore | Kind::Reset | Kind::Closed,
        ) => &DEADLOCK,
        (_, Kind::Closed) if !found.is_empty() => &ANSWERED_IN_PART,
        (_, Kind::Closed) => &CLOSED_FIRST,
        (_, Kind::SentNothing) if found.is_empty() => &NEVER_ANSWERED,
        (_, Kind::SentNothing) => &ANSWERED_IN_PART,
        (_, Kind::Reset) => &RESET_BY_PROGRAM,
        (_, Kind::DidNotEnd) => &WAITS_FOR_MORE,
        _ => return None,
    })
}

/// Whether two transcripts differ in their totals alone.
fn same_lines(expected: &str, found: &str) -> bool {
    let before = |text: &str| text.split("total:").next().unwrap_or_default().to_string();
    before(expected) == before(found)
}
