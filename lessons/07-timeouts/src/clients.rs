//! The clients that are connected. All threads share them.

use std::collections::BTreeMap;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use shared::{Messages, gbk, report_incomplete, say};

use crate::limits::GOODBYE;
use crate::wait::{reset, send};

static CONNECTED: Mutex<BTreeMap<SocketAddr, Arc<Client>>> = Mutex::new(BTreeMap::new());
static ONE_HAS_GONE: Condvar = Condvar::new();
pub const WHY: &str = "no thread panics while it holds the lock";

pub struct Client {
    pub address: SocketAddr,
    pub connection: TcpStream,
    /// What it has sent, until the goodbye. The thread that sends to it holds this lock.
    pub turn: Mutex<Option<Messages>>,
}

/// Adds a client, unless `most` are connected.
pub fn add(client: &Arc<Client>, most: usize) -> bool {
    let mut connected = CONNECTED.lock().expect(WHY);
    if connected.len() >= most {
        return false;
    }
    connected.insert(client.address, Arc::clone(client));
    say(format!("{} connected ({} now)", client.address, connected.len()));
    true
}

/// 6 close 关闭: forgets a client, whose connection is closed if nothing else owns it.
pub fn remove(address: SocketAddr, ending: &str) {
    let mut connected = CONNECTED.lock().expect(WHY);
    connected.remove(&address);
    say(format!("{address} {ending} ({} now)", connected.len()));
    ONE_HAS_GONE.notify_all();
}

/// Says goodbye to all, and waits until they have gone. Returns how many are left after `grace`.
pub fn say_goodbye_to_all(grace: Duration) -> usize {
    let connected = CONNECTED.lock().expect(WHY);
    for client in connected.values() {
        // No portable call wakes a thread from recv. So this thread says goodbye, except to a client
        // whose thread is replying: that thread says goodbye itself.
        if let Ok(mut turn) = client.turn.try_lock() {
            say_goodbye(client, &mut turn);
        }
    }
    let waited = ONE_HAS_GONE.wait_timeout_while(connected, grace, |some| !some.is_empty());
    let left = waited.expect(WHY).0;
    for client in left.values().filter(|client| client.turn.try_lock().is_err()) {
        reset(&client.connection); // Its thread is still replying: the client does not read.
    }
    left.len()
}

/// The next bytes of the client are discarded.
pub fn say_goodbye(client: &Client, turn: &mut Option<Messages>) {
    if let Some(messages) = turn.take() {
        report_incomplete(&messages, client.address);
        let _ = send(&client.connection, &gbk("再见\n"), GOODBYE);
        let _ = client.connection.shutdown(Shutdown::Write);
    }
}
