//! What the exercises ask for. The same functions examine the learner's exercise, its solution, and
//! any command in any language.

pub mod caller;
pub mod client_closes_first;
pub mod conference;
pub mod parcel;
pub mod reply_once;
pub mod restart;

use crate::behaviour::{Behaviour, table};
use crate::closing::a_reset_ends_the_connection_with_the_total;
use crate::closing_time::*;
use crate::receiving::*;
use crate::text::*;
use crate::timeouts::*;
use caller::*;
use client_closes_first::*;
use conference::*;
use parcel::*;
use reply_once::*;
use restart::*;

/// Something for the learner to build.
pub struct Exercise {
    /// Two digits, as in `lesson-02`.
    pub number: &'static str,
    /// The folder of its lesson, below `lessons/`.
    pub folder: &'static str,
    /// What it asks for, in this order.
    pub table: &'static [Behaviour],
    /// How many behaviours of the table each of its steps takes; none where it is done in one go.
    pub steps: &'static [usize],
    /// Whether it is a client, and the coach its server.
    pub is_client: bool,
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
}

/// Every exercise, in the order in which a learner meets them.
pub static EXERCISES: [Exercise; 8] = [
    Exercise {
        number: "01",
        folder: "01-receive-once",
        is_client: false,
        steps: &[],
        table: table! {
            EverySystem:
                prints_the_bytes_of_one_recv,
                sends_the_complete_reply,
                ends_after_one_recv_even_if_the_client_stays,
                prints_and_answers_the_first_1024_of_3000_bytes;
        },
    },
    Exercise {
        number: "02",
        folder: "02-receive-loop",
        is_client: false,
        steps: &[1, 5, 3],
        table: table! {
            EverySystem:
                prints_received_text_immediately,
                a_character_split_by_time_comes_out_whole,
                a_character_split_by_the_buffer_comes_out_whole,
                receives_all_of_a_long_message,
                a_stray_byte_is_replaced,
                half_a_character_at_the_end_is_replaced,
                prints_only_the_total_at_the_end,
                bytes_and_characters_are_counted,
                a_reset_ends_the_connection_with_the_total;
        },
    },
    Exercise {
        number: "00",
        folder: "00-client",
        is_client: true,
        steps: &[],
        table: table! {
            EverySystem:
                sends_its_input_in_gbk,
                prints_the_complete_reply,
                a_refused_connection_is_an_error,
                a_reset_connection_is_an_error;
        },
    },
    Exercise {
        number: "03",
        folder: "03-client-first-close",
        is_client: false,
        steps: &[],
        table: table! {
            EverySystem:
                echoes_every_byte_immediately,
                a_half_closing_client_gets_everything_back,
                waits_for_a_silent_client,
                time_wait_is_on_the_client_side,
                prints_nothing,
                echoes_ten_megabytes,
                a_client_that_reads_late_gets_everything_back;
        },
    },
    Exercise {
        number: "04",
        folder: "04-address-reuse",
        is_client: false,
        steps: &[],
        table: table! {
            EverySystem:
                sends_goodbye_then_fin,
                restarts_immediately_on_the_same_port,
                a_second_server_fails_while_the_first_listens;
        },
    },
    Exercise {
        number: "05",
        folder: "05-framing",
        is_client: false,
        steps: &[6, 4, 2],
        table: table! {
            EverySystem:
                each_parcel_is_printed_and_answered,
                ten_parcels_in_one_send_are_ten_messages,
                a_parcel_in_pieces_is_one_message,
                a_half_closing_client_gets_all_replies,
                an_empty_parcel_is_a_message,
                each_parcel_is_decoded_by_itself,
                a_parcel_of_4096_bytes_is_a_message,
                a_longer_parcel_ends_its_connection,
                memory_does_not_follow_the_length_field,
                an_incomplete_parcel_ends_its_connection,
                serves_one_client_after_the_other_until_ctrl_c,
                replies_come_without_delay;
        },
    },
    Exercise {
        number: "06",
        folder: "06-many-clients",
        is_client: false,
        steps: &[5, 3, 3],
        table: table! {
            EverySystem:
                a_newcomer_is_announced_to_all,
                all_others_receive_a_message,
                the_sender_does_not_receive_its_message,
                a_message_is_relayed_when_it_is_complete,
                the_bytes_of_a_message_are_not_changed,
                a_client_that_leaves_is_announced,
                half_a_message_is_not_relayed,
                talks_until_ctrl_c,
                all_receive_the_lines_in_the_same_order,
                a_client_that_never_reads_delays_no_other_client,
                fifty_clients_talk_at_once;
        },
    },
    Exercise {
        number: "07",
        folder: "07-timeouts",
        is_client: false,
        steps: &[7, 4],
        table: table! {
            EverySystem:
                a_silent_client_gets_last_words,
                a_client_that_talks_is_not_idle,
                a_slow_message_gets_last_words,
                last_words_reach_a_client_that_goes_on_sending,
                one_client_too_many_gets_words,
                each_ending_makes_room_for_another_client,
                refused_clients_delay_no_other,
                at_ctrl_c_each_client_gets_goodbye,
                goodbye_reaches_a_client_that_goes_on_sending,
                half_a_message_at_ctrl_c_is_not_a_message,
                no_client_delays_the_end;
        },
    },
];
