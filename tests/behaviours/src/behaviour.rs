//! A behaviour, and tables of them.

use stage::{Program, Verdict};

/// Something that a program has to do.
pub struct Behaviour {
    /// Its name: that of its function.
    pub name: &'static str,
    /// Examines a program.
    pub run: fn(&Program) -> Verdict,
    /// Where it holds.
    pub on: On,
}

/// The systems on which a behaviour holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Linux, macOS and Windows.
    EverySystem,
    /// It was measured on Linux, or reads what only Linux shows.
    Linux,
}

/// A table of behaviours, from the names of their functions.
macro_rules! table {
    ($($on:ident: $($behaviour:ident),+;)*) => {
        &[$($($crate::behaviour::Behaviour {
            name: stringify!($behaviour),
            run: $behaviour,
            on: $crate::behaviour::On::$on,
        },)+)*]
    };
}
pub(crate) use table;
