//! What the lessons do: each behaviour is one function, named by the sentence it proves.
//!
//! `program` is the path of the program that has to show it. Which lesson shows what is listed in
//! `tests/lessons/`, one file for each lesson.

pub mod address;
pub mod client;
pub mod closing;
pub mod contract;
pub mod exercises;
pub mod receiving;
pub mod text;

pub use crate::exercises::whole_call;
pub use stage::{Program, Verdict};

/// Says which behaviours a program has to show: each becomes a test of the same name.
#[macro_export]
macro_rules! examine {
    ($program:expr; $($topic:ident::$behaviour:ident,)*) => {
        $(
            #[test]
            fn $behaviour() -> $crate::Verdict {
                $crate::$topic::$behaviour(&$crate::Program::lesson($program))
            }
        )*
    };
}

/// Like [`examine!`], for behaviours that were measured on Linux and are examined only there.
#[macro_export]
macro_rules! examine_on_linux {
    ($program:expr; $($topic:ident::$behaviour:ident,)*) => {
        $(
            #[test]
            #[cfg_attr(not(target_os = "linux"), ignore = "measured on Linux only")]
            fn $behaviour() -> $crate::Verdict {
                $crate::$topic::$behaviour(&$crate::Program::lesson($program))
            }
        )*
    };
}
