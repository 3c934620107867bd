//! Exercise 00: the caller; the coach is its server.

use shared::gbk;

use super::{Behaviour, behaviour};
use stage::fault::{Difference, Fault, Kind};
use stage::{Client, Listener, Program, Verdict};
use stage::{how, last_line};

/// What exercise 00 asks for.
pub const BEHAVIOURS: &[Behaviour] = &[
    behaviour!(
        its_input_is_sent_in_gbk,
        (
            "all of its input is sent in GBK, newlines included, and then it half-closes",
            "全部输入（包括换行）用 GBK 编码发出，然后半关闭"
        ),
        (
            "a server that receives until the end waits for ever for a client that never says so",
            "一直接收到结束的服务器，会永远等一个从不说“完了”的客户端",
        ),
        ("encode, write_all, shutdown(Write)", "编码，write_all，shutdown(Write)"),
    ),
    behaviour!(
        the_whole_reply_is_printed,
        (
            "the whole reply is printed, decoded, however many recvs it takes",
            "不管要几次 recv，回答全部解码、打印"
        ),
        (
            "the reply may come late, in pieces, and split in the middle of a character",
            "回答可能来得晚，分几次来，甚至从字符中间断开",
        ),
        ("receive until 0, with one decoder", "接收到返回 0 为止，只用一个解码器"),
    ),
    behaviour!(
        a_refused_call_is_an_error,
        ("a refused call is said, and is no success", "连接被拒绝时说明原因，不算成功"),
        ("a script that calls it knows by the exit status alone", "调用它的脚本只看退出状态"),
        ("a message, and an exit status other than 0", "打印原因，退出状态不是 0"),
    ),
    behaviour!(
        a_reset_call_is_an_error,
        ("a reset call is said, and is no success", "连接被重置时说明原因，不算成功"),
        (
            "after a reset nobody knows what the server has read, and half a reply looks like a whole one",
            "被重置之后，谁也不知道服务器读了多少；半个回答看起来和整个一样",
        ),
        (
            "do not take an error of recv for the end of the stream",
            "不要把 recv 的错误当成流的结束"
        ),
    ),
];

/// Chinese, ASCII and newlines.
pub fn its_input_is_sent_in_gbk(program: &Program) -> Verdict {
    let server = Listener::start(&program.steps)?;
    let mut client = Client::start(program, server.address()?, &[])?;
    client.types("你好\nTCP\n再见\n")?;
    client.ends_its_input();
    let mut call = server.accepts()?;
    call.receives(gbk("你好\nTCP\n再见\n"))?;
    call.receives_the_end()?;
    call.closes();
    prints(client, "")
}

/// In three pieces, one of which ends in the middle of a character.
pub fn the_whole_reply_is_printed(program: &Program) -> Verdict {
    let server = Listener::start(&program.steps)?;
    let mut client = Client::start(program, server.address()?, &[])?;
    client.ends_its_input();
    let mut call = server.accepts()?;
    call.receives_the_end()?;
    call.sends(b"first \xc4")?;
    call.has_been_heard()?;
    call.sends(b"\xe3\xba\xc3\n")?;
    call.has_been_heard()?;
    call.sends("x".repeat(5000))?;
    call.closes();
    prints(client, &format!("first 你好\n{}", "x".repeat(5000)))
}

/// Nobody listens there.
pub fn a_refused_call_is_an_error(program: &Program) -> Verdict {
    let mut client = Client::start(program, Listener::nobody()?, &[])?;
    client.ends_its_input();
    fails_in_words(client)
}

/// The server throws the connection away in the middle of its reply.
pub fn a_reset_call_is_an_error(program: &Program) -> Verdict {
    let server = Listener::start(&program.steps)?;
    let mut client = Client::start(program, server.address()?, &[])?;
    client.ends_its_input();
    let mut call = server.accepts()?;
    call.receives_the_end()?;
    call.sends("half a rep")?;
    call.has_been_heard()?;
    call.resets()?;
    fails_in_words(client)
}

fn prints(client: Client, expected: &str) -> Verdict {
    let output = client.output()?;
    if !output.status.success() {
        let ((en, zh), why) = (how(output.status), last_line(&output.stderr));
        return Err(Fault::of(
            Kind::ExitStatus,
            format!("the program ended {en} instead of exit status 0{why}"),
            format!("程序结束时{zh}，应该是退出状态 0{why}"),
        ));
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    // A newline behind the reply may be there for the terminal.
    if printed == expected || printed.strip_suffix('\n') == Some(expected) {
        return Ok(());
    }
    let fault = Fault::of(Kind::Printed, "it printed something else", "打印的内容不对");
    Err(fault.with(Difference::new(expected, &printed)))
}

fn fails_in_words(client: Client) -> Verdict {
    let output = client.output()?;
    if output.status.success() {
        return Err(Fault::of(
            Kind::ExitStatus,
            "the program ended with exit status 0, as if all were well",
            "程序以退出状态 0 结束，好像一切正常",
        ));
    }
    if output.stderr.is_empty() && output.stdout.is_empty() {
        return Err(Fault::of(Kind::FailedSilently, "the program said nothing", "程序什么也没说"));
    }
    Ok(())
}
