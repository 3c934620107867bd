//! Each limit, in one place.

use std::net::TcpStream;
use std::time::Duration;

use shared::Arguments;
use socket2::{SockRef, TcpKeepalive};

/// After its last words, the server reads so long and so much, and discards it.
pub const LINGER: Duration = Duration::from_secs(2);
pub const LINGER_BYTES: usize = 16 << 20;
/// So many refused clients at once get words.
pub const REFUSED: usize = 64;
/// The kernel keeps so much for each connection and direction, and not some megabytes.
pub const BUFFER: usize = 64 << 10;

/// The limits that the command line can change.
#[derive(Clone, Copy)]
pub struct Limits {
    /// From the last reply to the first byte of the next message.
    pub idle: Duration,
    /// From there to the end of the message.
    pub message: Duration,
    /// For sending the replies to what one recv returned.
    pub write: Duration,
    /// From Ctrl-C to the end.
    pub grace: Duration,
    /// How many clients may be connected at once.
    pub clients: usize,
}

impl Limits {
    pub fn of(arguments: &Arguments) -> Self {
        let seconds = |name, usual| arguments.seconds(name).unwrap_or(Duration::from_secs(usual));
        let clients = arguments.number("clients").unwrap_or(1000) as usize;
        let (idle, message, write) =
            (seconds("idle", 60), seconds("message", 10), seconds("write", 10));
        Limits { idle, message, write, grace: seconds("grace", 3), clients }
    }
}

/// A client whose network is gone sends no FIN. So the kernel asks after 15 s of silence, then every
/// 5 s. After 3 questions without an acknowledgement, recv fails.
pub fn notice_if_it_vanishes(connection: &TcpStream, write: Duration) {
    let (time, interval, retries) = (Duration::from_secs(15), Duration::from_secs(5), 3);
    let keepalive = TcpKeepalive::new().with_time(time).with_interval(interval);
    let _ = SockRef::from(connection).set_tcp_keepalive(&keepalive.with_retries(retries));
    // While data waits for its acknowledgement the kernel asks nothing, and tries for 15 minutes. On
    // Linux you can set a limit for that, too. It replaces `retries`, so it is as long.
    let patience = write.max(time + retries * interval);
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(connection).set_tcp_user_timeout(Some(patience));
    #[cfg(not(target_os = "linux"))]
    let _ = patience;
}
