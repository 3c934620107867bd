//! The part of `shared` that needs no sockets, and so builds for every target: bytes to text and back,
//! the names of a connection's states, and words in two languages.

mod state;
mod text;
mod words;

pub use state::State;
pub use text::{Text, encode_line, escape, gbk};
pub use words::{Lang, Words, one_line};
