//! Examines exercises, explains what it found, and grades.
//!
//! - [`examination`] has a program show one behaviour after the other;
//! - [`cause`] recognises the mistake that caused a fault;
//! - [`answers`] builds what students hand in;
//! - [`turns`] are taken by examinations that need the machine to themselves;
//! - [`report`] says it, for people and for machines, in [`words`]; [`screen`] lays it out.
//!
//! It knows the behaviours, and runs cargo and the recorder.

pub mod answers;
pub mod cause;
pub mod examination;
pub mod report;
pub mod screen;
pub mod turns;
pub mod words;
