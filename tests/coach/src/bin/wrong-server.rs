//! Deliberately wrong programs, one fault each: `wrong-server FAULT ADDRESS`. The coach is examined
//! with them.
//!
//! Each is a right answer to its exercise but for the fault that it is named by.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, exit};
use std::time::Duration;

use shared::{Text, escape, gbk, is_reset};
use socket2::{Domain, SockRef, Socket, Type};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [fault, address] = words.as_slice() else {
        return Err("usage: wrong-server FAULT ADDRESS".into());
    };
    let address: SocketAddr = address.parse()?;
    match fault.as_str() {
        "never-listens" => {
            eprintln!("I do not feel like listening");
            exit(3)
        }
        "prints-the-whole-buffer"
        | "prints-the-whole-buffer-escaped"
        | "answers-in-utf-8"
        | "answers-in-part"
        | "never-answers"
        | "waits-for-the-client"
        | "ends-in-silence"
        | "receives-more-than-1024" => reply_once(fault, address),
        "decodes-each-recv-alone"
        | "decodes-strictly"
        | "does-not-flush"
        | "prints-at-the-end"
        | "counts-bytes"
        | "drops-half-character"
        | "crashes-on-reset"
        | "receives-once"
        | "floods"
        | "prints-nothing"
        | "prints-at-the-end-endlessly"
        | "clears-no-line"
        | "starts-another"
        | "starts-a-daemon"
        | "hoards"
        | "forgets-nothing" => receive_all(fault, address),
        "closes-first"
        | "echoes-at-the-end"
        | "drops-the-last-piece"
        | "gives-up-on-silence"
        | "corrupts-a-byte"
        | "writes-once"
        | "never-looks-for-0"
        | "sends-the-whole-buffer"
        | "prints-what-it-echoes"
        | "gives-up-when-send-waits" => echo(fault, address),
        "sets-no-option" | "shares-the-port" | "closes-by-reset" | "retries-bind" => {
            restart(fault, address)
        }
        "never-half-closes"
        | "closes-both-directions"
        | "sends-utf-8"
        | "receives-one-reply"
        | "exits-0-on-error" => call(fault, address),
        _ => Err(format!("the fault {fault} does not exist").into()),
    }
}

/// Exercise 01.
fn reply_once(fault: &str, address: SocketAddr) -> Result<()> {
    let (mut connection, client) = TcpListener::bind(address)?.accept()?;
    let mut buffer = vec![0; if fault == "receives-more-than-1024" { 4096 } else { 1024 }];
    let count = connection.read(&mut buffer)?;
    let shown = if fault.starts_with("prints-the-whole-buffer") { buffer.len() } else { count };
    match (fault, text_of(&buffer[..shown])) {
        ("ends-in-silence", _) => {}
        // As the lessons' transcript does.
        ("prints-the-whole-buffer-escaped", mut text) => {
            escape(&mut text, 0, &[]);
            println!("{client}>>>{text}");
        }
        (_, text) => println!("{client}>>>{text}"),
    }
    match fault {
        "never-answers" => {
            let _waits = connection.read(&mut buffer)?;
        }
        "answers-in-utf-8" => connection.write_all("收到".as_bytes())?,
        "answers-in-part" => connection.write_all(&gbk("收到")[..1])?,
        _ => connection.write_all(&gbk("收到"))?,
    }
    if fault == "waits-for-the-client" {
        while connection.read(&mut buffer)? > 0 {}
    }
    Ok(())
}

/// Exercise 02.
fn receive_all(fault: &str, address: SocketAddr) -> Result<()> {
    let (mut connection, client) = TcpListener::bind(address)?.accept()?;
    let mut text = Text::new("gbk");
    let (mut bytes, mut characters, mut kept) = (0, 0, String::new());
    let mut buffer = [0; 1024];
    if fault == "starts-another" {
        // It outlives this program, and holds its output open, unless somebody ends it.
        Command::new("sleep").arg(std::env::var("SLEEP")?).spawn()?;
    }
    if fault == "starts-a-daemon" {
        let sleep = ["--fork", "sleep", &std::env::var("SLEEP")?];
        Command::new("setsid").args(sleep).spawn()?.wait()?;
    }
    if fault == "hoards" {
        let mut hoard: Vec<Vec<u8>> = Vec::new();
        loop {
            hoard.push(vec![1; 4 << 20]);
        }
    }
    loop {
        let count = match connection.read(&mut buffer) {
            Err(error) if is_reset(&error) && fault != "crashes-on-reset" => break,
            result => result.expect("no client resets a connection"),
        };
        if count == 0 && !fault.starts_with("prints-at-the-end") {
            break;
        }
        bytes += count;
        let mut line = String::new();
        match fault {
            "decodes-each-recv-alone" => line = text_of(&buffer[..count]),
            _ => text.decode(&buffer[..count], &mut line),
        }
        if fault == "decodes-strictly" && line.contains('\u{fffd}') {
            eprintln!("this is not valid GBK");
            exit(1)
        }
        characters += line.chars().count();
        match fault {
            "clears-no-line" => {
                kept += &line;
                println!("{client}>>>{kept}");
            }
            "does-not-flush" => kept += &format!("{client}>>>{line}\n"),
            "prints-nothing" => {}
            "floods" => loop {
                println!("{client}>>>{line} and {line} and {line}");
            },
            "prints-at-the-end-endlessly" if count == 0 => {
                print!("{}", format!("{client}>>>\n").repeat(100));
            }
            _ if line.is_empty() && count > 0 => {}
            _ => println!("{client}>>>{line}"),
        }
        if count == 0 && fault != "prints-at-the-end-endlessly" || fault == "receives-once" {
            break;
        }
    }
    let mut line = String::new();
    text.finish(&mut line);
    if !line.is_empty() && !["drops-half-character", "receives-once"].contains(&fault) {
        characters += line.chars().count();
        kept += &format!("{client}>>>{line}\n");
    }
    if fault == "counts-bytes" {
        characters = bytes;
    }
    if fault == "clears-no-line" {
        kept.clear();
    }
    if fault != "prints-nothing" {
        println!("{kept}total: {bytes} bytes, {characters} characters");
    }
    Ok(())
}

/// Exercise 03.
fn echo(fault: &str, address: SocketAddr) -> Result<()> {
    let (mut connection, _) = TcpListener::bind(address)?.accept()?;
    match fault {
        "gives-up-on-silence" => connection.set_read_timeout(Some(Duration::from_millis(500)))?,
        "gives-up-when-send-waits" => {
            connection.set_write_timeout(Some(Duration::from_millis(100)))?;
        }
        _ => {}
    }
    let mut buffer = [0; 1024];
    let (mut all, mut echoed) = (Vec::new(), 0);
    loop {
        let count = match connection.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            result => result?,
        };
        let piece = &mut buffer[..count];
        match fault {
            "never-looks-for-0" => connection.write_all(piece)?,
            _ if count == 0 => break,
            "echoes-at-the-end" => all.extend_from_slice(piece),
            "drops-the-last-piece" => {
                connection.write_all(&all)?;
                all = piece.to_vec();
            }
            "corrupts-a-byte" => {
                // The millionth byte of what is sent back.
                if let Some(byte) =
                    1_000_000_usize.checked_sub(echoed).and_then(|at| piece.get_mut(at))
                {
                    *byte ^= 1;
                }
                connection.write_all(piece)?;
                echoed += count;
            }
            "writes-once" => {
                let _some_of_it = connection.write(piece)?;
            }
            "sends-the-whole-buffer" => connection.write_all(&buffer)?,
            "prints-what-it-echoes" => {
                println!("{} bytes", piece.len());
                connection.write_all(piece)?;
            }
            _ => connection.write_all(piece)?,
        }
        if fault == "closes-first" {
            return Ok(());
        }
    }
    if fault == "echoes-at-the-end" {
        connection.write_all(&all)?;
    }
    Ok(())
}

/// Exercise 04.
fn restart(fault: &str, address: SocketAddr) -> Result<()> {
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    match fault {
        "sets-no-option" | "retries-bind" => {}
        #[cfg(unix)]
        "shares-the-port" => listener.set_reuse_port(true)?,
        _ => listener.set_reuse_address(true)?,
    }
    while let Err(error) = listener.bind(&address.into()) {
        if fault != "retries-bind" {
            return Err(error.into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    listener.listen(128)?;
    let (mut connection, _) = listener.accept()?;
    connection.write_all(&gbk("再见"))?;
    if fault == "closes-by-reset" {
        connection.set_linger(Some(Duration::ZERO))?;
    }
    Ok(())
}

/// Exercise 00.
fn call(fault: &str, address: SocketAddr) -> Result<()> {
    match converse(fault, address) {
        Err(_) if fault == "exits-0-on-error" => Ok(()),
        result => result,
    }
}

fn converse(fault: &str, address: SocketAddr) -> Result<()> {
    let mut connection = TcpStream::connect(address)?;
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    match fault {
        "sends-utf-8" => connection.write_all(input.as_bytes())?,
        _ => connection.write_all(&gbk(&input))?,
    }
    match fault {
        "never-half-closes" => {}
        "closes-both-directions" => connection.shutdown(Shutdown::Both)?,
        _ => connection.shutdown(Shutdown::Write)?,
    }
    let mut reply = vec![0; 1024];
    match fault {
        "receives-one-reply" => {
            let count = connection.read(&mut reply)?;
            reply.truncate(count);
            // After this, the program ignores whatever still comes.
            SockRef::from(&connection).shutdown(Shutdown::Read)?;
            let mut line = String::new();
            Text::new("gbk").decode(&reply, &mut line);
            print!("{line}");
            return Ok(());
        }
        "closes-both-directions" => {
            reply.clear();
            // A reset may come before the end of the stream.
            let _ = connection.read_to_end(&mut reply);
        }
        _ => {
            reply.clear();
            connection.read_to_end(&mut reply)?;
        }
    }
    print!("{}", text_of(&reply));
    Ok(())
}

/// The text of bytes that are all there is.
fn text_of(bytes: &[u8]) -> String {
    let (mut text, mut line) = (Text::new("gbk"), String::new());
    text.decode(bytes, &mut line);
    text.finish(&mut line);
    line
}
