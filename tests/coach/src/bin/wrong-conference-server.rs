//! Deliberately wrong servers for exercise 06, one fault each: `wrong-conference-server FAULT ADDRESS`.
//!
//! Each is a right answer but for the fault that it is named by.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use shared::{Messages, Text, gbk};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Every fault that there is.
const FAULTS: [&str; 17] = [
    "announces-only-to-others",
    "blocks-on-the-deaf",
    "changes-the-bytes",
    "does-not-name-the-sender",
    "ends-with-one-client",
    "forgets-who-left",
    "has-ten-threads",
    "hears-oneself",
    "hoards-for-the-deaf",
    "keeps-the-carriage-return",
    "lets-no-thread-end",
    "mixes-lines",
    "one-at-a-time",
    "poisoned",
    "relays-each-recv",
    "relays-the-incomplete",
    "two-orders",
];

/// One client, as the threads of the others see it.
struct Client {
    address: SocketAddr,
    connection: Arc<TcpStream>,
    lines: SyncSender<Vec<u8>>,
}

struct Conference {
    fault: String,
    clients: Mutex<Vec<Client>>,
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [fault, address] = words.as_slice() else {
        return Err("usage: wrong-conference-server FAULT ADDRESS".into());
    };
    if !FAULTS.contains(&fault.as_str()) {
        return Err(format!("unknown fault {fault}").into());
    }
    if fault == "lets-no-thread-end" {
        ctrlc::set_handler(|| {})?;
    }
    let conference = Conference { fault: fault.clone(), clients: Mutex::default() };
    let conference: &'static Conference = Box::leak(Box::new(conference));
    let listener = TcpListener::bind(address.parse::<SocketAddr>()?)?;
    if fault == "has-ten-threads" {
        thread::scope(|scope| {
            for _thread in 0..10 {
                scope.spawn(|| listener.incoming().flatten().for_each(|one| conference.serve(one)));
            }
        });
    }
    for connection in listener.incoming() {
        let connection = connection?;
        match fault.as_str() {
            "one-at-a-time" => conference.serve(connection),
            _ => _ = thread::spawn(move || conference.serve(connection)),
        }
    }
    Ok(())
}

impl Conference {
    /// Whether it has this fault.
    fn has(&self, fault: &str) -> bool {
        self.fault == fault
    }

    fn serve(&self, connection: TcpStream) {
        let Ok(address) = connection.peer_addr() else { return };
        let connection = Arc::new(connection);
        let waiting = if self.has("hoards-for-the-deaf") { 50_000 } else { 1000 };
        let (lines, queue) = sync_channel(waiting);
        let sending = connection.clone();
        thread::spawn(move || send(queue, &sending));
        {
            let client = Client { address, connection: connection.clone(), lines };
            let except = self.has("announces-only-to-others").then_some(address);
            let mut clients = self.clients.lock().expect("lock");
            clients.push(client);
            self.send_to(&clients, &gbk(&format!("{address} 来了\n")), except);
        }
        let ending = self.receive(&connection, address);
        if self.has("ends-with-one-client") {
            eprintln!("the end: {ending:?}");
            std::process::exit(1);
        }
        let mut clients = self.clients.lock().expect("lock");
        if !self.has("forgets-who-left") {
            clients.retain(|client| client.address != address);
        }
        self.send_to(&clients, &gbk(&format!("{address} 走了\n")), None);
    }

    fn receive(&self, mut connection: &TcpStream, client: SocketAddr) -> io::Result<()> {
        let mut messages = Messages::default();
        let mut buffer = [0; 4096];
        loop {
            let count = connection.read(&mut buffer)?;
            if count == 0 {
                if messages.rest() > 0 && self.has("relays-the-incomplete") {
                    messages.add(b"\n");
                    self.relay_all(&mut messages, client)?;
                }
                return Ok(());
            }
            if self.has("relays-each-recv") {
                self.relay(buffer[..count].trim_ascii_end(), client);
                continue;
            }
            if self.has("keeps-the-carriage-return") && buffer[..count].ends_with(b"\r\n") {
                self.relay(&buffer[..count - 1], client);
                continue;
            }
            messages.add(&buffer[..count]);
            self.relay_all(&mut messages, client)?;
        }
    }

    fn relay_all(&self, messages: &mut Messages, client: SocketAddr) -> io::Result<()> {
        let too_long = |_| io::Error::from(ErrorKind::InvalidData);
        while let Some(message) = messages.next().map_err(too_long)? {
            self.relay(&message, client);
        }
        Ok(())
    }

    /// Sends a message of `client` to all others.
    fn relay(&self, message: &[u8], client: SocketAddr) {
        let head = match self.fault.as_str() {
            "does-not-name-the-sender" => String::new(),
            _ => format!("{client}>>>"),
        };
        let mut text = String::new();
        let mut decoder = Text::new("gbk");
        decoder.decode(message, &mut text);
        decoder.finish(&mut text);
        let tail = match self.fault.as_str() {
            "changes-the-bytes" => gbk(&text),
            _ => message.to_vec(),
        };
        let (head, tail) = (head.into_bytes(), [&*tail, b"\n"].concat());
        match self.fault.as_str() {
            "two-orders" => self.relay_without_lock(&[&[head, tail].concat()], client),
            "mixes-lines" => self.relay_without_lock(&[&head, &tail], client),
            _ => {
                let except = (!self.has("hears-oneself")).then_some(client);
                let clients = self.clients.lock().expect("lock");
                assert!(!self.has("poisoned") || !text.contains('\u{fffd}'), "not valid GBK");
                self.send_to(&clients, &[head, tail].concat(), except);
            }
        }
    }

    /// Puts a line into each queue. A client whose queue is full loses its connection.
    fn send_to(&self, clients: &[Client], line: &[u8], except: Option<SocketAddr>) {
        for client in clients.iter().filter(|client| Some(client.address) != except) {
            match self.fault.as_str() {
                "blocks-on-the-deaf" => _ = (&*client.connection).write_all(line),
                "forgets-who-left" => {
                    // A failed send ends the loop: no client after this one gets the line.
                    if (&*client.connection).write_all(line).is_err() {
                        return;
                    }
                }
                _ => {
                    if client.lines.try_send(line.to_vec()).is_err() {
                        let _ = client.connection.shutdown(Shutdown::Both);
                    }
                }
            }
        }
    }

    /// Writes the pieces of a line to one client after the other, while other threads do the same.
    fn relay_without_lock(&self, pieces: &[&[u8]], sender: SocketAddr) {
        let mut connections = Vec::new();
        for client in self.clients.lock().expect("lock").iter() {
            if client.address != sender {
                connections.push(client.connection.clone());
            }
        }
        // Each thread begins with another client.
        let middle = usize::from(sender.port()) % connections.len().max(1);
        connections.rotate_left(middle);
        for connection in connections {
            for piece in pieces {
                let _ = (&*connection).write_all(piece);
                thread::sleep(Duration::from_micros(300));
            }
        }
    }
}

/// Sends the lines in the queue of a client.
fn send(queue: Receiver<Vec<u8>>, mut connection: &TcpStream) {
    for line in queue {
        if connection.write_all(&line).is_err() {
            return;
        }
    }
}
