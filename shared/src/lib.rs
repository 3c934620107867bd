//! What every lesson repeats and no lesson teaches: reading the command line, printing what a
//! caller said, saying what went wrong, and reading the kernel's table of sockets.
//!
//! A lesson calls these by one plain call each, so that its own file holds its own subject alone.

mod command_line;
mod failure;
pub mod socket_table;
mod text;
mod transcript;

pub use command_line::{Arguments, CommandLine};
pub use failure::{Failure, exit_status, is_reset, say};
pub use text::{Text, encode_line, gbk};
pub use transcript::{Replies, Transcript, print_line};

use std::net::SocketAddr;

use socket2::SockAddr;

/// The IP address and port in what the kernel calls a socket address.
///
/// # Panics
/// Where the address is of another family, such as a Unix socket's path: no lesson opens a socket
/// of that kind.
pub fn ip_and_port(address: &SockAddr) -> SocketAddr {
    address.as_socket().expect("the lessons open IPv4 and IPv6 sockets only")
}
