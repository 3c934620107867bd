//! Every lesson repeats this, and no lesson teaches it: reading the command line, printing what a
//! client sent, saying what went wrong, and reading the kernel's table of sockets.
//!
//! A lesson calls these by one plain call each, so that its own file holds its own subject alone.

mod command_line;
mod failure;
mod keyboard;
mod limits;
mod listening;
// Lesson 05's file, word for word; there it is not public.
#[allow(clippy::should_implement_trait)]
mod messages;
pub mod socket_table;
mod transcript;

pub use command_line::{Arguments, CommandLine};
pub use failure::{
    Failure, exit, exit_status, how_lost, is_exhausted, is_of_one_client, is_reset,
    is_timeout_or_signal, say, say_how_many,
};
pub use keyboard::{Framing, typed_lines};
pub use limits::Limits;
pub use listening::{accept, listen, own};
pub use messages::{LONGEST, Messages, TooLong};
pub use plain::{Text, encode_line, escape, gbk};
pub use transcript::{
    Replies, Transcript, print_line, print_message, reply_to_all, report_incomplete,
};

use std::net::{Ipv4Addr, SocketAddr};

use plain::{Lang, Words};
use socket2::SockAddr;

/// The language in which a program speaks to its user: Chinese if the system speaks Chinese.
pub fn language() -> Lang {
    let is_chinese = sys_locale::get_locale().is_some_and(|name| name.starts_with("zh"));
    if is_chinese { Lang::ZhCn } else { Lang::En }
}

/// These words, in the language of the system.
fn in_words(words: &Words) -> String {
    words.say(language()).to_owned()
}

/// The IP address and port in what the kernel calls a socket address. If an IPv4 client connected
/// to an IPv6 socket (`::ffff:127.0.0.1`), this is its IPv4 address.
///
/// On macOS, accept may return a client without an address, because it had reset the connection
/// before. Such a client is `0.0.0.0:0`.
pub fn ip_and_port(address: &SockAddr) -> SocketAddr {
    let unknown = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let address = address.as_socket().unwrap_or(unknown);
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
