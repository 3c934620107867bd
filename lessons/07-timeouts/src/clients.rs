//! The clients that are connected. All threads share them.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use shared::{Messages, say};

static CONNECTED: Mutex<BTreeMap<SocketAddr, Arc<Client>>> = Mutex::new(BTreeMap::new());
static ONE_HAS_GONE: Condvar = Condvar::new();

/// Set at closing time.
pub static IS_CLOSING: AtomicBool = AtomicBool::new(false);

/// Why no lock fails.
pub const WHY: &str = "no thread panics while it holds the lock";

pub struct Client {
    pub address: SocketAddr,
    pub connection: TcpStream,
    /// Its thread holds this lock while it replies, the closing thread while it says goodbye.
    pub turn: Mutex<Turn>,
}

#[derive(Default)]
pub struct Turn {
    pub messages: Messages,
    pub has_said_goodbye: bool,
}

/// Adds a client. If `most` are connected, it returns the connection.
pub fn add(
    connection: TcpStream,
    address: SocketAddr,
    most: usize,
) -> Result<Arc<Client>, TcpStream> {
    let mut connected = CONNECTED.lock().expect(WHY);
    if connected.len() >= most {
        return Err(connection);
    }
    let client = Arc::new(Client { address, connection, turn: Mutex::default() });
    connected.insert(address, Arc::clone(&client));
    say(format!("{address} connected ({} now)", connected.len()));
    Ok(client)
}

/// 6 close 关闭: forgets a client, whose connection is closed if nothing else owns it.
pub fn remove(address: SocketAddr, ending: &str) {
    let mut connected = CONNECTED.lock().expect(WHY);
    connected.remove(&address);
    say(format!("{address} {ending} ({} now)", connected.len()));
    ONE_HAS_GONE.notify_all();
}

pub fn all() -> Vec<Arc<Client>> {
    CONNECTED.lock().expect(WHY).values().cloned().collect()
}

/// Waits until all have gone, but not longer than `time`. Returns how many are left.
pub fn wait_until_all_have_gone(time: Duration) -> usize {
    let connected = CONNECTED.lock().expect(WHY);
    let waited = ONE_HAS_GONE.wait_timeout_while(connected, time, |some| !some.is_empty());
    waited.expect(WHY).0.len()
}
