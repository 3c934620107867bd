//! Solution of exercise 06: the conference call. 练习六的答案：多方通话。
//!
//! Two threads for each client: one receives its messages, one sends it the lines of the others. A
//! queue of bounded length is between them, so that no thread waits for a client that never reads.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use shared::{CommandLine, Failure, Messages, gbk, say};

/// How many lines may wait for one client: 4 MiB at most.
const WAITING: usize = 1000;

/// The other end of a client's queue.
struct Listening {
    lines: SyncSender<Arc<[u8]>>,
    connection: Arc<TcpStream>,
}

/// All clients. There is one lock for all of them, so there is one order of lines.
static CLIENTS: Mutex<BTreeMap<SocketAddr, Listening>> = Mutex::new(BTreeMap::new());

fn main() -> ExitCode {
    let arguments = CommandLine::new("Usage: solution-06 [ADDRESS]\n").read();
    shared::exit_status(serve(arguments.address))
}

fn serve(address: SocketAddr) -> Result<(), Failure> {
    // 1 socket 创建套接字, 2 bind 绑定, 3 listen 监听
    let listener = TcpListener::bind(address).map_err(|error| Failure::bind(address, error))?;
    loop {
        // 4 accept 等待连接
        let (connection, client) = listener.accept()?;
        if let Err(error) = start(Arc::new(connection), client) {
            say(format!("{client}: {error}"));
        }
    }
}

/// Starts the two threads of a client.
fn start(connection: Arc<TcpStream>, client: SocketAddr) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let (lines, queue) = sync_channel(WAITING);
    let (receiving, sending) = (connection.clone(), connection.clone());
    thread::Builder::new().spawn(move || send(queue, &sending))?;
    thread::Builder::new().spawn(move || {
        tell(format!("{client} 来了"), Some(Listening { lines, connection }), client);
        if let Err(error) = receive(&receiving, client) {
            say(format!("{client}: {error}"));
        }
        tell(format!("{client} 走了"), None, client);
        // 6 close 关闭: when the other thread has sent what is in its queue.
    })?;
    Ok(())
}

/// Adds a client, or removes it, and tells all clients, in one step.
fn tell(line: String, listening: Option<Listening>, client: SocketAddr) {
    let mut clients = CLIENTS.lock().expect("no thread panics while it holds the lock");
    match listening {
        Some(listening) => clients.insert(client, listening),
        None => clients.remove(&client),
    };
    send_to(&clients, &gbk(&line), None);
}

/// Receives the messages of a client, and sends each to all others.
fn receive(mut connection: &TcpStream, client: SocketAddr) -> io::Result<()> {
    let mut messages = Messages::default();
    let mut buffer = [0; 4096];
    // 5 recv/send 收发
    loop {
        match connection.read(&mut buffer)? {
            0 => return Ok(()),
            count => messages.add(&buffer[..count]),
        }
        let too_long = |_| io::Error::from(ErrorKind::InvalidData);
        while let Some(message) = messages.next().map_err(too_long)? {
            let line = [format!("{client}>>>").as_bytes(), &message].concat();
            let clients = CLIENTS.lock().expect("no thread panics while it holds the lock");
            send_to(&clients, &line, Some(client));
        }
    }
}

/// Puts a line into each queue. If a queue is full, its client has not read for a long time: this
/// ends its connection.
fn send_to(clients: &BTreeMap<SocketAddr, Listening>, line: &[u8], except: Option<SocketAddr>) {
    let line: Arc<[u8]> = [line, b"\n"].concat().into();
    for (client, listening) in clients {
        if Some(*client) != except && listening.lines.try_send(line.clone()).is_err() {
            let _ = listening.connection.shutdown(Shutdown::Both);
        }
    }
}

/// Sends the lines in the queue of a client. Only this thread waits for the client.
fn send(queue: Receiver<Arc<[u8]>>, mut connection: &TcpStream) {
    for line in queue {
        if connection.write_all(&line).is_err() {
            return;
        }
    }
}
