//! Clients that misbehave: silent, slow, never reading, without an end, too many (lesson 07).

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use shared::socket_table;
use shared::{LONGEST, gbk};
use stage::act::{Act, Want, Who};
use stage::deadline::POLL_INTERVAL;
use stage::fault::Stop;
use stage::{
    Connection, Crowd, Fault, Process, Program, Server, Stage, Steps, Verdict, is_timeout, kernel,
    retry_on_eintr,
};

use crate::framing::{reply, says_of};
use crate::many_clients::is_served;
use crate::serving::{serving, serving_with};

/// What a silent client gets.
pub const IDLE: &str = "太久没有消息，再见\n";
/// What a slow client gets.
pub const SLOW: &str = "消息太慢\n";
/// What a client gets whose line does not end.
pub const LONG: &str = "消息太长\n";
/// What one client too many gets.
pub const BUSY: &str = "忙，请稍后再拨\n";

/// How long a client waits between two bytes.
const BETWEEN: Duration = Duration::from_millis(300);

/// Not before its time is over.
pub fn a_silent_client_gets_last_words(program: &Program) -> Verdict {
    serving_with(program, &["--idle", "0.4"], |server| {
        let client = in_time(Instant::now(), Duration::from_millis(400), || {
            let client = server.connect_client()?;
            client.stays_silent(BETWEEN * 2 / 3)?;
            Ok(client)
        })?;
        is_told(&client, IDLE)
    })
}

/// The time begins again with each reply.
pub fn a_client_that_talks_is_not_idle(program: &Program) -> Verdict {
    serving_with(program, &["--idle", "0.5"], |server| {
        let client = server.connect_client()?;
        for _message in 0..2 {
            in_time(Instant::now(), Duration::from_millis(500), || {
                is_served(&client)?;
                client.stays_silent(BETWEEN)?;
                is_served(&client)
            })?;
        }
        Ok(())
    })
}

/// One byte every 300 ms. No recv waits long, but the message never ends.
pub fn a_slow_message_gets_last_words(program: &Program) -> Verdict {
    serving_with(program, &["--message", "0.7"], |server| {
        let client = server.connect_client()?;
        sends_slowly(&client)
    })
}

/// The first bytes of a message come with the end of another.
pub fn a_message_after_another_has_its_whole_time(program: &Program) -> Verdict {
    let limit = Duration::from_millis(700);
    serving_with(program, &["--message", "0.7"], |server| {
        let client = server.connect_client()?;
        let one = Instant::now();
        in_time(one, limit, || {
            client.sends("o")?;
            client.stays_silent(BETWEEN)
        })?;
        let two = Instant::now();
        in_time(one, limit, || client.sends("ne\ntw"))?;
        in_time(two, limit, || {
            client.receives(reply(3))?;
            client.stays_silent(BETWEEN + Duration::from_millis(200))?;
            client.sends("o\n")
        })?;
        client.receives(reply(3))?;
        // Between messages only the other limit counts.
        client.stays_silent(Duration::from_millis(900))?;
        is_served(&client)
    })
}

/// A server that closed with bytes unread would reset the connection.
pub fn last_words_reach_a_client_that_goes_on_sending(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        client.sends("x".repeat(1 << 20))?;
        is_told(&client, LONG)?;
        goes_on_sending(&client, BETWEEN / 2)
    })
}

/// The others are served, and so is the next one when there is room again.
pub fn one_client_too_many_gets_words(program: &Program) -> Verdict {
    serving_with(program, &["--clients", "2"], |server| {
        let (one, two) = (server.connect_named("one")?, server.connect_named("two")?);
        is_served(&one)?;
        is_served(&two)?;
        is_told(&server.connect_named("three")?, BUSY)?;
        is_served(&one)?;
        two.closes_gracefully()?;
        is_let_in(server, "four").map(drop)
    })
}

/// A close, a reset, and a message that is too long.
pub fn each_ending_makes_room_for_another_client(program: &Program) -> Verdict {
    serving_with(program, &["--clients", "1"], |server| {
        is_let_in(server, "one")?.closes_gracefully()?;
        is_let_in(server, "two")?.resets()?;
        let mut three = is_let_in(server, "three")?;
        three.sends("x".repeat(4097))?;
        is_told(&three, LONG)?;
        three.closes();
        is_let_in(server, "four").map(drop)
    })
}

/// They stay, and say nothing. The server lingers for each of them, but not in the way of the others.
pub fn refused_clients_delay_no_other(program: &Program) -> Verdict {
    serving_with(program, &["--clients", "2"], |server| {
        let works = is_let_in(server, "works")?;
        let leaves = is_let_in(server, "leaves")?;
        let mut crowd = Crowd::before(server.address(), program.deadline);
        crowd.grows_by(20)?;
        crowd.works_until(|member| member.received == gbk(BUSY))?;
        is_served(&works)?;
        leaves.closes_gracefully()?;
        let soon = Instant::now() + Duration::from_secs(1);
        is_let_in(server, "next")?;
        match Instant::now() < soon {
            true => Ok(()),
            false => Err(Fault::Stopped(Stop::Silence)),
        }
    })
}

/// Beyond 64 of them at once, a refused client is closed without words.
pub fn refusing_is_bounded(program: &Program) -> Verdict {
    serving_with(program, &["--clients", "1"], |server| {
        let works = is_let_in(server, "works")?;
        let mut crowd = Crowd::before(server.address(), program.deadline);
        // The server lingers for a refused client for 2 s, and then another one gets words.
        in_time(Instant::now(), Duration::from_secs(2), || {
            crowd.grows_by(200)?;
            crowd.works_until(|member| member.received == gbk(BUSY) || member.has_stopped())
        })?;
        let with_words = crowd.members.iter().filter(|one| !one.received.is_empty()).count();
        if !(1..=64).contains(&with_words) {
            return Err(Fault::new(format!("{with_words} refused clients got words at once")));
        }
        is_served(&works)
    })
}

/// One line a second at most, and no line for each of them.
pub fn refused_clients_are_counted(program: &Program) -> Verdict {
    let begin = Instant::now();
    let server = Server::start_with(program, program.address()?, &["--clients", "1"])?;
    let _works = is_let_in(&server, "works")?;
    let mut crowd = Crowd::before(server.address(), program.deadline);
    crowd.grows_by(20)?;
    crowd.works_until(|member| member.received == gbk(BUSY))?;
    server.has_said(" refused")?;
    let said = String::from_utf8(server.ends_at_ctrl_c()?.stderr)?;
    let lines = said.lines().filter(|line| line.ends_with(" refused"));
    let counts: Vec<usize> = lines
        .map(|line| line.split(' ').next()?.parse().ok())
        .collect::<Option<_>>()
        .unwrap_or_default();
    stage::fault::same(&counts.iter().sum(), &20)?;
    stage::fault::same(&said.matches(" connected (").count(), &1)?;
    match counts.len() as u64 {
        count if count <= begin.elapsed().as_secs() + 2 => Ok(()),
        count => Err(Fault::new(format!("{count} lines about refused clients"))),
    }
}

/// Each client needs a descriptor, and 100 more are for everything else.
pub fn too_few_descriptors_are_an_error(program: &Program) -> Verdict {
    let limited = program.under_limit("-n 200");
    let words = limited.words(program.address()?, &["--clients", "101"]);
    let output = Process::start(&Stage::of_our_group(), &words)?.ends(program.deadline)?;
    stage::fault::same(&output.status.code(), &Some(2))?;
    let error = "error: 101 clients need 201 descriptors, and 200 are allowed: ulimit -n 201\n";
    stage::fault::same(&*String::from_utf8_lossy(&output.stderr), error)?;
    serving_with(&limited, &["--clients", "100"], |server| is_served(&server.connect_client()?))
}

/// The system allows a program more than it begins with.
pub fn the_limit_of_descriptors_is_raised(program: &Program) -> Verdict {
    let program = program.under_limit("-S -n 30");
    serving_with(&program, &["--clients", "40"], |server| {
        let mut crowd = Crowd::before(server.address(), program.deadline);
        crowd.grows_by(40)?;
        crowd.members.iter_mut().for_each(|member| member.will_send("hello\n"));
        crowd.works_until(|member| member.received == reply(5))
    })
}

/// The kernel would keep the replies for minutes.
pub fn nothing_is_kept_for_a_client_that_never_reads(program: &Program) -> Verdict {
    serving_with(program, &["--write", "0.5"], |server| {
        let deaf = server.connect_narrow("deaf")?;
        is_owed_replies(server, &deaf)?;
        says_of(server, &deaf, " does not read (0 now)")?;
        let soon = program.deadline.or_after(Duration::from_secs(1));
        kernel::keeps_neither_end(soon, server.address(), deaf.address())
    })
}

/// The network goes down: neither FIN nor RST arrives. Keepalive notices that one client has gone, and
/// TCP_USER_TIMEOUT that the other one does not acknowledge its reply.
#[cfg(target_os = "linux")]
pub fn clients_that_vanish_are_noticed(program: &Program) -> Verdict {
    serving_with(program, &["--idle", "600"], |server| {
        let (silent, asks) = (server.connect_named("silent")?, server.connect_named("asks")?);
        is_served(&silent)?;
        is_served(&asks)?;
        server.is_suspended()?;
        asks.sends("hello\n")?;
        stage::namespaces::set_loopback(false)?;
        server.is_resumed()?;
        says_of(server, &silent, " has vanished")?;
        says_of(server, &asks, " has vanished")
    })
}

/// Sends messages, without reading, until the server is blocked in a reply although it has read all
/// messages. With bytes unread, each close is a reset.
pub fn is_owed_replies(server: &Server, client: &Connection) -> Verdict {
    let handed = || -> Result<usize, Fault> {
        let (server, client) = (server.address(), client.address());
        let waits = socket_table::connection(server, client)?.and_then(|one| one.send_queue);
        let arrived = socket_table::connection(client, server)?.and_then(|one| one.receive_queue);
        Ok((waits.unwrap_or(0) + arrived.unwrap_or(0)) as usize)
    };
    let line = format!("{}>>>\n", client.address());
    let (mut owed, mut printed) = (0, 0);
    loop {
        client.sends("\n".repeat(LONGEST))?;
        printed += LONGEST * line.len();
        server.has_printed_bytes(printed)?;
        owed += LONGEST * reply(0).len();
        // All is printed, so a server that sleeps is in recv, or in send. Until bytes are acknowledged
        // they are counted at both ends.
        let rests = || Ok::<_, Fault>((server.is_blocked()? && handed()? <= owed).then_some(()));
        client.deadline().look(rests)?.ok_or(Fault::StoppedReceiving)?;
        if handed()? < owed {
            return Ok(());
        }
    }
}

/// It sends requests, and takes no reply.
pub fn a_client_that_never_reads_is_reset(program: &Program) -> Verdict {
    serving_with(program, &["--write", "0.5"], |server| {
        let deaf = server.connect_narrow("deaf")?;
        sends_until_it_fails(&deaf, |_| Ok(()))?;
        says_of(server, &deaf, " does not read (0 now)")?;
        is_served(&server.connect_named("other")?)
    })
}

/// It takes some bytes of a reply now and then: the limit is for all of the reply.
pub fn a_client_that_reads_too_slowly_is_reset(program: &Program) -> Verdict {
    serving_with(program, &["--write", "0.5"], |server| {
        let slow = server.connect_narrow("slow")?;
        sends_until_it_fails(&slow, |client| client.reads(&mut [0; 512]).map(drop))?;
        says_of(server, &slow, " does not read (0 now)")
    })
}

/// One line for each.
pub fn standard_error_says_which_limit_ended_a_connection(program: &Program) -> Verdict {
    serving_with(program, &["--idle", "1", "--message", "0.4"], |server| {
        let silent = server.connect_named("silent")?;
        is_told(&silent, IDLE)?;
        silent.closes_gracefully()?;
        says_of(server, &silent, " was silent too long (0 now)")?;
        let slow = server.connect_named("slow")?;
        sends_slowly(&slow)?;
        slow.closes_gracefully()?;
        says_of(server, &slow, " was too slow (0 now)")
    })
}

/// In seconds, which may have a decimal; and whole numbers of clients.
pub fn limits_are_numbers_above_0(program: &Program) -> Verdict {
    for words in [["--idle", "0"], ["--message", "-1"], ["--write", "never"], ["--clients", "0.5"]]
    {
        let output = program.start(&words)?.ends(program.deadline)?;
        stage::fault::same(&output.status.code(), &Some(2))?;
        stage::fault::same(&output.stderr.iter().filter(|byte| **byte == b'\n').count(), &1)?;
    }
    Ok(())
}

/// Keepalive: its timer runs on the server's socket, as the kernel's table shows.
pub fn the_kernel_asks_whether_a_silent_client_is_there(program: &Program) -> Verdict {
    serving(program, |server| {
        let client = server.connect_client()?;
        is_served(&client)?;
        let (server, client) = (server.address().port(), client.address().port());
        let ends = format!(":{server:04X} 0100007F:{client:04X} 01");
        kernel::wait_for(program.deadline, "keepalive within 15 s", "15 秒内的保活", || {
            let table = std::fs::read_to_string("/proc/net/tcp")?;
            let entry = table.lines().find(|line| line.contains(&ends));
            let timer = entry.and_then(|line| line.split_whitespace().nth(5));
            // Which timer, and after how many 1/100 s: proc_net_tcp.rst of the kernel's documentation.
            let left = timer.and_then(|timer| timer.strip_prefix("02:"));
            let left = left.and_then(|left| u32::from_str_radix(left, 16).ok());
            Ok(left.is_some_and(|left| left <= 1500))
        })
    })
}

/// A client gets `words`, and then the end of the stream, which is not a reset.
pub fn is_told(client: &Connection, words: &str) -> Verdict {
    client.receives(gbk(words))?;
    client.receives_the_end()
}

/// What a client does within `limit`. If it was later, the server was right to close.
fn in_time<T>(
    begin: Instant,
    limit: Duration,
    act: impl FnOnce() -> Result<T, Fault>,
) -> Result<T, Fault> {
    match act() {
        Err(fault) if fault.is_wait() => Err(fault),
        _ if begin.elapsed() > limit => Err(Fault::ClientWasLate),
        done => done,
    }
}

/// Sends one byte after the other, until the server says that it is too slow and ends the stream.
fn sends_slowly(client: &Connection) -> Verdict {
    for _byte in 0..8 {
        client.sends("x")?;
        if !client.is_silent_for(BETWEEN)? {
            return is_told(client, SLOW);
        }
    }
    client.takes(receiving(&gbk(SLOW)));
    Err(Fault::Sent { expected: gbk(SLOW), found: Vec::new(), stop: Some(Stop::Silence) })
}

/// The client sends on for some time, after the end of the stream, and is not reset.
pub fn goes_on_sending(client: &Connection, time: Duration) -> Verdict {
    let mut stream = client.try_clone()?;
    client.deadline().or_after(time).look(|| match stream.write(b"more\n") {
        Err(error) if shared::is_reset(&error) => Err(Fault::Stopped(Stop::Reset)),
        result => Ok(result.map(|_| None::<()>)?),
    })?;
    Ok(())
}

/// Connects until there is room, and is served: the last client may not have been counted out yet.
pub fn is_let_in(server: &Server, name: &str) -> Result<Connection, Fault> {
    let first = server.connect_named(name)?;
    let mut tried = is_served(&first).map(|()| first);
    while let Err(Fault::Sent { found, .. }) = &tried
        && gbk(BUSY).starts_with(found)
        && !server.deadline().has_passed()
    {
        thread::sleep(POLL_INTERVAL);
        // One more try is the same step.
        let (who, steps) = (Who::Client(Some(name.into())), Steps::default());
        let again = Connection::to(server.address(), who, server.deadline(), &steps)
            .map_err(Fault::from)
            .and_then(|client| is_served(&client).map(|()| client));
        // If the time is up in the middle of a try, the fault is the refusal before it.
        if again.is_err() && server.deadline().has_passed() {
            break;
        }
        tried = again;
    }
    tried.map(|client| client.noting(&server.steps))
}

fn receiving(bytes: &[u8]) -> Act {
    Act::Receive(Want::Exactly(bytes.to_vec()))
}

/// Sends lines without end, and does `more` after each piece, until the connection is lost.
fn sends_until_it_fails(client: &Connection, more: impl Fn(&Connection) -> Verdict) -> Verdict {
    let mut stream = client.try_clone()?;
    stream.set_write_timeout(Some(Duration::from_millis(50)))?;
    let lines = b"\n".repeat(10_000);
    loop {
        match retry_on_eintr(|| stream.write(&lines)) {
            Err(error) if shared::is_reset(&error) => return Ok(()),
            Err(error) if is_timeout(&error) => {}
            result => drop(result?),
        }
        match more(client) {
            Err(Fault::Stopped(Stop::Reset)) => return Ok(()),
            verdict => verdict?,
        }
        if client.deadline().has_passed() {
            return Err(Fault::DidNotClose);
        }
    }
}
