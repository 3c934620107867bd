//! Servers for the recorder's own tests: `odd-server KIND ADDRESS`.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::exit;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [kind, address] = words.as_slice() else {
        return Err("usage: odd-server KIND ADDRESS".into());
    };
    let address: SocketAddr = address.parse()?;
    match kind.as_str() {
        "never-listens" => {
            eprintln!("I do not feel like listening");
            exit(3)
        }
        "serves" | "serves-v6" => serves(address),
        "connects" => Ok(TcpStream::connect(address)?.write_all(b"hello")?),
        "hostile" => hostile(address),
        "threads" => threads(address),
        "calls-itself" => calls_itself(address),
        _ => Err(format!("unknown server {kind}").into()),
    }
}

/// Receives, without a word, until the client closes.
fn serves(address: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind(address)?;
    let (mut connection, _client) = listener.accept()?;
    let mut buffer = [0; 1024];
    while connection.read(&mut buffer)? > 0 {}
    Ok(())
}

/// Everything that could harm who shows it.
fn hostile(address: SocketAddr) -> Result<()> {
    let (mut connection, _client) = TcpListener::bind(address)?.accept()?;
    print!("</text><script>alert(1)</script>&amp;]]>\u{1b}[2J\u{202e}\0\u{ffff}");
    println!("{}", "<b>".repeat(100_000));
    connection.write_all(&b"</svg>\x1b[2J\xff&".repeat(1 << 16))?;
    Ok(())
}

/// A thread for each client, which answers what it receives.
fn threads(address: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    for connection in listener.incoming() {
        let connection = connection?;
        std::thread::spawn(move || io::copy(&mut &connection, &mut &connection));
    }
    Ok(())
}

/// A server that first connects to itself, and then serves until the client closes.
fn calls_itself(address: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind(address)?;
    let mut myself = TcpStream::connect(address)?;
    myself.write_all(b"myself")?;
    // Somebody else may have been faster.
    let calls = [listener.accept()?, listener.accept()?];
    for (mut connection, caller) in calls {
        if caller != myself.local_addr()? {
            io::copy(&mut connection, &mut io::sink())?;
        }
    }
    Ok(())
}
