//! What the lessons do: each behaviour is one function, named by the sentence it proves.
//!
//! `program` is the path of the program that has to show it. Which lesson shows what is listed in
//! `tests/lessons/`, one file for each lesson.

pub mod address;
pub mod client;
pub mod closing;
pub mod contract;
pub mod receiving;
pub mod text;

pub use crate::exercises::whole_call;
