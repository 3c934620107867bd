//! Deliberately wrong servers for exercise 05, one fault each: `wrong-parcel-server FAULT ADDRESS`.
//!
//! Each is a right answer but for the fault that it is named by.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use shared::{Failure, Text, gbk, print_line};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Every fault that there is.
const FAULTS: [&str; 24] = [
    "allocates-the-length",
    "answers-at-the-end",
    "answers-twice",
    "answers-in-utf-8",
    "counts-the-length-field",
    "decoder-across-messages",
    "ends-at-an-empty-message",
    "ends-at-a-reset",
    "ends-at-the-incomplete",
    "forgets-the-length",
    "forgets-the-rest",
    "has-no-limit",
    "ignores-ctrl-c",
    "length-in-characters",
    "limit-of-4095",
    "little-endian-length",
    "loses-the-last-words",
    "one-client-only",
    "one-recv-one-message",
    "one-recv-one-length",
    "prints-the-incomplete",
    "says-nothing",
    "two-writes",
    "waits-for-a-full-buffer",
];

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [fault, address] = words.as_slice() else {
        return Err("usage: wrong-parcel-server FAULT ADDRESS".into());
    };
    if !FAULTS.contains(&fault.as_str()) {
        return Err(format!("unknown fault {fault}").into());
    }
    if fault == "ignores-ctrl-c" {
        ctrlc::set_handler(|| {})?;
    }
    let listener = TcpListener::bind(address.parse::<SocketAddr>()?)?;
    loop {
        let (connection, client) = listener.accept()?;
        let mut server =
            Server { fault, connection, client, kept: Vec::new(), text: Text::new("gbk") };
        match server.talk() {
            Err(error) if ends_it(fault, &error) => return Err(error.into()),
            Err(_) if fault == "says-nothing" => {}
            Err(error) => eprintln!("{client}: {error}"),
            Ok(()) => {}
        }
        if fault == "one-client-only" {
            return Ok(());
        }
    }
}

/// Whether an error of one client ends the whole server.
fn ends_it(fault: &str, error: &io::Error) -> bool {
    match fault {
        "ends-at-a-reset" => error.kind() == ErrorKind::ConnectionReset,
        "ends-at-the-incomplete" => error.kind() == ErrorKind::UnexpectedEof,
        _ => false,
    }
}

struct Server<'f> {
    fault: &'f str,
    connection: TcpStream,
    client: SocketAddr,
    /// What was received and not taken yet; or, for one fault, the replies that were not sent yet.
    kept: Vec<u8>,
    text: Text,
}

impl Server<'_> {
    fn talk(&mut self) -> io::Result<()> {
        match self.fault {
            "one-recv-one-message" => return self.one_recv_one_message(),
            "forgets-the-rest" => return self.forgets_the_rest(),
            "waits-for-a-full-buffer" => return self.waits_for_a_full_buffer(),
            _ => {}
        }
        while let Some(message) = self.next()? {
            if self.fault == "loses-the-last-words" && self.has_half_closed()? {
                break;
            }
            if message.is_empty() && self.fault == "ends-at-an-empty-message" {
                break;
            }
            self.print(&message)?;
            self.answer(&message)?;
        }
        self.connection.write_all(&self.kept)
    }

    /// Whether the client has half-closed, and nothing more is left to receive.
    fn has_half_closed(&self) -> io::Result<bool> {
        self.connection.set_read_timeout(Some(Duration::from_millis(50)))?;
        let peeked = self.connection.peek(&mut [0]);
        self.connection.set_read_timeout(None)?;
        Ok(peeked.is_ok_and(|count| count == 0))
    }

    /// Receives the length, then the message; nothing at the end of the stream.
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut length = [0; 4];
        let count = self.connection.read(&mut length)?;
        if count == 0 {
            return Ok(None);
        }
        if self.fault != "one-recv-one-length" {
            self.connection.read_exact(&mut length[count..])?;
        }
        let length = match self.fault {
            "little-endian-length" => u32::from_le_bytes(length),
            _ => u32::from_be_bytes(length),
        } as usize;
        let reserved: Vec<u8> = match self.fault {
            "allocates-the-length" => vec![0; length],
            _ => Vec::new(),
        };
        let limit = match self.fault {
            "has-no-limit" => usize::MAX,
            "limit-of-4095" => 4095,
            _ => 4096,
        };
        if length > limit || reserved.len() > limit {
            return Err(io::Error::other(format!("a message of {length} bytes")));
        }
        // No size is taken on trust here, not even without a limit.
        let mut message = Vec::new();
        (&self.connection).take(length as u64).read_to_end(&mut message)?;
        if message.len() < length && self.fault != "prints-the-incomplete" {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(Some(message))
    }

    /// One recv is one message.
    fn one_recv_one_message(&mut self) -> io::Result<()> {
        let mut buffer = [0; 8192];
        loop {
            let count = self.connection.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            let message = buffer[..count].get(4..).unwrap_or_default();
            self.print(message)?;
            self.answer(message)?;
        }
    }

    /// Takes every whole message out of what one recv brought, and drops what is left.
    fn forgets_the_rest(&mut self) -> io::Result<()> {
        let mut buffer = [0; 8192];
        loop {
            // The first message may come in pieces.
            let count = self.connection.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            self.kept.extend_from_slice(&buffer[..count]);
            let mut some = false;
            while let Some(message) = self.take_whole() {
                some = true;
                self.print(&message)?;
                self.answer(&message)?;
            }
            if some {
                self.kept.clear();
            }
        }
    }

    fn take_whole(&mut self) -> Option<Vec<u8>> {
        let length = u32::from_be_bytes(*self.kept.first_chunk()?) as usize;
        if self.kept.len() < 4 + length {
            return None;
        }
        Some(self.kept.drain(..4 + length).skip(4).collect())
    }

    /// Waits until the buffer is full, which a short message never does.
    fn waits_for_a_full_buffer(&mut self) -> io::Result<()> {
        self.connection.read_exact(&mut [0; 4096])
    }

    fn print(&mut self, message: &[u8]) -> io::Result<()> {
        let mut line = format!("{}>>>", self.client);
        self.text.decode(message, &mut line);
        if self.fault != "decoder-across-messages" {
            self.text.finish(&mut line);
        }
        match print_line(&line) {
            Err(Failure::Error { message, .. }) => Err(io::Error::other(message)),
            Ok(()) | Err(Failure::OutputClosed) => Ok(()),
        }
    }

    fn answer(&mut self, message: &[u8]) -> io::Result<()> {
        let mut line = String::new();
        let mut text = Text::new("gbk");
        text.decode(message, &mut line);
        text.finish(&mut line);
        let count = match self.fault {
            "length-in-characters" => line.chars().count(),
            "counts-the-length-field" => message.len() + 4,
            _ => message.len(),
        };
        let words = format!("收到 {count} 字节");
        let reply = match self.fault {
            "answers-in-utf-8" => words.into_bytes(),
            _ => gbk(&words),
        };
        let length = (reply.len() as u32).to_be_bytes();
        let whole = [&length, &*reply].concat();
        match self.fault {
            "answers-at-the-end" => {
                self.kept.extend(whole);
                Ok(())
            }
            "answers-twice" => self.connection.write_all(&whole.repeat(2)),
            "forgets-the-length" => self.connection.write_all(&reply),
            "two-writes" => {
                self.connection.write_all(&length)?;
                self.connection.write_all(&reply)
            }
            _ => self.connection.write_all(&whole),
        }
    }
}
