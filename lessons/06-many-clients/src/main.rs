//! Lesson 06: many clients, a thread for each. 第六课：很多客户端，每个连接一个线程。
//!
//! The messages are those of lesson 05. The server serves any number of clients at once, until
//! Ctrl-C. With `--workers N` it has N threads and no more, and serves N clients at once.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use shared::{
    CommandLine, Failure, LONGEST, Messages, how_lost, reply_to_all, report_incomplete, say,
};
use socket2::{Domain, Socket, Type};

const HELP: &str = "\
Lesson 06: the server of lesson 05, with a thread for each client. Press Ctrl-C to end it.

Usage: lesson-06 [ADDRESS] [--workers N] [--backlog N]

  ADDRESS      IP:PORT to listen on; port 0 is any free one [default: 127.0.0.1:7788]
  --workers N  serves N clients at once, in N threads; the others wait in the accept queue
  --backlog N  the length of the accept queue [default: 4096]
";

/// How many clients the server serves now. All threads share this number.
static CLIENTS: Mutex<i32> = Mutex::new(0);

fn main() {
    let arguments = CommandLine::new(HELP).number("workers").number("backlog").read();
    let backlog = arguments.number("backlog").unwrap_or(4096);
    let listener = listen(arguments.address, backlog).unwrap_or_else(|e| shared::exit(e));
    match arguments.number("workers") {
        None => serve_all(&listener),
        Some(workers) => serve_some(&listener, workers),
    }
}

/// One thread accepts, and starts a thread for each client.
fn serve_all(listener: &TcpListener) {
    loop {
        let (connection, client) = accept(listener);
        // `thread::spawn` panics if the system has no more threads. This returns the error.
        let started = thread::Builder::new().spawn(move || serve(connection, client));
        if let Err(error) = started {
            // The thread would have owned the connection, so it is closed now.
            say(format!("{client}: cannot start a thread: {error}"));
        }
    }
}

/// Each of a few threads accepts, and serves the client itself.
fn serve_some(listener: &TcpListener, workers: u32) {
    let work = || {
        loop {
            let (connection, client) = accept(listener);
            serve(connection, client);
        }
    };
    thread::scope(|scope| {
        for _worker in 0..workers {
            let started = thread::Builder::new().spawn_scoped(scope, work);
            started.unwrap_or_else(|error| shared::exit(error.into()));
        }
    });
}

fn listen(address: SocketAddr, backlog: u32) -> Result<TcpListener, Failure> {
    // 1 socket 创建套接字: by socket2. The standard library always asks for a queue of 128.
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    #[cfg(unix)] // as the standard library does (lesson 04)
    listener.set_reuse_address(true)?;
    // 2 bind 绑定
    listener.bind(&address.into()).map_err(|error| Failure::bind(address, error))?;
    // 3 listen 监听: the kernel may allow less (on Linux net.core.somaxconn).
    listener.listen(backlog as i32)?;
    let listener = TcpListener::from(listener);
    say(format!("listening on {}", listener.local_addr()?));
    Ok(listener)
}

/// The next client. An error ends the server only if accept can never succeed again.
fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut is_reported = false;
    loop {
        // 4 accept 等待连接
        match listener.accept() {
            Ok((connection, client)) => return (connection, shared::ip_and_port(&client.into())),
            Err(error) if shared::is_of_one_client(&error) => {}
            Err(error) if shared::is_exhausted(&error) => {
                if !is_reported {
                    say(format!("error: accept: {error}"));
                }
                is_reported = true;
                // A client may close now. Without this pause the loop uses a whole core.
                thread::sleep(Duration::from_millis(100));
            }
            Err(error) => shared::exit(error.into()),
        }
    }
}

/// Serves one client. Nothing that goes wrong here concerns the other clients.
fn serve(connection: TcpStream, client: SocketAddr) {
    report(client, "connected", 1);
    // Without a standard output, the server has no work left. Any thread can end the program.
    let ending = talk(connection, client).unwrap_or_else(|failure| shared::exit(failure));
    // 6 close 关闭: `talk` owned the connection, so it is closed now.
    report(client, &ending, -1);
}

/// Counts, and writes the line while it holds the lock. So the numbers are in order.
fn report(client: SocketAddr, event: &str, change: i32) {
    let mut clients = CLIENTS.lock().expect("no thread panics while it holds the lock");
    *clients += change;
    say(format!("{client} {event} ({clients} now)"));
}

/// Receives messages and replies until the connection ends. Returns how it ended.
fn talk(mut connection: TcpStream, client: SocketAddr) -> Result<String, Failure> {
    let _ = connection.set_nodelay(true);
    let mut messages = Messages::default();
    let mut buffer = [0; 4096];
    // 5 recv/send 收发: as in lesson 05, but only this thread waits.
    loop {
        match connection.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => messages.add(&buffer[..count]),
            Err(error) => return Ok(how_lost(&error)),
        }
        let (replies, fits) = reply_to_all(&mut messages, client)?;
        if let Err(error) = connection.write_all(&replies) {
            return Ok(how_lost(&error));
        }
        if !fits {
            return Ok(format!("sent a message longer than {LONGEST} bytes"));
        }
    }
    report_incomplete(&messages, client);
    Ok("closed".into())
}
