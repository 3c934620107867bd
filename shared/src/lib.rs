//! What every lesson repeats and no lesson teaches: reading the command line, printing what a
//! caller said, saying what went wrong, and reading the kernel's table of sockets.
//!
//! A lesson calls these by one plain call each, so that its own file holds its own subject alone.

mod command_line;
mod failure;
mod keyboard;
pub mod socket_table;
mod transcript;

pub use command_line::{Arguments, CommandLine};
pub use failure::{Failure, exit_status, is_reset, say};
pub use keyboard::{Framing, typed_lines};
pub use plain::{Text, encode_line, escape, gbk};
pub use transcript::{Replies, Transcript, print_line, print_message};

use std::net::{Ipv4Addr, SocketAddr};

use socket2::SockAddr;

/// The IP address and port in what the kernel calls a socket address; an IPv4 caller of an IPv6
/// socket (`::ffff:127.0.0.1`) by his IPv4 address.
///
/// It can be empty: on macOS, accept may return a caller without an address, who had reset the
/// connection before. He is `0.0.0.0:0`.
pub fn ip_and_port(address: &SockAddr) -> SocketAddr {
    let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let address = address.as_socket().unwrap_or(nobody);
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
