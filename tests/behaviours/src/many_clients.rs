//! Many clients at once: a thread for each (lesson 06).

use std::collections::HashMap;
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use stage::fault::Stop;
use stage::{
    Connection, Crowd, Fault, Program, Server, Verdict, allow_thousands_of_sockets, kernel,
};

use crate::framing::{reply, says_of, sends_until_blocked};
use crate::serving::serving;
use crate::transcript;

/// The first client says nothing; the others are served, and then the first one.
pub fn a_silent_client_delays_no_other(program: &Program) -> Verdict {
    serving(program, |server| {
        let silent = server.connect_named("silent")?;
        says_of(server, &silent, " connected (1 now)")?;
        let (one, other) = (server.connect_named("one")?, server.connect_named("other")?);
        is_served(&one)?;
        is_served(&other)?;
        is_served(&silent)?;
        let lines = [&one, &other, &silent].map(|client| transcript::of(client, &["hello"]));
        server.has_printed(&lines.concat())
    })
}

/// One line each, with the number of clients that are left.
pub fn standard_error_says_who_connects_and_who_closes(program: &Program) -> Verdict {
    serving(program, |server| {
        let mut one = server.connect_named("one")?;
        says_of(server, &one, " connected (1 now)")?;
        let other = server.connect_named("other")?;
        says_of(server, &other, " connected (2 now)")?;
        one.closes();
        says_of(server, &one, " closed (1 now)")?;
        other.closes_gracefully()?;
        says_of(server, &other, " closed (0 now)")
    })
}

/// However it ends, the connection is counted once and reported once.
pub fn it_counts_each_ending_of_a_connection(program: &Program) -> Verdict {
    serving(program, |server| {
        let stays = server.connect_named("stays")?;
        is_served(&stays)?;
        let mut resets = server.connect_named("resets")?;
        is_served(&resets)?;
        resets.resets()?;
        says_of(server, &resets, " reset the connection (1 now)")?;
        let long = server.connect_named("long")?;
        long.sends("x".repeat(4097))?;
        says_of(server, &long, " sent a message longer than 4096 bytes (1 now)")?;
        let half = server.connect_named("half")?;
        half.sends("half")?;
        half.closes_gracefully()?;
        says_of(server, &half, ": incomplete message of 4 bytes")?;
        says_of(server, &half, " closed (1 now)")?;
        is_served(&stays)
    })
}

/// A client fills the buffers of both directions. Its thread waits, and no other does.
pub fn a_client_that_never_reads_delays_no_other(program: &Program) -> Verdict {
    serving(program, |server| {
        let deaf = server.connect_narrow("deaf")?;
        sends_until_blocked(&deaf)?;
        is_served(&server.connect_named("other")?)
    })
}

/// Each of `--workers 4` waits for one of them, so that the fifth client waits in the accept queue
/// until one has gone.
pub fn four_silent_clients_starve_four_workers(program: &Program) -> Verdict {
    let server = Server::start_with(program, program.address()?, &["--workers", "4"])?;
    let mut silent = Vec::new();
    for number in 1..=4 {
        silent.push(server.connect_named("silent")?);
        server.has_said(&format!(" connected ({number} now)"))?;
    }
    let fifth = server.connect_named("fifth")?;
    fifth.sends("hello\n")?;
    kernel::shows_waiting_clients(program.deadline, 1, server.address())?;
    fifth.stays_silent(Duration::from_millis(300))?;
    silent[0].closes();
    fifth.receives(reply(5))
}

/// A backlog of n holds n + 1 connections. The SYN of the next client is dropped, so that connect
/// waits.
pub fn a_backlog_of_three_holds_four_clients(program: &Program) -> Verdict {
    let options = ["--workers", "1", "--backlog", "3"];
    let server = Server::start_with(program, program.address()?, &options)?;
    let _served = server.connect_named("served")?;
    server.has_said(" connected (1 now)")?;
    let _waiting: Vec<_> =
        (0..4).map(|_| server.connect_named("waiting")).collect::<Result<_, _>>()?;
    kernel::shows_waiting_clients(program.deadline, 4, server.address())?;
    match TcpStream::connect_timeout(&server.address(), Duration::from_millis(300)) {
        Err(error) if error.kind() == std::io::ErrorKind::TimedOut => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err(Fault::new("a sixth client has connected")),
    }
}

/// Nothing is lost, nothing is out of order, and no line is within another.
pub fn the_lines_of_a_hundred_clients_are_whole_and_in_order(program: &Program) -> Verdict {
    all_is_printed(program, 100, 20)
}

/// The same.
pub fn the_lines_of_a_thousand_clients_are_whole_and_in_order(program: &Program) -> Verdict {
    all_is_printed(program, 1000, 100)
}

/// In a rush a client may be connected to a server that does not know it, where the accept queue is
/// too short.
pub fn two_hundred_clients_that_connect_at_once_are_all_answered(program: &Program) -> Verdict {
    all_are_answered(program, 200)
}

/// The same.
pub fn four_thousand_clients_that_connect_at_once_are_all_answered(program: &Program) -> Verdict {
    all_are_answered(program, 4000)
}

/// EMFILE is said once. The loop does not spin; it accepts the others when descriptors are free.
pub fn without_descriptors_it_waits_for_a_client_to_close(program: &Program) -> Verdict {
    serving(program, |server| {
        let mut crowd = Crowd::before(server.address(), program.deadline);
        // While the first threads begin, glibc opens a file, once, and closes it again.
        crowd.grows_by(20)?;
        all_say_hello(&mut crowd)?;
        server.may_open(30)?;
        crowd.grows_by(20)?;
        server.has_said("error: accept: ")?;
        let (begin, before) = (Instant::now(), server.cpu_time()?);
        thread::sleep(Duration::from_millis(500));
        let computed = server.cpu_time()?.saturating_sub(before);
        if computed > begin.elapsed().mul_f64(0.02) {
            return Err(Fault::new(format!("it computed for {computed:?} in half a second")));
        }
        stage::fault::same(&server.count_said("error: accept: "), &1)?;
        crowd.shrinks_by(30);
        all_say_hello(&mut crowd)
    })
}

/// If the system allows no more threads, the server closes the new connection, and serves the other
/// clients.
pub fn without_threads_it_serves_the_clients_that_it_has(program: &Program) -> Verdict {
    serving(&program.under_limit("-v 60000"), |server| {
        let first = server.connect_named("first")?;
        is_served(&first)?;
        let mut crowd = Crowd::before(server.address(), program.deadline);
        crowd.grows_by(60)?;
        server.has_said(": cannot start a thread: ")?;
        is_served(&first)?;
        crowd.shrinks_by(60);
        first.closes_gracefully()?;
        server.has_said(" (0 now)")?;
        // A thread says so before the kernel frees its stack.
        let served = || Ok::<_, Fault>(is_served(&server.connect_named("last")?).ok());
        program.deadline.look(served)?.ok_or(Fault::Stopped(Stop::Reset))
    })
}

/// A client sends `hello` and gets its reply.
pub fn is_served(client: &Connection) -> Verdict {
    client.sends("hello\n")?;
    client.receives(reply(5))
}

fn all_are_answered(program: &Program, count: usize) -> Verdict {
    allow_thousands_of_sockets();
    serving(program, |server| {
        let mut crowd = Crowd::before(server.address(), program.deadline);
        crowd.grows_by(count)?;
        all_say_hello(&mut crowd)?;
        server.has_said(&format!(" connected ({count} now)"))
    })
}

fn all_say_hello(crowd: &mut Crowd) -> Verdict {
    crowd.members.iter_mut().for_each(|member| member.will_send("hello\n"));
    crowd.works_until(|member| member.received == reply(5))
}

fn all_is_printed(program: &Program, clients: usize, messages: usize) -> Verdict {
    allow_thousands_of_sockets();
    let server = Server::start(program)?;
    let mut crowd = Crowd::before(server.address(), program.deadline);
    crowd.grows_by(clients)?;
    let texts: Vec<String> = (0..messages).map(|number| format!("message {number}")).collect();
    let replies: Vec<u8> = texts.iter().flat_map(|text| reply(text.len())).collect();
    let said: String = texts.iter().map(|text| format!("{text}\n")).collect();
    crowd.members.iter_mut().for_each(|member| member.will_send(&said));
    crowd.works_until(|member| member.received == replies)?;
    let ended = server.ends_at_ctrl_c()?;
    counts_one_by_one(&String::from_utf8_lossy(&ended.stderr))?;
    let printed = String::from_utf8_lossy(&ended.stdout);
    let mut of_client: HashMap<SocketAddr, Vec<&str>> = HashMap::new();
    for line in printed.lines() {
        let (client, text) = line.split_once(">>>").ok_or_else(|| Fault::new(line))?;
        of_client.entry(client.parse()?).or_default().push(text);
    }
    let lost =
        crowd.members.iter().filter(|one| of_client.get(&one.address) != Some(&texts_of(&texts)));
    stage::fault::same(&(of_client.len(), lost.count()), &(clients, 0))
}

/// The numbers in `(N now)` come in order: each is one more than the one before it, or one less.
fn counts_one_by_one(said: &str) -> Verdict {
    let mut before = 0_i32;
    for line in said.lines().filter(|line| line.ends_with(" now)")) {
        let number = line.rsplit('(').next().and_then(|rest| rest.split(' ').next()?.parse().ok());
        match number {
            Some(number) if before.abs_diff(number) == 1 => before = number,
            _ => return Err(Fault::new(format!("after {before}: {line}"))),
        }
    }
    Ok(())
}

fn texts_of(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
