//! What happens between a server and its clients, packet by packet: on Linux alone.
//!
//! - [`scene`] says what is done, and when; the player does it in a separate network;
//! - the sources watch, the stream puts what they see in order, the tracker makes events of it;
//! - the package `picture` makes a picture of the events, on every system.
#![cfg(target_os = "linux")]

mod network;
mod packet;
mod pcap;
mod player;
pub mod scene;
mod sight;
mod sources;
mod stream;
mod tracker;

pub use network::Network;
pub use picture::event;
pub use player::{Played, Task, play};
pub use sources::sockets::SERVER;
