//! What happens in one scene, packet by packet, and its picture.

#[cfg(target_os = "linux")]
mod netlink;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod packet;
#[cfg(target_os = "linux")]
mod pcap;
pub mod picture;
#[cfg(target_os = "linux")]
mod recorder;
pub mod recording;
pub mod scene;
#[cfg(target_os = "linux")]
mod sources;
pub mod tcp;

#[cfg(target_os = "linux")]
pub use network::Network;
#[cfg(target_os = "linux")]
pub use recorder::{Recorded, Task, record};
