//! What was wrong, said in both languages.

use std::process::ExitStatus;

use super::{Ending, Fault, Stop, Until};
use acts::{Lang, Words};

/// So that `?` says what was wrong.
impl From<Fault> for Words {
    fn from(fault: Fault) -> Self {
        fault.words()
    }
}

impl Fault {
    /// What was wrong.
    pub fn say(&self, lang: Lang) -> String {
        self.words().say(lang).to_owned()
    }

    /// What was wrong, in both languages.
    pub fn words(&self) -> Words {
        let (en, zh) = match self {
            Fault::DoesNotStart { program, why } => {
                return Words::new(
                    format!("{program} cannot be started: {why}"),
                    format!("{program} 无法启动：{why}"),
                );
            }
            Fault::NeverListened(None) => (
                "the port is closed, but the program is still running",
                "程序在运行，但没有监听这个端口",
            ),
            Fault::ListensElsewhere(address) => {
                return Words::new(
                    format!(
                        "the program listens on {address}, not on the address that it was given"
                    ),
                    format!("程序监听的是 {address}，不是指定的地址"),
                );
            }
            Fault::PortInTimeWait(None) => {
                ("the program cannot listen yet, and is still running", "程序还不能监听，仍在运行")
            }
            Fault::NeverListened(Some(ending)) | Fault::PortInTimeWait(Some(ending)) => {
                return ended(
                    ending,
                    "the port is closed: the program has ended",
                    "端口上没有程序在监听：程序已经结束，",
                );
            }
            Fault::TwoListeners => {
                ("both programs listen on the same port", "两个程序都在监听同一个端口")
            }
            Fault::NeverConnected => ("the program did not connect", "程序没有连接过来"),
            Fault::Printed { found, until: Until::ProgramEnded, .. } if found.is_empty() => {
                ("the program printed nothing", "程序什么也没有打印")
            }
            Fault::Printed { until: Until::ProgramEnded, .. } => {
                ("the program printed the wrong text", "打印的内容不对")
            }
            Fault::Printed { until: Until::OutputEnded, .. } => (
                "the program closed its output without printing this",
                "输出已经结束，仍没有打印出应有的内容",
            ),
            Fault::Printed { until: Until::Deadline, .. } => {
                ("the program did not print this within the time limit", "在限定时间内没有打印出来")
            }
            Fault::NotTheClient { .. } => {
                ("a line does not begin with the client's address", "有一行不是以客户端地址开头")
            }
            Fault::TotalTooSmall => {
                ("the total counts fewer bytes than were sent", "total 统计的字节数比发送的少")
            }
            Fault::Flooded => (
                "the program printed more than 1 MiB of extra output",
                "程序多打印了 1 MiB 以上的内容",
            ),
            Fault::TooMuchMemory => (
                "the program used more memory than it may, and was ended for it",
                "程序占用的内存超过了限制，因此被终止",
            ),
            Fault::Sent { stop: None, .. } => {
                ("the program sent different bytes", "程序发来的内容不对")
            }
            Fault::Sent { stop: Some(Stop::Closed), .. } => {
                ("the program closed before it had sent everything", "还没有发完，程序就关闭了连接")
            }
            Fault::Sent { stop: Some(stop), .. } | Fault::Stopped(stop) => stopped(*stop),
            Fault::SentBackOther { at: byte, .. } => {
                return Words::new(
                    format!("the program sent different bytes back, from byte {byte} on"),
                    format!("发回的内容从第 {byte} 字节起与发送的不同"),
                );
            }
            Fault::LostBytes { sent, back } => {
                return Words::new(
                    format!("the program sent only {back} of {sent} bytes back"),
                    format!("发送了 {sent} 字节，只发回 {back} 字节"),
                );
            }
            Fault::ClosedTooEarly => (
                "the program closed before it had sent everything back",
                "还没有全部发回，程序就关闭了连接",
            ),
            Fault::SentMore(bytes) => {
                let count = bytes.len();
                let unit = if count == 1 { "byte" } else { "bytes" };
                return Words::new(
                    format!("the program sent {count} {unit} more; the stream had to end here"),
                    format!("这里应该收到 FIN，程序却又发来 {count} 字节"),
                );
            }
            Fault::BrokeTheSilence(Ok(_)) => {
                ("the program sent bytes to a silent client", "客户端没有发数据，程序却发来了内容")
            }
            Fault::BrokeTheSilence(Err(_)) => (
                "the program closed the connection of a silent client",
                "客户端只是没有发数据，程序就关闭了连接",
            ),
            Fault::DidNotClose => (
                "the program did not close (or half-close) the connection in time",
                "程序没有及时关闭（或半关闭）连接",
            ),
            Fault::ClientWasLate => (
                "the machine is too busy: the client did not act in time",
                "机器太忙，客户端没有及时行动",
            ),
            Fault::StoppedReceiving => ("the program stopped receiving", "程序不再接收"),
            Fault::DidNotEnd => ("the program did not end", "程序没有结束"),
            Fault::OutputStillOpen => (
                "the program has ended, but a process that it started still uses its output",
                "程序已经结束，但它启动的进程还占着输出",
            ),
            Fault::Failed(ending) => {
                return ended(
                    ending,
                    "exit status 0 was expected, but the program ended",
                    "退出状态应该是 0，而程序",
                );
            }
            Fault::EndedByItself(ending) => {
                return ended(
                    ending,
                    "the program should serve until Ctrl-C, but it ended",
                    "程序应该一直服务到 Ctrl-C，却自己结束了，",
                );
            }
            Fault::SaidNothing => {
                ("the program reported nothing on standard error", "程序没有在标准错误上报告")
            }
            Fault::Reserved(bytes) => {
                let mebibytes = bytes >> 20;
                return Words::new(
                    format!("the program reserved {mebibytes} MiB of memory"),
                    format!("程序申请了 {mebibytes} MiB 内存"),
                );
            }
            Fault::SlowReplies { count, limit } => {
                let limit = limit.as_millis();
                return Words::new(
                    format!("half of {count} replies took longer than {limit} ms"),
                    format!("{count} 次回复里，有一半超过了 {limit} 毫秒"),
                );
            }
            Fault::Hoarded(_) => (
                "the program used much more memory while one client did not read",
                "一个客户端不接收，程序占用的内存就多了很多",
            ),
            Fault::Mixed(line) => {
                let line = line.escape_ascii();
                return Words::new(
                    format!("the program sent a line that it should not send: \"{line}\""),
                    format!("程序发来了不该有的一行：\"{line}\""),
                );
            }
            Fault::TwoOrders => (
                "two clients received the same lines in different orders",
                "两个客户端收到的内容相同，顺序却不同",
            ),
            Fault::FailedWithStatus0 => (
                "the program ended with exit status 0, which means success",
                "程序以退出状态 0 结束，表示成功",
            ),
            Fault::RefusedWithStatus0 => (
                "the second program ended with exit status 0, which means success",
                "第二个程序以退出状态 0 结束，表示成功",
            ),
            Fault::FailedSilently => ("the program printed no error message", "程序没有说明错误"),
            Fault::Kernel { wanted: (en, zh), .. } => {
                return Words::new(
                    format!("the kernel's socket table does not show {en}"),
                    format!("内核的套接字表里看不到{zh}"),
                );
            }
            Fault::NotExamined => (
                "not checked: the time limit for the whole check is over",
                "没有检查：整个检查的时间已经用完",
            ),
            Fault::System(words) => return words.clone(),
        };
        Words::fixed(en, zh)
    }
}

fn stopped(stop: Stop) -> (&'static str, &'static str) {
    match stop {
        Stop::Closed => ("the program closed the connection", "程序关闭了连接"),
        Stop::Reset => ("the program reset the connection (RST)", "程序重置了连接（RST）"),
        Stop::Silence => {
            ("the program sent nothing within the time limit", "程序在限定时间内没有发来内容")
        }
    }
}

/// How a program has ended, after the words that say what this means.
fn ended(ending: &Ending, en: &str, zh: &str) -> Words {
    let (how, how_zh) = how(ending.status);
    let why = match ending.said.as_str() {
        "" => String::new(),
        said => format!(" ({said})"),
    };
    Words::new(format!("{en} {how}{why}"), format!("{zh}{how_zh}{why}"))
}

fn how(status: ExitStatus) -> (String, String) {
    match status.code() {
        Some(code) => (format!("with exit status {code}"), format!("退出状态是 {code}")),
        None => (format!("by {status}"), format!("被信号终止（{status}）")),
    }
}
