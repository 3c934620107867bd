//! How fast lesson 02 receives, as ratios: against a receiver that only receives, and against two
//! loops in Python that do the same work.
//!
//! `cargo bench -p lesson-02` prints a table. Every receiver is a process of its own that writes
//! to the null device, receives into 1024 bytes, and gets the same bytes from one local sender.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Instant;

use coach::{Fault, kernel};
use shared::gbk;

/// How much is sent in one run.
const BYTES: usize = 256 << 20;
/// How often each receiver is run; the median counts.
const RUNS: usize = 5;
/// Has this program itself be the receiver that only receives.
const ONLY_RECEIVE: &str = "--only-receive";

// Lines as lesson-00 sends them: without newlines.
const ASCII: &str = "The caller says one sentence, and then the same one again. ";
const CHINESE: &str = "服务器一直接收，直到对方挂断；它不知道要收几次。";

const TUTORIAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/benches/tutorial_loop.py");
const INCREMENTAL: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/benches/incremental_loop.py");

struct Measured {
    gigabytes_per_second: f64,
    peak_mebibytes: Option<f64>,
}

fn main() -> Result<(), Fault> {
    if std::env::args().any(|argument| argument == ONLY_RECEIVE) {
        return only_receive();
    }
    let this = std::env::current_exe()?.to_string_lossy().into_owned();
    let lesson = vec![env!("CARGO_BIN_EXE_lesson-02").to_string(), "127.0.0.1:0".into()];
    let only_receive = vec![this, ONLY_RECEIVE.into()];
    let tutorial = vec!["python3".to_string(), TUTORIAL.into()];
    let incremental = vec!["python3".to_string(), INCREMENTAL.into()];

    println!("{} MiB, medians of {RUNS} runs", BYTES >> 20);
    compare(
        "ASCII",
        ASCII,
        &lesson,
        &[("recv alone", &only_receive), ("Python, tutorial", &tutorial)],
    )?;
    compare("Chinese", CHINESE, &lesson, &[("Python, incremental", &incremental)])
}

/// Runs the lesson and the `others` in turn, so that whatever disturbs the machine disturbs all.
fn compare(
    title: &str,
    sentence: &str,
    lesson: &[String],
    others: &[(&str, &[String])],
) -> Result<(), Fault> {
    let sentence = gbk(sentence);
    let block = sentence.repeat((64 << 10) / sentence.len());
    let receivers: Vec<_> =
        [("lesson-02", lesson)].into_iter().chain(others.iter().copied()).collect();
    let mut runs: Vec<Vec<Measured>> = receivers.iter().map(|_| Vec::new()).collect();
    for _ in 0..RUNS {
        for ((name, command), runs) in receivers.iter().zip(&mut runs) {
            runs.push(run(command, &block).map_err(|why| Fault::new(format!("{name}: {why:?}")))?);
        }
    }

    let speeds: Vec<f64> = runs.iter_mut().map(|runs| median(runs)).collect();
    println!("\n{title:<22}  GB/s  peak MiB  lesson-02 is");
    for (((name, _), runs), speed) in receivers.iter().zip(&runs).zip(&speeds) {
        let peak = runs.iter().filter_map(|run| run.peak_mebibytes).fold(f64::NAN, f64::max);
        println!("{name:<22} {speed:>5.2} {peak:>9.1}  {:>5.2} times as fast", speeds[0] / speed);
    }
    Ok(())
}

fn median(runs: &mut [Measured]) -> f64 {
    runs.sort_by(|a, b| a.gigabytes_per_second.total_cmp(&b.gigabytes_per_second));
    runs[runs.len() / 2].gigabytes_per_second
}

/// One call, from connect to the end of the receiver.
fn run(command: &[String], block: &[u8]) -> Result<Measured, Fault> {
    let mut receiver = Command::new(&command[0])
        .args(&command[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let stderr = receiver.stderr.take().expect("standard error is piped above");
    let mut announced = String::new();
    BufReader::new(stderr).read_line(&mut announced)?;
    let address: SocketAddr = announced.trim().trim_start_matches("listening on ").parse()?;

    let start = Instant::now();
    let mut connection = TcpStream::connect(address)?;
    let mut sent = 0;
    while sent < BYTES {
        connection.write_all(block)?;
        sent += block.len();
    }
    let peak_mebibytes =
        kernel::peak_memory(receiver.id()).ok().map(|peak| peak as f64 / 1048576.0);
    drop(connection);
    let status = receiver.wait()?;
    let seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        return Err(Fault::new(status));
    }
    Ok(Measured { gigabytes_per_second: sent as f64 / 1e9 / seconds, peak_mebibytes })
}

/// The least that a receiver can do.
fn only_receive() -> Result<(), Fault> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    writeln!(io::stderr(), "listening on {}", listener.local_addr()?)?;
    let (mut connection, _) = listener.accept()?;
    let mut buffer = [0; 1024];
    while connection.read(&mut buffer)? > 0 {}
    Ok(())
}
