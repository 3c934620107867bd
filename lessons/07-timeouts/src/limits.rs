//! Each limit that no option changes, in one place.

use std::net::TcpStream;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

/// After its last words, the server reads so long and so much, and discards it.
pub const LINGER: Duration = Duration::from_secs(2);
pub const LINGER_BYTES: usize = 16 << 20;
/// So many refused clients at once get words.
pub const REFUSALS: usize = 64;
/// The kernel keeps so much for each connection and direction, and not some megabytes.
pub const BUFFER: usize = 64 << 10;
/// At closing time, no client waits longer for the goodbye to another one.
pub const GOODBYE: Duration = Duration::from_millis(500);

/// A client whose network is gone sends no FIN. So the kernel asks after 15 s of silence, then every
/// 5 s. After 3 questions without an acknowledgement, recv fails.
pub fn notice_if_it_vanishes(connection: &TcpStream, write: Duration) {
    let (time, interval, retries) = (Duration::from_secs(15), Duration::from_secs(5), 3);
    let keepalive = TcpKeepalive::new().with_time(time).with_interval(interval);
    let _ = SockRef::from(connection).set_tcp_keepalive(&keepalive.with_retries(retries));
    // While data waits for its acknowledgement the kernel asks nothing, and tries for 15 minutes. On
    // Linux you can limit that, too. It replaces `retries`, so it is as long.
    let _patience = write.max(time + retries * interval);
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(connection).set_tcp_user_timeout(Some(_patience));
}
