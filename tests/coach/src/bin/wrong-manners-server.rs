//! Deliberately wrong servers for exercise 07, one fault each: `wrong-manners-server FAULT ADDRESS
//! [OPTIONS]`.
//!
//! Each is a right answer but for the fault that it is named by.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::{Arc, Condvar, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use shared::{Messages, gbk, print_message, reply_to_all};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Every fault that there is.
const FAULTS: [&str; 17] = [
    "closes-after-too-long",
    "closes-without-words",
    "ends-with-status-130",
    "exits-after-goodbye",
    "has-no-limit-of-clients",
    "idle-counts-from-connect",
    "killed-by-ctrl-c",
    "leaks-a-place",
    "lingers-in-accept",
    "prints-half-a-message",
    "refuses-without-words",
    "says-no-goodbye",
    "says-nothing-of-half-a-message",
    "shuts-down-both",
    "timed-per-recv",
    "waits-for-everybody",
    "waits-forever",
];

static FAULT: OnceLock<String> = OnceLock::new();
/// In the order in which they connected.
static CLIENTS: Mutex<Vec<Arc<Client>>> = Mutex::new(Vec::new());
static ONE_HAS_GONE: Condvar = Condvar::new();

struct Client {
    address: SocketAddr,
    connection: TcpStream,
    turn: Mutex<(Messages, bool)>,
}

fn has(fault: &str) -> bool {
    FAULT.get().is_some_and(|known| known == fault)
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [fault, address, options @ ..] = words.as_slice() else {
        return Err("usage: wrong-manners-server FAULT ADDRESS [OPTIONS]".into());
    };
    if !FAULTS.contains(&fault.as_str()) {
        return Err(format!("unknown fault {fault}").into());
    }
    FAULT.get_or_init(|| fault.clone());
    let given = |name: &str| {
        let at = options.iter().position(|option| option == name)?;
        options.get(at + 1)?.parse::<f64>().ok()
    };
    let seconds = |name, usual| Duration::from_secs_f64(given(name).unwrap_or(usual));
    let (idle, message) = (seconds("--idle", 60.0), seconds("--message", 10.0));
    let most = given("--clients").unwrap_or(1000.0) as usize;
    let (ring, bell) = mpsc::channel();
    if !has("killed-by-ctrl-c") {
        let sender = ring.clone();
        ctrlc::set_handler(move || sender.send(()).unwrap_or_default())?;
    }
    let listener = TcpListener::bind(address.parse::<SocketAddr>()?)?;
    thread::spawn(move || accept(&listener, idle, message, most));
    bell.recv()?;
    close(seconds("--grace", 3.0));
    drop(ring);
    process::exit(if has("ends-with-status-130") { 130 } else { 0 })
}

fn accept(listener: &TcpListener, idle: Duration, message: Duration, most: usize) {
    while let Ok((connection, address)) = listener.accept() {
        let mut clients = CLIENTS.lock().expect("no thread panics");
        if clients.len() >= most && !has("has-no-limit-of-clients") {
            drop(clients);
            let words = if has("refuses-without-words") { "" } else { "忙，请稍后再拨\n" };
            let refusal = thread::spawn(move || end(&connection, words));
            if has("lingers-in-accept") {
                let _ = refusal.join();
            }
            continue;
        }
        let client = Arc::new(Client { address, connection, turn: Mutex::default() });
        clients.push(Arc::clone(&client));
        thread::spawn(move || {
            let ended = talk(&client, idle, message);
            if let Err(error) = &ended {
                eprintln!("{address}: {error}");
            }
            if !(has("leaks-a-place") && ended.is_err()) {
                let mut clients = CLIENTS.lock().expect("no thread panics");
                clients.retain(|other| other.address != address);
                drop(client);
                ONE_HAS_GONE.notify_all();
            }
        });
    }
}

fn talk(client: &Client, idle: Duration, message: Duration) -> io::Result<()> {
    let connected = Instant::now();
    let (mut until, mut has_begun) = (connected + idle, false);
    let mut buffer = [0; 4096];
    loop {
        let received = match has("waits-forever") {
            true => (&client.connection).read(&mut buffer).map(Some),
            false => receive(&client.connection, &mut buffer, until),
        };
        let mut turn = client.turn.lock().expect("no thread panics");
        let (messages, has_said_goodbye) = &mut *turn;
        if *has_said_goodbye {
            end(&client.connection, "");
            return Ok(());
        }
        match received? {
            Some(0) => return Ok(()),
            Some(count) => messages.add(&buffer[..count]),
            None if has("closes-without-words") => return Ok(()),
            None if has_begun => {
                end(&client.connection, "消息太慢\n");
                return Ok(());
            }
            None => {
                end(&client.connection, "太久没有消息，再见\n");
                return Ok(());
            }
        }
        let replied = reply_to_all(messages, client.address);
        let Ok((replies, fits)) = replied else { process::exit(0) };
        (&client.connection).write_all(&replies)?;
        if !fits {
            if !has("closes-after-too-long") {
                end(&client.connection, "");
            }
            return Ok(());
        }
        if !has_begun || !replies.is_empty() || has("timed-per-recv") {
            has_begun = messages.rest() > 0;
            until = Instant::now() + if has_begun { message } else { idle };
        }
        if has("idle-counts-from-connect") && !has_begun {
            until = connected + idle;
        }
    }
}

fn receive(mut from: &TcpStream, into: &mut [u8], until: Instant) -> io::Result<Option<usize>> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        from.set_read_timeout(Some(left))?;
        match from.read(into) {
            Err(error) if shared::is_timeout_or_signal(&error) => {}
            received => return received.map(Some),
        }
    }
}

fn end(mut connection: &TcpStream, words: &str) {
    let _ = connection.write_all(&gbk(words));
    let _ = connection.shutdown(Shutdown::Write);
    let (until, mut buffer) = (Instant::now() + Duration::from_secs(2), [0; 4096]);
    while matches!(receive(connection, &mut buffer, until), Ok(Some(1..))) {}
}

fn close(grace: Duration) {
    let until = Instant::now() + grace;
    let mut all: Vec<_> = CLIENTS.lock().expect("no thread panics").clone();
    while !all.is_empty() && Instant::now() < until {
        all.retain(|client| !has_said_goodbye(client));
        if has("waits-for-everybody") {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    if has("exits-after-goodbye") {
        return;
    }
    let left = match has("waits-for-everybody") {
        true => Duration::MAX,
        false => until.saturating_duration_since(Instant::now()),
    };
    let clients = CLIENTS.lock().expect("no thread panics");
    let _ = ONE_HAS_GONE.wait_timeout_while(clients, left, |some| !some.is_empty());
}

fn has_said_goodbye(client: &Client) -> bool {
    let Ok(mut turn) = client.turn.try_lock() else { return false };
    turn.1 = true;
    let rest = turn.0.rest();
    if rest > 0 && !has("says-nothing-of-half-a-message") {
        eprintln!("{}: incomplete message of {rest} bytes", client.address);
    }
    if rest > 0 && has("prints-half-a-message") {
        turn.0.add(b"\n");
        if let Ok(Some(half)) = turn.0.next() {
            let _ = print_message(client.address, &half);
        }
    }
    if !has("says-no-goodbye") {
        let _ = client.connection.set_write_timeout(Some(Duration::from_millis(1)));
        let _ = (&client.connection).write_all(&gbk("再见\n"));
    }
    let both = if has("shuts-down-both") { Shutdown::Both } else { Shutdown::Write };
    let _ = client.connection.shutdown(both);
    true
}
