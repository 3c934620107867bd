//! The coach's words, English and Chinese beside each other.

pub mod exercises;
