//! Who watches: the packets, the sockets and the server's process.

pub mod capture;
pub mod observer;
pub mod system_call;
