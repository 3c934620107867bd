//! What happens between a server and its clients, packet by packet, and its picture.
//!
//! - [`scene`] says what is done, and when; the player does it in a network of its own (Linux);
//! - the sources watch, the stream puts what they see in order, the tracker makes events of it;
//! - [`picture`] makes a picture of the events, on every system.

pub mod event;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod packet;
#[cfg(target_os = "linux")]
mod pcap;
pub mod picture;
#[cfg(target_os = "linux")]
mod player;
pub mod scene;
#[cfg(target_os = "linux")]
mod sight;
#[cfg(target_os = "linux")]
mod sources;
#[cfg(target_os = "linux")]
mod stream;
#[cfg(target_os = "linux")]
mod tracker;

#[cfg(target_os = "linux")]
pub use network::Network;
#[cfg(target_os = "linux")]
pub use player::{Played, Task, play};
#[cfg(target_os = "linux")]
pub use sources::sockets::SERVER;
