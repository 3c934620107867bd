//! Who watches: the packets, the sockets, where threads wait, and what programs print.

pub mod observer;
pub mod packets;
pub mod sockets;
pub mod threads;
