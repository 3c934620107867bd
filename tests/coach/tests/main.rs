//! The coach is examined: its commands, its verdicts on wrong programs, and on right ones in any
//! language. One program, so that all of it runs side by side.

mod coach;
mod exercises;
mod grading;
mod other_languages;
mod tutorial;
mod wrong_servers;
