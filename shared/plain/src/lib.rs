//! The part of `shared` that needs no sockets, and so builds for every target: bytes to text and back,
//! and the names of a connection's states.

mod state;
mod text;

pub use state::State;
pub use text::{Text, encode_line, escape, gbk};
