//! Lesson 07: clients that misbehave, and closing time. 第七课：超时，以及优雅退出。
//!
//! The server of lesson 06, with a deadline for every wait for a client, and with an end in order.

mod clients;
mod limits;
mod talk;
mod wait;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, Builder};
use std::time::Duration;

use clients::Client;
use shared::{Failure, Limits, Messages, say};
use socket2::SockRef;
use talk::IS_CLOSING;

/// How many clients were refused, since the last line about them.
static REFUSED: AtomicUsize = AtomicUsize::new(0);

fn main() -> ExitCode {
    let about = "the server of lesson 06, for clients that misbehave. Ctrl-C ends it in order.";
    let (address, limits) = Limits::read("lesson-07", about);
    shared::exit_status(serve(address, limits))
}

fn serve(address: SocketAddr, limits: Limits) -> Result<(), Failure> {
    // Each client needs a descriptor. So do the clients that are refused, and the server's files.
    #[cfg(unix)]
    limits.need_descriptors(rlimit::increase_nofile_limit(limits.descriptors())?);
    // Ctrl-C, SIGTERM and SIGHUP; on Windows Ctrl-C, Ctrl-Break and a closed window.
    let (sender, ctrl_c) = mpsc::channel();
    ctrlc::set_handler(move || sender.send(()).unwrap_or(())).map_err(Failure::new)?;
    // 1 socket 创建套接字, 2 bind 绑定, 3 listen 监听: as in lesson 06.
    let listener = shared::listen(address)?;
    SockRef::from(&listener).set_send_buffer_size(limits::BUFFER)?;
    SockRef::from(&listener).set_recv_buffer_size(limits::BUFFER)?;
    let address = listener.local_addr()?;
    say(format!("listening on {address}"));
    Builder::new().spawn(move || accept(&listener, limits))?;
    let closing = Builder::new().spawn(move || close(address, limits.grace))?;
    let _ = ctrl_c.recv();
    IS_CLOSING.store(true, SeqCst);
    closing.thread().unpark();
    // If no program reads our output, a print may block each of the other threads. This one never
    // prints, and ends the process a second after the grace, or at the second Ctrl-C.
    let is_over = ctrl_c.recv_timeout(limits.grace + Duration::from_secs(1)).is_err();
    process::exit(if is_over { 0 } else { 130 })
}

/// Accepts until closing time, and starts a thread for each client.
fn accept(listener: &TcpListener, limits: Limits) {
    let refusing = Arc::new(());
    loop {
        // 4 accept 等待连接: as in lesson 06, with its three kinds of errors.
        let (connection, address) = shared::accept(listener);
        if IS_CLOSING.load(SeqCst) {
            return;
        }
        let _ = connection.set_nodelay(true);
        limits::notice_if_it_vanishes(&connection, limits.write);
        let turn = Mutex::new(Some(Messages::default()));
        let client = Arc::new(Client { address, connection, turn });
        if !clients::add(&client, limits.clients) {
            refuse(client, limits.write, Arc::clone(&refusing));
            continue;
        }
        let started = Builder::new().spawn(move || {
            let ending = talk::talk(&client, limits);
            drop(client);
            clients::remove(address, &ending.unwrap_or_else(|error| shared::how_lost(&error)));
        });
        if let Err(error) = started {
            clients::remove(address, &format!("cannot be served: {error}"));
        }
    }
}

/// One client too many gets last words, from a thread, because accept must not wait for it. The
/// threads share `refusing`. If there are too many of them, no words are sent.
fn refuse(client: Arc<Client>, write: Duration, refusing: Arc<()>) {
    REFUSED.fetch_add(1, SeqCst);
    if Arc::strong_count(&refusing) <= limits::REFUSALS + 1 {
        let _ = Builder::new().spawn(move || {
            let _until_it_ends = refusing;
            wait::end(&client.connection, "忙，请稍后再拨\n", write)
        });
    }
}

/// Closing time: no new clients, 再见 for each client, and a limited wait for them.
fn close(address: SocketAddr, grace: Duration) -> ! {
    while !IS_CLOSING.load(SeqCst) {
        thread::park_timeout(Duration::from_secs(1));
        shared::say_how_many(REFUSED.swap(0, SeqCst), "refused");
    }
    // A flag does not wake accept, but a connection does. Then the listening socket is closed.
    let _ = TcpStream::connect_timeout(&shared::own(address), limits::GOODBYE);
    shared::say_how_many(clients::say_goodbye_to_all(grace), "cut off");
    process::exit(0)
}
