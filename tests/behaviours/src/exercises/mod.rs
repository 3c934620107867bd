//! What the exercises ask for. The same functions examine the learner's exercise, its solution, and
//! any command in any language.

pub mod answer_once;
pub mod caller;
pub mod hang_up_first;
pub mod restart;

use stage::{Program, Stage};

use crate::behaviour::{Behaviour, table};
use crate::closing::a_reset_ends_the_call_with_the_total;
use crate::receiving::*;
use crate::text::*;
use answer_once::*;
use caller::*;
use hang_up_first::*;
use restart::*;

/// Something for the learner to build.
pub struct Exercise {
    /// Two digits, as in `lesson-02`.
    pub number: &'static str,
    /// The folder of its lesson, below `lessons/`.
    pub folder: &'static str,
    /// What it asks for, in this order.
    pub table: &'static [Behaviour],
    /// Whether it is a client, and the coach its server.
    pub is_client: bool,
    /// What it prints behind its transcript: as [`Program::last_line`].
    pub last_line: fn(bytes: usize, characters: usize) -> String,
}

impl Exercise {
    /// The exercise of this number, if there is one.
    pub fn numbered(number: &str) -> Option<&'static Exercise> {
        EXERCISES.iter().find(|exercise| exercise.number == number)
    }

    /// The learner's file, below the workspace.
    pub fn file(&self) -> String {
        format!("lessons/{}/exercise/src/main.rs", self.folder)
    }

    /// The file of its solution, below the workspace.
    pub fn solution(&self) -> String {
        format!("lessons/{}/exercise/src/bin/solution-{}.rs", self.folder, self.number)
    }

    /// The program to examine for this exercise.
    pub fn program(&self, stage: &Stage, command: Vec<String>) -> Program {
        Program::command(stage, command).ending_with(self.last_line)
    }
}

/// Every exercise, in the order in which a learner meets them.
pub static EXERCISES: [Exercise; 5] = [
    Exercise {
        number: "01",
        folder: "01-receive-once",
        is_client: false,
        last_line: nothing,
        table: table! {
            EverySystem:
                what_one_recv_brings_is_printed,
                the_answer_comes_whole,
                a_silent_client_is_not_waited_for_twice,
                of_3000_bytes_1024_are_printed_and_answered;
        },
    },
    Exercise {
        number: "02",
        folder: "02-receive-loop",
        is_client: false,
        last_line: total,
        table: table! {
            EverySystem:
                what_comes_is_printed_at_once,
                a_character_split_by_time_comes_out_whole,
                a_character_split_by_the_buffer_comes_out_whole,
                the_end_prints_the_total_and_nothing_else,
                bytes_and_characters_are_counted,
                a_stray_byte_is_replaced,
                half_a_character_at_the_end_is_replaced,
                a_reset_ends_the_call_with_the_total,
                a_long_call_arrives_whole;
        },
    },
    Exercise {
        number: "03",
        folder: "03-client-first-close",
        is_client: false,
        last_line: nothing,
        table: table! {
            EverySystem:
                every_byte_comes_back_at_once,
                a_half_closing_client_gets_everything_back,
                a_silent_client_is_waited_for,
                time_wait_is_the_clients,
                ten_megabytes_come_back_whole,
                a_client_that_reads_late_gets_everything_back;
        },
    },
    Exercise {
        number: "04",
        folder: "04-address-reuse",
        is_client: false,
        last_line: nothing,
        table: table! {
            EverySystem:
                the_first_client_is_bidden_farewell,
                it_starts_again_at_once_on_the_same_port,
                a_second_one_is_refused_while_it_listens;
        },
    },
    Exercise {
        number: "00",
        folder: "00-client",
        is_client: true,
        last_line: nothing,
        table: table! {
            EverySystem:
                its_input_is_sent_in_gbk,
                the_whole_reply_is_printed,
                a_refused_call_is_an_error,
                a_reset_call_is_an_error;
        },
    },
];

fn nothing(_bytes: usize, _characters: usize) -> String {
    String::new()
}

/// The last line of exercise 02.
fn total(bytes: usize, characters: usize) -> String {
    format!("total: {bytes} bytes, {characters} characters\n")
}
