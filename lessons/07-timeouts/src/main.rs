//! Lesson 07: clients that misbehave, and closing time. 第七课：超时，以及优雅退出。
//!
//! The server of lesson 06, with a deadline for every wait for a client, and with an end in order.

mod clients;
mod ending;
mod limits;
mod talk;
mod wait;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{self, ExitCode};
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::thread::{self, Builder};
use std::time::Duration;

use clients::IS_CLOSING;
use limits::{Limits, REFUSED};
use shared::{CommandLine, Failure, say};
use socket2::SockRef;

const HELP: &str = "\
Lesson 07: the server of lesson 06, for clients that misbehave. Ctrl-C ends it in order.

Usage: lesson-07 [ADDRESS] [OPTIONS]

  ADDRESS            IP:PORT to listen on; port 0 is any free one [default: 127.0.0.1:7788]
  --idle SECONDS     how long a client may be silent between messages [default: 60]
  --message SECONDS  how long a message may take once it has begun [default: 10]
  --write SECONDS    how long a client may not read its replies [default: 10]
  --clients N        how many clients may be connected at once [default: 1000]
  --grace SECONDS    how long the server waits for its clients after Ctrl-C [default: 3]
";

fn main() -> ExitCode {
    let line = CommandLine::new(HELP).seconds("idle").seconds("message").seconds("write");
    let arguments = line.seconds("grace").number("clients").read();
    shared::exit_status(serve(arguments.address, Limits::of(&arguments)))
}

fn serve(address: SocketAddr, limits: Limits) -> Result<(), Failure> {
    // Each connection needs a descriptor. If the system allows fewer, accept pauses.
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(limits.clients as u64 + 100);
    let ctrl_c = signals(limits.grace)?;
    // 1 socket 创建套接字, 2 bind 绑定, 3 listen 监听: as in lesson 06. Each connection inherits the
    // sizes of the buffers.
    let listener = shared::listen(address)?;
    SockRef::from(&listener).set_send_buffer_size(limits::BUFFER)?;
    SockRef::from(&listener).set_recv_buffer_size(limits::BUFFER)?;
    let address = listener.local_addr()?;
    say(format!("listening on {address}"));
    Builder::new().spawn(move || accept(&listener, limits))?;
    let _ = ctrl_c.recv();
    close(address, limits.grace);
    Ok(())
}

/// Ctrl-C, SIGTERM and SIGHUP; on Windows Ctrl-C, Ctrl-Break and a closed window.
fn signals(grace: Duration) -> Result<mpsc::Receiver<()>, Failure> {
    let (sender, receiver) = mpsc::channel();
    let mut is_second = false;
    let handler = move || {
        if is_second {
            process::exit(130);
        }
        is_second = true;
        let _ = sender.send(());
        // If no program reads our output, each of the other threads may be blocked by a print.
        let _ = Builder::new().spawn(move || {
            thread::sleep(grace + Duration::from_secs(1));
            process::exit(0);
        });
    };
    ctrlc::set_handler(handler).map_err(Failure::new)?;
    Ok(receiver)
}

/// Accepts until closing time.
fn accept(listener: &TcpListener, limits: Limits) {
    let refused = Arc::new(());
    loop {
        // 4 accept 等待连接: as in lesson 06, with its three kinds of errors.
        let (connection, client) = shared::accept(listener);
        if IS_CLOSING.load(Ordering::SeqCst) {
            return;
        }
        begin(connection, client, limits, &refused);
    }
}

/// Starts a thread for a client. One client too many gets last words, from a thread too: accept does
/// not wait for it. Each of these threads shares `refused`. If there are too many, no words are sent.
fn begin(connection: TcpStream, address: SocketAddr, limits: Limits, refused: &Arc<()>) {
    let _ = connection.set_nodelay(true);
    limits::notice_if_it_vanishes(&connection, limits.write);
    let started = match clients::add(connection, address, limits.clients) {
        Ok(client) => Builder::new().spawn(move || {
            let ending = talk::talk(&client, limits).unwrap_or_else(|error| shared::exit(error));
            drop(client);
            clients::remove(address, &ending);
        }),
        Err(connection) if Arc::strong_count(refused) <= REFUSED => {
            let refused = Arc::clone(refused);
            Builder::new().spawn(move || {
                ending::end(&connection, "忙，请稍后再拨\n", limits.write);
                drop(refused);
            })
        }
        Err(_) => return,
    };
    if let Err(error) = started {
        clients::remove(address, &format!("cannot be served: {error}"));
    }
}

/// Closing time: no new clients, 再见 for each client, and a limited wait for them.
fn close(mut address: SocketAddr, grace: Duration) {
    IS_CLOSING.store(true, Ordering::SeqCst);
    // A flag does not wake accept, but a connection does. Then the listening socket is closed.
    if address.ip().is_unspecified() {
        let (v4, v6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
        address.set_ip(if address.is_ipv4() { v4 } else { v6 });
    }
    let _ = TcpStream::connect_timeout(&address, Duration::from_millis(100));
    // No portable call wakes a thread from recv. So this thread says goodbye, except to a client
    // whose thread is replying: that thread says goodbye itself.
    for client in clients::all() {
        if let Ok(mut turn) = client.turn.try_lock() {
            ending::say_goodbye(&client, &mut turn);
        }
    }
    match clients::wait_until_all_have_gone(grace) {
        0 => {}
        1 => say("1 client was cut off"),
        left => say(format!("{left} clients were cut off")),
    }
}
