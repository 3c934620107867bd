//! Why a program does what it does wrong, where that is recognised.

use behaviours::Behaviour;
use stage::fault::{Fault, Kind};
use stage::{Lang, Words};

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
static PRINTED_NOTHING: Cause = cause(
    "printed-nothing",
    "everything was sent to the program, and it printed none of it",
    "内容都发给了程序，程序却什么也没有打印",
);
static FLOODED: Cause = cause("flooded", "the program prints without end", "程序不停地打印");

static OTHER_ENCODING: Cause = cause(
    "decoded-in-another-encoding",
    "the bytes are GBK, and were decoded as something else; most languages take UTF-8 unless told",
    "收到的是 GBK，却按别的编码解码了；多数语言不指定时用 UTF-8",
);
static BAD_BYTES_DROPPED: Cause = cause(
    "bad-bytes-dropped",
    "bytes that are no GBK were dropped without a trace",
    "不是 GBK 的字节被悄悄丢掉了",
);
static CLIENT_OTHERWISE: Cause = cause(
    "client-written-otherwise",
    "the text is right, but the client before >>> is not written as IP:PORT",
    "内容是对的，但 >>> 前面的客户端没有写成 IP:PORT",
);
static PRINTED_AGAIN: Cause = cause(
    "printed-again",
    "what had been printed before is printed again: the text of earlier recvs was not cleared",
    "之前打印过的内容又打印了一遍：前几次 recv 的文字没有清掉",
);
static PRINTS_MORE: Cause = cause(
    "prints-more",
    "the program prints lines that nobody asked for",
    "程序打印了没有要求的行",
);
static CARRIAGE_RETURNS: Cause = cause(
    "carriage-returns",
    "the lines end with \\r\\n instead of \\n",
    "行尾是 \\r\\n，不是 \\n",
);
static WHOLE_BUFFER: Cause = cause(
    "printed-the-whole-buffer",
    "the whole buffer was printed, and not only what recv had put in it",
    "打印了整个缓冲区，而不只是 recv 放进去的部分",
);
static RECEIVED_MORE: Cause =
    cause("received-more-than-1024", "more than 1024 bytes were received", "接收了超过 1024 字节");
static SENT_MORE: Cause = cause(
    "sent-more-than-asked",
    "the program sent more than it was asked to, a newline perhaps",
    "程序发送的比要求的多，也许多了一个换行",
);
static CLOSED_UNANSWERED: Cause = cause(
    "closed-without-answer",
    "the program closed without having answered",
    "程序没有回答就关闭了",
);
static REFUSED_WITH_0: Cause = cause(
    "refused-with-exit-status-0",
    "bind was refused, and the program ended as if it had not been",
    "bind 被拒绝了，程序却像没事一样结束",
);
static FAILED_SILENTLY: Cause = cause(
    "failed-silently",
    "the program ended with an error, but said nothing of it",
    "程序以错误结束，但什么也没说",
);
static NEVER_CALLED: Cause = cause(
    "never-called",
    "the program never called the address that it was given",
    "程序没有连接给它的地址",
);
static NEWLINES_LOST: Cause =
    cause("newlines-lost", "the newlines of the input were not sent", "输入里的换行没有发送");

/// The mistake behind a fault that `behaviour` has found.
pub fn recognise(behaviour: &Behaviour, fault: &Fault) -> Option<&'static Cause> {
    by_kind(fault.kind).or_else(|| match behaviour.name {
        "its_input_is_sent_in_gbk" => sending_input(fault),
        "the_whole_reply_is_printed" if fault.kind == Kind::DidNotEnd => Some(&NO_HALF_CLOSE),
        "the_whole_reply_is_printed" => printing(behaviour, fault),
        "a_refused_call_is_an_error" | "a_reset_call_is_an_error" => failing(fault),
        "the_first_client_is_bidden_farewell"
        | "it_starts_again_at_once_on_the_same_port"
        | "a_second_one_is_refused_while_it_listens" => restarting(fault),
        "every_byte_comes_back_at_once"
        | "a_half_closing_client_gets_everything_back"
        | "a_silent_client_is_waited_for"
        | "time_wait_is_the_clients"
        | "ten_megabytes_come_back_whole"
        | "a_client_that_reads_late_gets_everything_back" => echoing(behaviour, fault),
        _ => printing(behaviour, fault).or_else(|| answering(fault)),
    })
}

/// What needs no further look.
fn by_kind(kind: Kind) -> Option<&'static Cause> {
    Some(match kind {
        Kind::Flooded => &FLOODED,
        Kind::NeverListened => &NEVER_LISTENED,
        Kind::PortInTimeWait => &PORT_IN_TIME_WAIT,
        Kind::NeverCalled => &NEVER_CALLED,
        Kind::TwoListeners => &SHARES_THE_PORT,
        Kind::CountedFewer => &STOPPED_TOO_EARLY,
        Kind::SentMore => &SENT_MORE,
        Kind::FailedSilently => &FAILED_SILENTLY,
        Kind::EndedInSilence => &PRINTED_NOTHING,
        _ => return None,
    })
}

fn sending_input(fault: &Fault) -> Option<&'static Cause> {
    let (expected, found) = texts(fault);
    let without_newlines = |text: &str| text.replace("\\n", "");
    Some(match fault.kind {
        Kind::DidNotEnd => &NO_HALF_CLOSE,
        Kind::SentNothing | Kind::Closed if expected.starts_with(found) && !found.is_empty() => {
            &NEWLINES_LOST
        }
        Kind::Sent if without_newlines(expected).starts_with(&without_newlines(found)) => {
            &NEWLINES_LOST
        }
        Kind::Sent => &NOT_IN_GBK,
        _ => return None,
    })
}

fn failing(fault: &Fault) -> Option<&'static Cause> {
    Some(match fault.kind {
        Kind::ExitStatus => &ERROR_TAKEN_FOR_SUCCESS,
        Kind::DidNotEnd => &NO_HALF_CLOSE,
        _ => return None,
    })
}

fn restarting(fault: &Fault) -> Option<&'static Cause> {
    match fault.kind {
        Kind::ExitStatus => Some(&REFUSED_WITH_0)
            .filter(|_| fault.words.say(Lang::En).starts_with("the second program")),
        _ => answering(fault),
    }
}

fn echoing(behaviour: &Behaviour, fault: &Fault) -> Option<&'static Cause> {
    let large = matches!(
        behaviour.name,
        "ten_megabytes_come_back_whole" | "a_client_that_reads_late_gets_everything_back"
    );
    Some(match fault.kind {
        Kind::SentNothing | Kind::TookNoMore | Kind::Closed if large => &DEADLOCK,
        Kind::Closed if behaviour.name == "a_half_closing_client_gets_everything_back" => {
            &NOT_SENT_BACK
        }
        Kind::Closed | Kind::Kernel => &CLOSED_FIRST,
        _ => return answering(fault),
    })
}

/// What is wrong with what comes over the wire.
fn answering(fault: &Fault) -> Option<&'static Cause> {
    let (_, found) = texts(fault);
    // The first bytes of 收 and of 再 in UTF-8.
    let utf_8 = found.starts_with("\\xe6\\x94") || found.starts_with("\\xe5\\x86");
    Some(match fault.kind {
        Kind::Sent if utf_8 => &ANSWERED_IN_UTF_8,
        Kind::Closed | Kind::SentNothing if !found.is_empty() => &ANSWERED_IN_PART,
        Kind::Closed => &CLOSED_UNANSWERED,
        Kind::SentNothing => &NEVER_ANSWERED,
        Kind::Reset => &RESET_BY_PROGRAM,
        Kind::DidNotEnd => &WAITS_FOR_MORE,
        _ => return None,
    })
}

/// What is wrong with what is printed.
fn printing(behaviour: &Behaviour, fault: &Fault) -> Option<&'static Cause> {
    let crashed = fault.kind == Kind::ExitStatus;
    let decodes = crashed && fault.words.say(Lang::En).contains("Decode");
    let splits = behaviour.name.starts_with("a_character_split_by")
        || behaviour.name == "the_whole_reply_is_printed";
    if fault.kind == Kind::PrintedNothing && behaviour.name == "what_comes_is_printed_at_once" {
        return Some(&NOT_FLUSHED);
    }
    if crashed {
        return Some(match behaviour.name {
            "a_reset_ends_the_call_with_the_total" => &CRASHED_ON_RESET,
            "a_stray_byte_is_replaced" | "half_a_character_at_the_end_is_replaced" => {
                &STRICT_DECODING
            }
            _ if splits && decodes => &DECODED_ALONE,
            _ if decodes => &OTHER_ENCODING,
            _ => return None,
        });
    }
    if fault.kind != Kind::Printed {
        return None;
    }
    let (expected, found) = texts(fault);
    let replaced = found.contains('\u{fffd}') && !expected.contains('\u{fffd}');
    // A character that came whole, 你 first of all or 中 before the buffer's end: who gets that wrong
    // does not fail by the split.
    let by_time = behaviour.name == "a_character_split_by_time_comes_out_whole";
    let unsplit =
        !splits || expected.find('中') == Some(1022) || by_time && !found.starts_with('你');
    let same_said =
        lines(found) != lines(expected) && said(found).is_some() && said(found) == said(expected);
    let otherwise = same_said || expected == "IP:PORT>>>";
    let in_part = !found.is_empty() && expected.starts_with(found);
    Some(match behaviour.name {
        _ if found.contains('\0') => &WHOLE_BUFFER,
        _ if found.replace('\r', "") == expected => &CARRIAGE_RETURNS,
        "the_whole_reply_is_printed" if in_part => &STOPPED_TOO_EARLY,
        "the_whole_reply_is_printed" if replaced => &DECODED_ALONE,
        "of_3000_bytes_1024_are_printed_and_answered"
            if found.matches('x').count() > expected.matches('x').count() =>
        {
            &RECEIVED_MORE
        }
        _ if otherwise => &CLIENT_OTHERWISE,
        _ if replaced && unsplit => &OTHER_ENCODING,
        _ if replaced => &DECODED_ALONE,
        "a_stray_byte_is_replaced" if lines(found) == lines(&expected.replace('\u{fffd}', "")) => {
            &BAD_BYTES_DROPPED
        }
        "half_a_character_at_the_end_is_replaced" if !found.contains('\u{fffd}') => &HALF_FORGOTTEN,
        _ if found.contains(">>>\n") => &PRINTED_AT_THE_END,
        _ if found.contains("total:") && !expected.contains("total:") => &STOPPED_TOO_EARLY,
        _ if lines(found) == lines(expected) => &WRONG_TOTAL,
        _ if asked_for(found) == expected => &PRINTS_MORE,
        "what_comes_is_printed_at_once" if found.ends_with(">>>helloagain\n") => &PRINTED_AGAIN,
        "a_character_split_by_time_comes_out_whole" if found == "你你好" => &PRINTED_AGAIN,
        _ if splits && in_part => &STOPPED_TOO_EARLY,
        _ => return None,
    })
}

fn texts(fault: &Fault) -> (&str, &str) {
    match &fault.difference {
        Some(difference) => (&difference.expected, &difference.found),
        None => ("", ""),
    }
}

/// What was said, whoever said it; nothing where the text is no transcript.
fn said(transcript: &str) -> Option<Vec<&str>> {
    let lines = transcript.lines().filter(|line| !line.starts_with("total: "));
    lines
        .map(|line| line.split_once(">>>").map(|(_, said)| said))
        .collect::<Option<Vec<_>>>()
        .filter(|said| !said.is_empty())
}

/// A transcript without its total.
fn lines(transcript: &str) -> &str {
    transcript.split("total:").next().unwrap_or_default()
}

/// The lines of a transcript that an exercise asks for.
fn asked_for(transcript: &str) -> String {
    let asked = |line: &&str| line.contains(">>>") || line.starts_with("total: ");
    transcript.split_inclusive('\n').filter(asked).collect()
}
