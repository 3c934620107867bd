//! Solution of exercise 07: closing time. 练习七的答案：打烊。

use std::collections::BTreeMap;
use std::io::{Error, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use shared::{
    Arguments, CommandLine, Failure, Messages, gbk, is_timeout_or_signal, reply_to_all, say,
};

static CLIENTS: Mutex<BTreeMap<SocketAddr, Arc<Client>>> = Mutex::new(BTreeMap::new());
static ONE_HAS_GONE: Condvar = Condvar::new();

const LINGER: Duration = Duration::from_secs(2);
const WHY: &str = "no thread panics while it holds the lock";

struct Client {
    address: SocketAddr,
    connection: TcpStream,
    /// What has come, and whether the server has said goodbye: then it discards what comes. A thread
    /// holds the lock while it replies.
    turn: Mutex<(Messages, bool)>,
}

fn main() -> ExitCode {
    let line = CommandLine::new("Usage: solution-07 [ADDRESS] [OPTIONS]\n").number("clients");
    let line = line.seconds("idle").seconds("message").seconds("grace");
    let arguments: &'static Arguments = Box::leak(Box::new(line.read()));
    shared::exit_status(serve(arguments))
}

fn seconds(arguments: &Arguments, name: &str, usual: u64) -> Duration {
    arguments.seconds(name).unwrap_or(Duration::from_secs(usual))
}

fn serve(arguments: &'static Arguments) -> Result<(), Failure> {
    let (ring, bell) = mpsc::channel();
    let handler = move || ring.send(()).unwrap_or_default();
    ctrlc::set_handler(handler).map_err(Failure::new)?;
    // 1 socket 创建套接字, 2 bind 绑定, 3 listen 监听
    let listener = shared::listen(arguments.address)?;
    say(format!("listening on {}", listener.local_addr()?));
    let most = arguments.number("clients").unwrap_or(1000) as usize;
    Builder::new().spawn(move || {
        loop {
            // 4 accept 等待连接
            match listener.accept() {
                Ok((connection, address)) => begin(connection, address, arguments, most),
                Err(error) => shared::exit(error.into()),
            }
        }
    })?;
    let _ = bell.recv();
    close(seconds(arguments, "grace", 3));
    Ok(())
}

/// Starts a thread for a client, or for the refusal of one client too many.
fn begin(connection: TcpStream, address: SocketAddr, limits: &'static Arguments, most: usize) {
    let mut clients = CLIENTS.lock().expect(WHY);
    let started = if clients.len() >= most {
        Builder::new().spawn(move || end(&connection, "忙，请稍后再拨\n"))
    } else {
        let client = Arc::new(Client { address, connection, turn: Mutex::default() });
        clients.insert(address, Arc::clone(&client));
        Builder::new().spawn(move || {
            if let Err(error) = talk(&client, limits) {
                say(format!("{address}: {error}"));
            }
            // 6 close 关闭
            CLIENTS.lock().expect(WHY).remove(&address);
            drop(client);
            ONE_HAS_GONE.notify_all();
        })
    };
    if let Err(error) = started {
        say(format!("{address}: {error}"));
        clients.remove(&address);
    }
}

fn talk(client: &Client, limits: &Arguments) -> Result<(), Error> {
    let idle = seconds(limits, "idle", 60);
    let (mut until, mut has_begun) = (Instant::now() + idle, false);
    let mut buffer = [0; 4096];
    loop {
        // 5 recv/send 收发
        let received = receive(&client.connection, &mut buffer, until);
        let mut turn = client.turn.lock().expect(WHY);
        let (messages, has_said_goodbye) = &mut *turn;
        if *has_said_goodbye {
            end(&client.connection, "");
            return Ok(());
        }
        match received? {
            Some(0) => return Ok(()),
            Some(count) => messages.add(&buffer[..count]),
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
        let (replies, fits) = replied.unwrap_or_else(|failure| shared::exit(failure));
        (&client.connection).write_all(&replies)?;
        if !fits {
            end(&client.connection, "");
            return Ok(());
        }
        if !has_begun || !replies.is_empty() {
            has_begun = messages.rest() > 0;
            let message = seconds(limits, "message", 10);
            until = Instant::now() + if has_begun { message } else { idle };
        }
    }
}

/// One recv; `None` when the deadline has passed.
fn receive(mut from: &TcpStream, into: &mut [u8], until: Instant) -> Result<Option<usize>, Error> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        from.set_read_timeout(Some(left))?;
        match from.read(into) {
            Err(error) if is_timeout_or_signal(&error) => {}
            received => return received.map(Some),
        }
    }
}

/// Sends the last words, half-closes, and discards what comes until the client closes.
fn end(mut connection: &TcpStream, words: &str) {
    let _ = connection.write_all(&gbk(words));
    let _ = connection.shutdown(Shutdown::Write);
    let (until, mut buffer) = (Instant::now() + LINGER, [0; 4096]);
    while matches!(receive(connection, &mut buffer, until), Ok(Some(1..))) {}
}

/// Says goodbye to all clients, and waits until they have closed, but not longer than the grace.
fn close(grace: Duration) {
    let until = Instant::now() + grace;
    let mut all: Vec<_> = CLIENTS.lock().expect(WHY).values().cloned().collect();
    loop {
        all.retain(|client| !has_said_goodbye(client));
        if all.is_empty() || Instant::now() >= until {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    let (clients, left) =
        (CLIENTS.lock().expect(WHY), until.saturating_duration_since(Instant::now()));
    drop(ONE_HAS_GONE.wait_timeout_while(clients, left, |some| !some.is_empty()));
}

/// Says goodbye to a client, but not in the middle of a reply.
fn has_said_goodbye(client: &Client) -> bool {
    let Ok(mut turn) = client.turn.try_lock() else { return false };
    turn.1 = true;
    if turn.0.rest() > 0 {
        say(format!("{}: incomplete message of {} bytes", client.address, turn.0.rest()));
    }
    let _ = client.connection.set_write_timeout(Some(Duration::from_millis(1)));
    let _ = (&client.connection).write_all(&gbk("再见\n"));
    let _ = client.connection.shutdown(Shutdown::Write);
    true
}
