//! How a server ends while clients are connected: Ctrl-C and SIGTERM (lesson 07). Windows has no
//! signal for this: there it is not tried.

use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use shared::gbk;
use shared::socket_table::{self, State};
use stage::act::{Act, Who};
use stage::{Crowd, Fault, Program, Server, Verdict, kernel};

use crate::framing::{reply, says_of, sends_until_blocked};
use crate::many_clients::is_served;
use crate::timeouts::{LONG, goes_on_sending, is_owed_replies, is_told};
use crate::transcript;

/// What each client gets at closing time.
const GOODBYE: &str = "再见\n";

/// What `--grace 0.3` allows.
const GRACE: Duration = Duration::from_millis(300);

/// How long the kernel may need to end a process, on a busy machine: up to 0.3 s were measured.
const TO_EXIT: Duration = Duration::from_millis(600);

/// How much longer than the grace the end may take, on a busy machine too.
const MOMENT: Duration = Duration::from_secs(2);

/// Three clients, one of which has sent nothing yet. All get their last words, and all that was
/// printed before is there.
pub fn at_ctrl_c_each_client_gets_goodbye(program: &Program) -> Verdict {
    ends_in_order(program, Server::gets_ctrl_c)
}

/// `docker stop` and systemd send this one.
pub fn sigterm_ends_it_like_ctrl_c(program: &Program) -> Verdict {
    ends_in_order(program, Server::gets_sigterm)
}

fn ends_in_order(program: &Program, signal: fn(&Server) -> Verdict) -> Verdict {
    let Some(server) = start(program, &[])? else { return Ok(()) };
    let (alice, bob) = (server.connect_named("alice")?, server.connect_named("bob")?);
    is_served(&alice)?;
    // The server accepts in this order. So it has accepted bob when carol is served.
    let carol = server.connect_named("carol")?;
    is_served(&carol)?;
    server.steps.take(Who::Server, Act::Interrupt);
    signal(&server)?;
    for client in [alice, bob, carol] {
        is_told(&client, GOODBYE)?;
        client.closes_gracefully()?;
    }
    server.exits_with_status_0().map(drop)
}

/// It has sent something that the server has not read when it says goodbye.
pub fn goodbye_reaches_a_client_that_goes_on_sending(program: &Program) -> Verdict {
    let Some(server) = start(program, &[])? else { return Ok(()) };
    let client = server.connect_client()?;
    is_served(&client)?;
    interrupt(&server)?;
    client.receives(gbk(GOODBYE))?;
    client.receives_the_end()?;
    goes_on_sending(&client, TO_EXIT)?;
    client.closes_gracefully()?;
    server.exits_with_status_0().map(drop)
}

/// Twenty clients send without a pause. Whenever Ctrl-C comes: each message has a line and a reply,
/// or neither.
pub fn a_message_is_printed_if_and_only_if_it_is_answered(program: &Program) -> Verdict {
    let Some(server) = start(program, &["--grace", "60"])? else { return Ok(()) };
    let mut crowd = Crowd::before(server.address(), program.deadline);
    crowd.grows_by(20)?;
    crowd.members.iter_mut().for_each(|member| member.will_send("hello\n".repeat(4_000)));
    crowd.works_until(|member| member.lines().count() > 100)?;
    interrupt(&server)?;
    crowd.works_until(|member| member.received.ends_with(&gbk(GOODBYE)))?;
    let answered: usize = crowd.members.iter().map(|one| one.lines().count() - 1).sum();
    drop(crowd);
    let printed = server.exits_with_status_0()?.stdout;
    let printed = printed.iter().filter(|byte| **byte == b'\n').count();
    stage::fault::same(&printed, &answered)
}

/// It is reported, and neither printed nor answered.
pub fn half_a_message_at_ctrl_c_is_not_a_message(program: &Program) -> Verdict {
    let Some(server) = start(program, &[])? else { return Ok(()) };
    let client = server.connect_client()?;
    client.sends("whole\nhal")?;
    client.receives(reply(5))?;
    client.waits_until_received()?;
    let said = server.said();
    interrupt(&server)?;
    is_told(&client, GOODBYE)?;
    client.sends("f\n")?;
    client.closes_gracefully()?;
    let ended = server.exits_with_status_0()?;
    // Other lines only count the clients.
    let after = String::from_utf8_lossy(&ended.stderr[said..]);
    if after.lines().all(|line| line.ends_with(" now)")) {
        return Err(Fault::SaidNothing);
    }
    let printed = String::from_utf8_lossy(&ended.stdout);
    transcript::same(&transcript::of(&client, &["whole"]), &printed)
}

/// What is left of a message that was too long is not an incomplete one, and is not reported twice.
pub fn a_client_that_had_its_last_words_is_not_reported_at_ctrl_c(program: &Program) -> Verdict {
    let Some(server) = start(program, &[])? else { return Ok(()) };
    let client = server.connect_client()?;
    client.sends("x".repeat(5000))?;
    is_told(&client, LONG)?;
    let said = server.said();
    interrupt(&server)?;
    client.closes_gracefully()?;
    let ended = server.exits_with_status_0()?;
    let after = String::from_utf8_lossy(&ended.stderr[said..]).into_owned();
    stage::fault::same(&after.lines().filter(|line| !line.ends_with(" now)")).count(), &0)
}

/// One is silent and does not close, and one does not read. Both have been cut off when `--grace` is
/// over.
pub fn no_client_delays_the_end(program: &Program) -> Verdict {
    let Some(server) = start(program, &["--grace", "0.3"])? else { return Ok(()) };
    let silent = server.connect_named("silent")?;
    is_served(&silent)?;
    let deaf = server.connect_narrow("deaf")?;
    sends_until_blocked(&deaf)?;
    interrupt(&server)?;
    is_told(&silent, GOODBYE)?;
    server.within(GRACE + MOMENT).exits_with_status_0().map(drop)
}

/// While it still waits for a client.
pub fn a_second_ctrl_c_ends_it_at_once(program: &Program) -> Verdict {
    let Some(server) = start(program, &["--grace", "60"])? else { return Ok(()) };
    let client = server.connect_client()?;
    is_served(&client)?;
    interrupt(&server)?;
    is_told(&client, GOODBYE)?;
    interrupt(&server)?;
    stage::fault::same(&server.ends()?.status.code(), &Some(130))
}

/// At once.
pub fn ctrl_c_ends_it_while_no_client_is_connected(program: &Program) -> Verdict {
    let Some(server) = start(program, &["--grace", "60"])? else { return Ok(()) };
    server.listens()?;
    interrupt(&server)?;
    server.exits_with_status_0().map(drop)
}

/// It cannot connect to itself then.
pub fn ctrl_c_ends_it_without_descriptors(program: &Program) -> Verdict {
    let Some(server) = start(program, &["--grace", "0.3"])? else { return Ok(()) };
    server.may_open(30)?;
    let mut crowd = Crowd::before(server.address(), program.deadline);
    crowd.grows_by(40)?;
    server.has_said("error: accept: ")?;
    interrupt(&server)?;
    server.within(GRACE + MOMENT).exits_with_status_0().map(drop)
}

/// A thread that prints waits for the reader of the output. The others do not.
pub fn ctrl_c_ends_it_if_its_output_is_not_read(program: &Program) -> Verdict {
    if !cfg!(unix) {
        return Ok(());
    }
    let (_not_read, output) = std::io::pipe()?;
    let server = Server::start_printing_with(program, output, &["--grace", "0.3"])?;
    let deaf = server.connect_client()?;
    sends_until_blocked(&deaf)?;
    interrupt(&server)?;
    server.within(GRACE + 2 * MOMENT).exits_with_status_0().map(drop)
}

/// The same for standard error. The thread that says who has connected then waits with the lock of all
/// clients, so that no thread can say goodbye.
pub fn ctrl_c_ends_it_if_its_errors_are_not_read(program: &Program) -> Verdict {
    if !cfg!(unix) {
        return Ok(());
    }
    let (_not_read, output) = std::io::pipe()?;
    let mut filler = output.try_clone()?;
    let program = program.with_one_output();
    let server = Server::start_printing_with(&program, output, &["--grace", "0.3"])?;
    is_served(&server.connect_client()?)?;
    // Longer than any pipe. The thread ends when no program can read it any more.
    let (begins, begun) = mpsc::channel();
    thread::spawn(move || begins.send(()).map(|()| filler.write_all(&[b'x'; 16 << 20])));
    begun.recv()?;
    let not_announced = server.connect_client()?;
    not_announced.stays_silent(GRACE)?;
    interrupt(&server)?;
    server.within(GRACE + 2 * MOMENT).exits_with_status_0().map(drop)
}

/// The replies would stay in the kernel for minutes after an end in order.
pub fn at_ctrl_c_a_client_that_never_reads_is_reset(program: &Program) -> Verdict {
    let Some(server) = start(program, &["--grace", "0.3"])? else { return Ok(()) };
    server.listens()?;
    let deaf = server.connect_narrow("deaf")?;
    is_owed_replies(&server, &deaf)?;
    interrupt(&server)?;
    let address = server.address();
    server.within(GRACE + MOMENT).exits_with_status_0()?;
    kernel::keeps_neither_end(program.deadline.or_after(MOMENT), address, deaf.address())
}

/// While it waits for a client, it does not listen any more.
pub fn after_ctrl_c_no_client_is_accepted(program: &Program) -> Verdict {
    let Some(server) = start(program, &["--grace", "60"])? else { return Ok(()) };
    let client = server.connect_client()?;
    is_served(&client)?;
    interrupt(&server)?;
    is_told(&client, GOODBYE)?;
    // Not by a connect, which would wake accept.
    kernel::wait_for(program.deadline, "no listening socket", "没有监听套接字", || {
        let sockets = socket_table::on(server.address())?;
        Ok(sockets.iter().all(|entry| entry.state != State::Listen))
    })?;
    if TcpStream::connect(server.address()).is_ok() {
        return Err(Fault::new("it still listens"));
    }
    client.closes_gracefully()?;
    says_of(&server, &client, " was told goodbye (0 now)")?;
    server.exits_with_status_0().map(drop)
}

/// Starts a server with `options`; none on Windows.
fn start(program: &Program, options: &[&str]) -> Result<Option<Server>, Fault> {
    if !cfg!(unix) {
        return Ok(None);
    }
    Server::start_with(program, program.address()?, options).map(Some)
}

fn interrupt(server: &Server) -> Verdict {
    server.still_runs()?;
    server.steps.take(Who::Server, Act::Interrupt);
    server.gets_ctrl_c()
}
