//! What lessons 05 to 07 cost, as ratios in one run (Linux): `cargo run -p behaviours --example ratios`.
//! It asserts nothing, because times depend on the machine.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use shared::gbk;
use stage::{Crowd, Deadline, Fault, Program, Server, cargo};

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(300);

fn main() -> Result<(), Fault> {
    stage::allow_thousands_of_sockets();
    let one = cpu_per_message("lesson-05", 1, 2000)?;
    let thousand = cpu_per_message("lesson-06", 1000, 100)?;
    println!("CPU for each message, lesson-05 with 1 client: {one:.1} µs");
    println!("lesson-06 with 1000 clients: {thousand:.1} µs, ratio {:.2}", thousand / one);

    let server = start("lesson-07", &["--message", "2", "--write", "2"])?;
    let address = server.address();
    let (alone, slowest_alone) = reply_times(address)?;
    let is_over = AtomicBool::new(false);
    let (beside, slowest_beside) = thread::scope(|scope| {
        scope.spawn(|| misbehave(address, &is_over));
        let times = reply_times(address);
        is_over.store(true, Ordering::Relaxed);
        times
    })?;
    println!(
        "lesson-07, reply to one of 50 clients, median: {alone:?}; slowest: {slowest_alone:?}"
    );
    println!("the same beside 200 bad clients, median: {beside:?}; slowest: {slowest_beside:?}");
    println!("ratio of the medians {:.2}", beside.as_secs_f64() / alone.as_secs_f64());
    Ok(())
}

/// Builds a lesson for release, and starts it.
fn start(lesson: &str, options: &[&str]) -> Result<Server, Fault> {
    let built = cargo::build(&cargo::workspace(), &["--release", "-p", lesson, "--bin", lesson]);
    let file = built.map_err(Fault::System)?.map_err(Fault::new)?;
    let program = Program::lesson(&file.to_string_lossy()).afresh(Deadline::after(PATIENCE));
    Server::start_printing_with(&program, Stdio::null(), options)
}

/// How many microseconds the server computes for each message, while `clients` send so many each.
fn cpu_per_message(lesson: &str, clients: usize, messages: usize) -> Result<f64, Fault> {
    let server = start(lesson, &[])?;
    let mut crowd = Crowd::before(server.address(), Deadline::after(PATIENCE));
    crowd.grows_by(clients)?;
    let before = server.cpu_time()?;
    // One at a time: the next message is sent when the reply has come.
    for number in 1..=messages {
        crowd.members.iter_mut().for_each(|member| member.will_send("hello\n"));
        crowd.works_until(|member| member.lines().count() == number)?;
    }
    let time = server.cpu_time()?.saturating_sub(before);
    Ok(time.as_secs_f64() * 1e6 / (clients * messages) as f64)
}

/// The median and the slowest of 5000 replies to 50 clients, one after the other.
fn reply_times(address: SocketAddr) -> Result<(Duration, Duration), Fault> {
    let mut clients = Vec::new();
    for _client in 0..50 {
        clients.push(TcpStream::connect(address)?);
    }
    let mut times = Vec::new();
    for _round in 0..100 {
        for client in &mut clients {
            let begin = Instant::now();
            client.write_all(b"hello\n")?;
            client.read_exact(&mut gbk("收到 5 字节\n"))?;
            times.push(begin.elapsed());
        }
    }
    times.sort();
    Ok((times[times.len() / 2], times[times.len() - 1]))
}

/// 50 clients are silent, 50 send a byte now and then, 50 never read, and 50 send a line without an
/// end. A client that the server has ended comes again.
fn misbehave(address: SocketAddr, is_over: &AtomicBool) {
    let connect = || {
        let client = TcpStream::connect(address).ok()?;
        client.set_nonblocking(true).ok()?;
        Some(client)
    };
    let mut clients: Vec<Option<TcpStream>> = (0..200).map(|_client| connect()).collect();
    while !is_over.load(Ordering::Relaxed) {
        for (number, client) in clients.iter_mut().enumerate() {
            let sent = match (client.as_mut(), number % 4) {
                (None, _) => Err(ErrorKind::NotConnected.into()),
                (Some(_), 0) => Ok(1),
                (Some(slow), 1) => slow.write(b"x"),
                (Some(deaf), 2) => deaf.write(&b"hello\n".repeat(1000)),
                (Some(endless), _) => endless.write(&[b'x'; 1000]),
            };
            if sent.is_err_and(|error| error.kind() != ErrorKind::WouldBlock) {
                *client = connect();
            }
        }
        thread::sleep(Duration::from_millis(100));
    }
}
