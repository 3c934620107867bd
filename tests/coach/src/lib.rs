//! Examines exercises, explains what it found, and grades.
//!
//! - [`examination`] has a program show one behaviour after the other;
//! - [`cause`] recognises the mistake behind a fault;
//! - [`report`] says it, for people and for machines.

pub mod cause;
pub mod examination;
pub mod report;
