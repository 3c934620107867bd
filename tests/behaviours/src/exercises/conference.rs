//! Exercise 06: the message of one client goes to all others.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use shared::gbk;
use stage::{Connection, Crowd, Deadline, Fault, Member, Program, Server, Verdict, sent};

use crate::serving::{receives_bytes, serving, serving_until_ctrl_c};

/// How many messages of 4096 bytes are sent beside a client that never reads, in bursts of so many. The
/// end of a burst can wait 40 ms for a delayed ACK if the server does not set TCP_NODELAY.
const MESSAGES: usize = 32_000;
const BURST: usize = 250;

/// A burst takes some milliseconds. On a slow or busy machine all of them may take longer than a
/// behaviour is examined, but one of them does not.
const BURST_TIMEOUT: Duration = Duration::from_secs(5);

/// The most memory that this may cost, of the 126 MiB that are sent. Where memory is collected (Node), 30
/// MiB are used before that, and 50 on a busy machine.
const MEMORY: u64 = 80 << 20;

/// The newcomer receives its own announcement: from then on it belongs to the conference.
pub fn a_newcomer_is_announced_to_all(program: &Program) -> Verdict {
    serving(program, |server| {
        let ann = server.connect_named("ann")?;
        ann.receives(comes(&ann))?;
        let bob = server.connect_named("bob")?;
        ann.receives(comes(&bob))?;
        bob.receives(comes(&bob))
    })
}

/// All others receive it, with the client that has sent it.
pub fn all_others_receive_a_message(program: &Program) -> Verdict {
    serving(program, |server| {
        let [ann, bob, eve] = conference(server, ["ann", "bob", "eve"])?;
        ann.sends(gbk("你好，各位\n"))?;
        bob.receives(line(&ann, gbk("你好，各位")))?;
        eve.receives(line(&ann, gbk("你好，各位")))?;
        eve.sends("hello\r\n")?;
        bob.receives(line(&eve, "hello"))
    })
}

/// The next line that it receives is that of another client.
pub fn the_sender_does_not_receive_its_message(program: &Program) -> Verdict {
    serving(program, |server| {
        let [ann, bob] = conference(server, ["ann", "bob"])?;
        ann.sends("from ann\n")?;
        bob.receives(line(&ann, "from ann"))?;
        bob.sends("from bob\n")?;
        ann.receives(line(&bob, "from bob"))
    })
}

/// A message in pieces is relayed when its end has come; two in one send are two.
pub fn a_message_is_relayed_when_it_is_complete(program: &Program) -> Verdict {
    serving(program, |server| {
        let [ann, bob, eve] = conference(server, ["ann", "bob", "eve"])?;
        ann.sends("from ")?;
        ann.waits_until_received()?;
        bob.sends("one\ntwo\n")?;
        eve.receives([line(&bob, "one"), line(&bob, "two")].concat())?;
        ann.sends("ann\n")?;
        eve.receives(line(&ann, "from ann"))
    })
}

/// Whatever they are: half a character, a byte that is not valid GBK. The others talk on.
pub fn the_bytes_of_a_message_are_not_changed(program: &Program) -> Verdict {
    serving(program, |server| {
        let [ann, bob] = conference(server, ["ann", "bob"])?;
        for message in [b"half\xc4".as_slice(), b"\xff\xfe", b""] {
            ann.sends([message, b"\n"].concat())?;
            bob.receives(line(&ann, message))?;
        }
        bob.sends("hello\n")?;
        ann.receives(line(&bob, "hello"))
    })
}

/// One closes, one resets; the others receive it once each, and talk on.
pub fn a_client_that_leaves_is_announced(program: &Program) -> Verdict {
    serving(program, |server| {
        let [ann, mut bob, mut eve, dan] = conference(server, ["ann", "bob", "eve", "dan"])?;
        bob.closes();
        ann.receives(leaves(&bob))?;
        dan.receives(leaves(&bob))?;
        eve.resets()?;
        ann.receives(leaves(&eve))?;
        dan.receives(leaves(&eve))?;
        ann.sends("hello\n")?;
        dan.receives(line(&ann, "hello"))
    })
}

/// If a client closes in the middle of a message, this part is not relayed.
pub fn half_a_message_is_not_relayed(program: &Program) -> Verdict {
    serving(program, |server| {
        let [ann, mut bob, eve] = conference(server, ["ann", "bob", "eve"])?;
        bob.sends("half")?;
        bob.waits_until_received()?;
        bob.closes();
        ann.receives(leaves(&bob))?;
        eve.receives(leaves(&bob))?;
        eve.sends("hello\n")?;
        ann.receives(line(&eve, "hello"))
    })
}

/// Six clients send at the same time. For any two of them, the lines that both receive come in the
/// same order.
pub fn all_receive_the_lines_in_the_same_order(program: &Program) -> Verdict {
    serving(program, |server| all_hear_all(program, server, 6, 50))
}

/// Fifty at once: each receives the message of each other one.
pub fn fifty_clients_talk_at_once(program: &Program) -> Verdict {
    serving(program, |server| all_hear_all(program, server, 50, 2))
}

/// One of them never reads: the others receive 126 MiB in the meantime, and the server keeps little of
/// it.
pub fn a_client_that_never_reads_delays_no_other_client(program: &Program) -> Verdict {
    serving(program, |server| {
        let [_deaf, ann, mut bob] = conference(server, ["deaf", "ann", "bob"])?;
        let before = memory(server)?;
        let text = vec![b'x'; 4096];
        ann.sends([&*text, b"\n"].concat())?;
        bob.receives(line(&ann, &text))?;
        // All others are like this one.
        let burst = [&*text, b"\n"].concat().repeat(BURST);
        let mut stream = ann.try_clone()?;
        stream.set_write_timeout(Some(BURST_TIMEOUT))?;
        for _burst in 0..MESSAGES / BURST {
            bob.has_until(Deadline::after(BURST_TIMEOUT));
            sent(stream.write_all(&burst))?;
            receives_bytes(&bob, line(&ann, &text).len() * BURST)?;
        }
        let more = memory(server)?.saturating_sub(before);
        if more > MEMORY { Err(Fault::Hoarded(more)) } else { Ok(()) }
    })
}

/// It ends at Ctrl-C, and not before.
pub fn talks_until_ctrl_c(program: &Program) -> Verdict {
    serving_until_ctrl_c(program, |server| {
        let [mut ann, bob] = conference(server, ["ann", "bob"])?;
        ann.closes();
        bob.receives(leaves(&ann))
    })
}

/// Clients of these names, each of which has received that it has come.
fn conference<const N: usize>(server: &Server, names: [&str; N]) -> Result<[Connection; N], Fault> {
    let mut clients: Vec<Connection> = Vec::new();
    for name in names {
        clients.push(server.connect_named(name)?);
        let announced = comes(&clients[clients.len() - 1]);
        clients.iter().try_for_each(|client| client.receives(&announced))?;
    }
    Ok(clients.try_into().unwrap_or_else(|_| unreachable!("there is one for each name")))
}

/// So many clients send so many messages each, all at the same time. Each receives those of all others.
fn all_hear_all(program: &Program, server: &Server, clients: usize, messages: usize) -> Verdict {
    server.listens()?;
    let mut crowd = Crowd::before(server.address(), program.deadline);
    crowd.grows_by(clients)?;
    crowd.works_until(|member| member.lines().any(|line| line == come(member.address)))?;
    for member in &mut crowd.members {
        member.will_send((0..messages).map(|n| format!("{n}\n")).collect::<String>());
    }
    let is_message = |line: &&[u8]| !line.ends_with(&gbk("来了"));
    let all = (clients - 1) * messages;
    let waited = crowd.works_until(|member| member.lines().filter(is_message).count() >= all);
    let addresses: Vec<SocketAddr> = crowd.members.iter().map(|member| member.address).collect();
    for member in &crowd.members {
        has_whole_lines(member, &addresses, messages)?;
    }
    waited?;
    if are_in_one_order(&crowd.members) { Ok(()) } else { Err(Fault::TwoOrders) }
}

/// Each line is the announcement of a client, or one of the messages of another one.
fn has_whole_lines(member: &Member, clients: &[SocketAddr], messages: usize) -> Verdict {
    let mut expected: HashSet<Vec<u8>> = clients.iter().map(|client| come(*client)).collect();
    for client in clients.iter().filter(|client| **client != member.address) {
        expected.extend((0..messages).map(|number| format!("{client}>>>{number}").into_bytes()));
    }
    match member.lines().find(|line| !expected.contains(*line)) {
        Some(line) => Err(Fault::Mixed(line.to_vec())),
        None => Ok(()),
    }
}

/// For any two of them, the lines that both have received came in the same order.
fn are_in_one_order(members: &[Member]) -> bool {
    let places = members.iter().map(|member| member.lines().zip(0..).collect());
    let places: Vec<HashMap<&[u8], usize>> = places.collect();
    members.iter().enumerate().all(|(number, one)| {
        let is_in_order = |other: &HashMap<&[u8], usize>| {
            one.lines().filter_map(|line| other.get(line)).is_sorted()
        };
        places[..number].iter().all(is_in_order)
    })
}

/// How much memory the server has had, on Linux, which shows it.
fn memory(server: &Server) -> Result<u64, Fault> {
    if cfg!(target_os = "linux") { server.peak_memory() } else { Ok(0) }
}

/// The line that announces a client, without its end.
fn come(client: SocketAddr) -> Vec<u8> {
    gbk(&format!("{client} 来了"))
}

/// The line that announces a client.
fn comes(client: &Connection) -> Vec<u8> {
    gbk(&format!("{} 来了\n", client.address()))
}

/// The line that says that a client has gone.
fn leaves(client: &Connection) -> Vec<u8> {
    gbk(&format!("{} 走了\n", client.address()))
}

/// The line with a message of a client.
fn line(client: &Connection, message: impl AsRef<[u8]>) -> Vec<u8> {
    [format!("{}>>>", client.address()).as_bytes(), message.as_ref(), b"\n"].concat()
}
