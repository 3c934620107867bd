//! What the coach says of the exercises and of what they ask for.

use behaviours::Exercise;
use stage::{Lang, Words};

/// The words for something that an exercise asks for.
pub struct BehaviourWords {
    /// The name of the behaviour.
    pub name: &'static str,
    /// The sentence that it proves.
    pub sentence: Words,
    /// Why it matters.
    pub why: Words,
    /// How to get there.
    pub hint: Words,
}

/// The title of an exercise.
pub fn title(number: &str) -> &'static Words {
    let title = TITLES.iter().find(|(known, _)| *known == number);
    &title.expect("a test looks for every title").1
}

/// The words for a behaviour.
pub fn behaviour(name: &str) -> &'static BehaviourWords {
    BEHAVIOURS.iter().find(|words| words.name == name).expect("a test looks for all words")
}

/// The chapter to read, below the workspace.
pub fn reading(exercise: &Exercise, lang: Lang) -> String {
    format!("docs/{}/src/lesson-{}.md", lang.name(), exercise.number)
}

static TITLES: [(&str, Words); 5] = [
    ("00", Words::fixed("the caller", "打电话的人")),
    ("01", Words::fixed("answer once", "只回答一次")),
    ("02", Words::fixed("the whole call", "听完整个电话")),
    ("03", Words::fixed("let the caller hang up first", "让对方先挂断")),
    ("04", Words::fixed("restart at once", "立刻重新启动")),
];

/// A pair is English and Chinese.
type Pair = (&'static str, &'static str);

const fn words(name: &'static str, sentence: Pair, why: Pair, hint: Pair) -> BehaviourWords {
    BehaviourWords {
        name,
        sentence: Words::fixed(sentence.0, sentence.1),
        why: Words::fixed(why.0, why.1),
        hint: Words::fixed(hint.0, hint.1),
    }
}

static BEHAVIOURS: &[BehaviourWords] = &[
    words(
        "what_one_recv_brings_is_printed",
        (
            "what one recv brings is printed as CLIENT>>>TEXT",
            "一次 recv 收到的内容，打印成 CLIENT>>>TEXT",
        ),
        (
            "bytes become text only when somebody says which encoding they are in; here it is GBK",
            "字节要按某种编码才能变成文字，这里是 GBK",
        ),
        (
            "give what recv brought, and not the whole buffer, to the transcript",
            "把 recv 收到的那一部分（不是整个缓冲区）交给 transcript",
        ),
    ),
    words(
        "the_answer_comes_whole",
        (
            "the answer 收到 comes whole, in GBK, and then the server closes",
            "“收到”以 GBK 完整发来，然后服务器关闭",
        ),
        (
            "write may take fewer bytes than it was given, and says so only in its return value",
            "write 写出的字节可能比给它的少，只有返回值会告诉你",
        ),
        ("write_all goes on until every byte is taken", "write_all 会一直写到每个字节都写出"),
    ),
    words(
        "a_silent_client_is_not_waited_for_twice",
        (
            "after one recv and one answer the program ends, although the client stays",
            "接收一次、回答一次就结束，哪怕客户端还连着",
        ),
        (
            "a server that receives once does not wait for the client to close: it closes first",
            "只接收一次的服务器不等客户端关闭：它先关闭",
        ),
        ("receive once, without a loop", "只接收一次，不要循环"),
    ),
    words(
        "of_3000_bytes_1024_are_printed_and_answered",
        (
            "of 3000 bytes the first 1024 are printed, and answered whole",
            "发来 3000 字节，打印前 1024 字节，回答完整",
        ),
        (
            "one recv takes what fits in its buffer; this is what receiving once loses",
            "一次 recv 只能拿走缓冲区装得下的部分；这就是只接收一次会丢的东西",
        ),
        ("a buffer of 1024 bytes, and one recv into it", "用 1024 字节的缓冲区，接收一次"),
    ),
    words(
        "what_comes_is_printed_at_once",
        ("what comes is printed at once, while the call goes on", "收到什么立刻打印，不等通话结束"),
        (
            "output to a pipe is kept in a buffer by most languages; who looks at a server's log sees nothing",
            "输出接到管道时，多数语言会先放进缓冲区；看日志的人什么也看不到",
        ),
        ("flush the output after each line", "每打印一行就刷新输出（flush）"),
    ),
    words(
        "a_character_split_by_time_comes_out_whole",
        (
            "a character that comes in two halves is printed whole",
            "分两次到来的一个字符，打印出来是完整的",
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
    words(
        "a_character_split_by_the_buffer_comes_out_whole",
        (
            "a character at the edge of the 1024-byte buffer is printed whole",
            "跨在 1024 字节边界上的字符，打印出来是完整的",
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
    words(
        "the_end_prints_the_total_and_nothing_else",
        (
            "at the end of the stream the total is printed, and nothing else",
            "流结束时只打印 total，没有别的",
        ),
        (
            "recv returns 0 at the end; who prints before looking at that prints a line that nobody said",
            "流结束时 recv 返回 0；先打印后判断，就会多出谁也没说过的一行",
        ),
        ("look at the count before you print", "先看 recv 的返回值，再打印"),
    ),
    words(
        "bytes_and_characters_are_counted",
        (
            "the total counts bytes as they came and characters as they are printed",
            "total 数的是收到的字节和打印出的字符",
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
    words(
        "a_stray_byte_is_replaced",
        (
            "a byte that is no GBK is printed as U+FFFD, and the call goes on",
            "不是 GBK 的字节打印成 U+FFFD，通话继续",
        ),
        (
            "one bad byte from anybody must not end a server",
            "任何人发来一个坏字节，都不应该让服务器退出",
        ),
        ("decode with replacement, not strictly", "用“替换”方式解码，不要用严格方式"),
    ),
    words(
        "half_a_character_at_the_end_is_replaced",
        (
            "half a character at the end is U+FFFD, on a line of its own",
            "结尾剩下的半个字符打印成 U+FFFD，单独一行",
        ),
        (
            "what was kept for the next recv must not be forgotten when there is none",
            "留给下一次 recv 的半个字符，在没有下一次时不能忘掉",
        ),
        ("tell the decoder that the stream has ended", "告诉解码器：流已经结束"),
    ),
    words(
        "a_reset_ends_the_call_with_the_total",
        (
            "a reset ends the call with the total and exit status 0",
            "连接被重置时，打印 total，退出状态 0",
        ),
        (
            "a client that vanishes is everyday life for a server, and no reason to crash",
            "客户端突然消失是服务器的日常，不是崩溃的理由",
        ),
        (
            "recv reports a reset as an error: treat it as an end",
            "recv 用错误报告重置：把它当作结束",
        ),
    ),
    words(
        "a_long_call_arrives_whole",
        ("of 100,000 bytes none is lost", "十万个字节，一个也不丢"),
        (
            "how many recvs a message takes, nobody knows: only 0 means the end",
            "一段内容要几次 recv，谁也不知道：只有 0 才表示结束",
        ),
        (
            "loop until recv returns 0, not until it brings less than the buffer holds",
            "循环到 recv 返回 0，而不是到它没装满缓冲区",
        ),
    ),
    words(
        "every_byte_comes_back_at_once",
        ("every byte comes back as it was, and at once", "每个字节原样发回，而且立刻发回"),
        (
            "who asks waits for the answer before he goes on; a server that waits for more waits for ever",
            "对方等到回答才会继续；还在等更多内容的服务器会一直等下去",
        ),
        (
            "send back what each recv brings, before the next recv",
            "每次 recv 收到的，先发回去，再接收下一次",
        ),
    ),
    words(
        "a_half_closing_client_gets_everything_back",
        (
            "a client that half-closes gets everything back, and then the end",
            "半关闭的客户端收回全部内容，然后流结束",
        ),
        (
            "a half-close means: I have said everything. It does not mean: I am gone",
            "半关闭的意思是“我说完了”，不是“我走了”",
        ),
        (
            "close only after recv has returned 0 and all is sent",
            "recv 返回 0、而且全部发完之后才关闭",
        ),
    ),
    words(
        "a_silent_client_is_waited_for",
        ("a client that is silent for a second is waited for", "客户端沉默一秒，服务器要等它"),
        ("silence is not the end; only recv's 0 is", "沉默不是结束，recv 返回 0 才是"),
        ("no timeout here", "这里不要设超时"),
    ),
    words(
        "time_wait_is_the_clients",
        (
            "the client closes first, so TIME_WAIT is the client's",
            "客户端先关闭，TIME_WAIT 留在客户端",
        ),
        (
            "the side that closes first keeps the connection for a minute, and the server needs its port",
            "先关闭的一方要把连接再保留一分钟，而服务器还要用它的端口",
        ),
        ("wait for the client's FIN before you close", "等到客户端的 FIN 再关闭"),
    ),
    words(
        "ten_megabytes_come_back_whole",
        (
            "10 MB come back whole while they are still being sent",
            "一边发送一边接收，10 MB 完整发回",
        ),
        ("every byte counts, however many there are", "不管有多少，一个字节都不能少"),
        ("write_all, not write", "用 write_all，不要用 write"),
    ),
    words(
        "a_client_that_reads_late_gets_everything_back",
        (
            "a client that sends until nothing more is taken, and reads only then, gets everything back",
            "客户端一直发到发不动，然后才开始读，也能收回全部内容",
        ),
        (
            "where both sides wait for the other to receive, the kernel's buffers are full and nothing moves",
            "双方都在等对方接收时，内核的缓冲区满了，谁也动不了",
        ),
        (
            "do not give up when send waits; never keep everything in memory",
            "send 在等待时不要放弃；也不要把全部内容留在内存里",
        ),
    ),
    words(
        "the_first_client_is_bidden_farewell",
        (
            "the first client receives 再见 in GBK, and then the end (FIN)",
            "第一个客户端收到 GBK 的“再见”，然后流结束（FIN）",
        ),
        (
            "a server that closes first says so by FIN; a reset could overtake its last words",
            "先关闭的服务器用 FIN 告别；如果重置连接，最后发送的内容可能会丢失",
        ),
        ("send, then close; no SO_LINGER", "发送，然后关闭；不要用 SO_LINGER"),
    ),
    words(
        "it_starts_again_at_once_on_the_same_port",
        (
            "started again at once on the same port it serves again, five times",
            "马上在同一端口重新启动，还能服务，连续五次",
        ),
        (
            "after a close by the server the kernel keeps TIME_WAIT on its port for a minute",
            "服务器先关闭，内核会在它的端口上保留 TIME_WAIT 一分钟",
        ),
        (
            "SO_REUSEADDR before bind, on every socket: the old one must have asked for it too",
            "在 bind 之前设置 SO_REUSEADDR，每一次都要：旧的套接字也必须设置过",
        ),
    ),
    words(
        "a_second_one_is_refused_while_it_listens",
        ("while it listens, a second one is refused", "它正在监听时，再启动一个会被拒绝"),
        (
            "SO_REUSEPORT would let two servers share the port, and share the callers between them",
            "SO_REUSEPORT 会让两个服务器共用端口，客户端被分给两边",
        ),
        (
            "SO_REUSEADDR, not SO_REUSEPORT; and an exit status other than 0",
            "用 SO_REUSEADDR，不要用 SO_REUSEPORT；退出状态不是 0",
        ),
    ),
    words(
        "its_input_is_sent_in_gbk",
        (
            "all of its input is sent in GBK, newlines included, and then it half-closes",
            "全部输入（包括换行）用 GBK 编码发出，然后半关闭",
        ),
        (
            "a server that receives until the end waits for ever for a client that never says so",
            "一直接收到结束的服务器，会永远等一个从不说“完了”的客户端",
        ),
        ("encode, write_all, shutdown(Write)", "编码，write_all，shutdown(Write)"),
    ),
    words(
        "the_whole_reply_is_printed",
        (
            "the whole reply is printed, decoded, however many recvs it takes",
            "不管要几次 recv，回答全部解码、打印",
        ),
        (
            "the reply may come late, in pieces, and split in the middle of a character",
            "回答可能来得晚，分几次来，甚至从字符中间断开",
        ),
        ("receive until 0, with one decoder", "接收到返回 0 为止，只用一个解码器"),
    ),
    words(
        "a_refused_call_is_an_error",
        ("a refused call is said, and is no success", "连接被拒绝时说明原因，不算成功"),
        ("a script that calls it knows by the exit status alone", "调用它的脚本只看退出状态"),
        ("a message, and an exit status other than 0", "打印原因，退出状态不是 0"),
    ),
    words(
        "a_reset_call_is_an_error",
        ("a reset call is said, and is no success", "连接被重置时说明原因，不算成功"),
        (
            "after a reset nobody knows what the server has read, and half a reply looks like a whole one",
            "被重置之后，谁也不知道服务器读了多少；半个回答看起来和整个一样",
        ),
        (
            "do not take an error of recv for the end of the stream",
            "不要把 recv 的错误当成流的结束",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exercise_and_every_behaviour_has_its_words() {
        for exercise in &behaviours::EXERCISES {
            title(exercise.number);
            exercise.table.iter().for_each(|asked| _ = behaviour(asked.name));
        }
        let asked = behaviours::EXERCISES.iter().map(|exercise| exercise.table.len());
        assert_eq!(asked.sum::<usize>(), BEHAVIOURS.len());
    }
}
