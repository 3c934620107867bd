//! Which lesson has to do what.

use crate::address_reuse::*;
use crate::behaviour::{Behaviour, table};
use crate::client::*;
use crate::closing::*;
use crate::closing_time::*;
use crate::contract::*;
use crate::framing::*;
use crate::many_clients::*;
use crate::receiving::*;
use crate::text::*;
use crate::timeouts::*;

/// What every program does that takes an address.
pub static ARGUMENTS: &[Behaviour] = table! {
    EverySystem:
        help_explains,
        a_bad_argument_is_one_line_and_status_2;
};

/// What every server does before its first client, and at Ctrl-C.
pub static LISTENING: &[Behaviour] = table! {
    EverySystem:
        a_port_in_use_is_an_error_with_a_hint,
        an_address_of_another_machine_is_an_error_with_a_hint;
    Linux:
        it_listens_where_it_was_told_to_and_nowhere_else,
        ctrl_c_ends_it_while_it_waits_for_a_client,
        ctrl_c_ends_it_during_a_connection;
};

/// What every server does that ends with its client, beside [`LISTENING`].
pub static CONTRACT: &[Behaviour] = table! {
    EverySystem:
        ipv6_is_served_too,
        a_closed_standard_output_ends_it_quietly,
        one_send_is_one_line,
        an_empty_connection_prints_nothing,
        receives_everything_from_a_half_closing_client;
    Linux:
        a_full_disk_is_an_error,
        a_reset_before_any_byte_is_reported;
};

/// How every server shows what it received.
pub static TEXT: &[Behaviour] = table! {
    EverySystem:
        chinese_text_is_read_as_gbk,
        a_stray_byte_is_replaced,
        half_a_character_at_the_end_is_replaced,
        utf_8_text_is_mojibake,
        a_forged_line_is_shown_escaped,
        an_escape_sequence_is_shown_escaped,
        ordinary_punctuation_is_shown_as_it_is;
};

/// What every server does that receives until the end.
pub static STREAM: &[Behaviour] = table! {
    EverySystem:
        prints_received_text_immediately,
        two_sends_back_to_back_arrive_whole,
        a_character_split_by_the_buffer_comes_out_whole,
        a_closed_output_ends_it_quietly,
        a_reset_after_some_bytes_leaves_them_printed;
    Linux:
        a_character_split_by_time_comes_out_whole,
        a_second_client_waits_in_the_queue,
        a_client_that_closes_first_leaves_the_port_free_at_once,
        a_reset_leaves_nothing_behind;
};

/// What lesson 01 does besides, and what it loses.
pub static RECEIVE_ONCE: &[Behaviour] = table! {
    EverySystem:
        standard_error_says_where_it_listens_and_no_more,
        later_bytes_are_lost,
        a_character_split_by_the_buffer_is_cut_off,
        a_character_split_by_time_is_cut_off;
    Linux:
        only_1024_of_3000_bytes_arrive;
};

/// What lesson 02 does besides.
pub static RECEIVE_LOOP: &[Behaviour] = table! {
    EverySystem:
        standard_error_says_where_it_listens_and_no_more,
        receives_ten_megabytes;
    Linux:
        ten_megabytes_need_little_memory;
};

/// What lesson 03 does besides.
pub static CLIENT_FIRST_CLOSE: &[Behaviour] = table! {
    EverySystem:
        each_piece_is_answered_with_its_size,
        a_half_closing_client_gets_its_reply;
    Linux:
        the_server_says_that_the_client_closed_first,
        a_server_that_closes_first_is_left_in_fin_wait,
        a_server_that_closes_first_can_not_start_again,
        a_reply_before_a_reset_can_still_be_read;
};

/// What every server for messages does, from lesson 05 on.
pub static LINES: &[Behaviour] = table! {
    EverySystem:
        each_line_is_printed_and_answered,
        ten_lines_in_one_send_are_ten_messages,
        a_line_in_many_recvs_is_one_message,
        the_beginning_of_the_next_line_is_kept,
        a_half_closing_client_gets_the_reply_to_each_line,
        an_empty_line_is_a_message,
        one_carriage_return_is_dropped,
        each_line_is_decoded_by_itself,
        halves_of_characters_end_no_message,
        lines_are_shown_as_in_the_lessons_before,
        a_line_of_4096_bytes_is_a_message,
        a_longer_line_gets_last_words_and_ends_its_connection,
        an_incomplete_line_is_reported,
        a_reset_ends_no_other_connection,
        one_client_after_the_other_is_served_until_ctrl_c,
        replies_to_lines_come_without_delay,
        an_ipv6_client_is_served_too,
        a_closed_standard_output_ends_it_at_the_first_line;
    Linux:
        a_line_on_a_full_disk_is_an_error;
};

/// What lesson 05 does besides.
pub static ONE_AT_A_TIME: &[Behaviour] = table! {
    Linux:
        a_second_client_waits_until_the_first_has_gone,
        a_client_that_never_reads_blocks_the_server;
};

/// What lesson 06 does besides.
pub static MANY_CLIENTS: &[Behaviour] = table! {
    EverySystem:
        a_silent_client_delays_no_other,
        standard_error_says_who_connects_and_who_closes,
        it_counts_each_ending_of_a_connection,
        the_lines_of_a_hundred_clients_are_whole_and_in_order,
        two_hundred_clients_that_connect_at_once_are_all_answered;
    Linux:
        a_client_that_never_reads_delays_no_other,
        four_silent_clients_starve_four_workers,
        a_backlog_of_three_holds_four_clients,
        without_descriptors_it_waits_for_a_client_to_close,
        without_threads_it_serves_the_clients_that_it_has;
};

/// The same as in [`MANY_CLIENTS`], with many times the clients; for this a test needs seconds.
pub static CROWDS: &[Behaviour] = table! {
    EverySystem:
        the_lines_of_a_thousand_clients_are_whole_and_in_order,
        four_thousand_clients_that_connect_at_once_are_all_answered;
};

/// What a server does with clients that misbehave, from lesson 07 on.
pub static MANNERS: &[Behaviour] = table! {
    EverySystem:
        a_port_in_use_is_an_error_with_a_hint,
        an_address_of_another_machine_is_an_error_with_a_hint,
        a_silent_client_delays_no_other,
        standard_error_says_who_connects_and_who_closes,
        it_counts_each_ending_of_a_connection,
        the_lines_of_a_hundred_clients_are_whole_and_in_order,
        two_hundred_clients_that_connect_at_once_are_all_answered,
        a_silent_client_gets_last_words,
        a_client_that_talks_is_not_idle,
        a_slow_message_gets_last_words,
        a_message_after_another_has_its_whole_time,
        last_words_reach_a_client_that_goes_on_sending,
        one_client_too_many_gets_words,
        each_ending_makes_room_for_another_client,
        refused_clients_delay_no_other,
        refusing_is_bounded,
        a_client_that_never_reads_is_reset,
        a_client_that_reads_too_slowly_is_reset,
        standard_error_says_which_limit_ended_a_connection,
        refused_clients_are_counted,
        limits_are_numbers_above_0;
    Linux:
        too_few_descriptors_are_an_error,
        the_limit_of_descriptors_is_raised,
        nothing_is_kept_for_a_client_that_never_reads,
        it_listens_where_it_was_told_to_and_nowhere_else,
        a_client_that_never_reads_delays_no_other,
        the_kernel_asks_whether_a_silent_client_is_there,
        without_descriptors_it_waits_for_a_client_to_close;
};

/// The same, in a network that the test can take down; for this a test needs half a minute.
#[cfg(target_os = "linux")]
pub static VANISHING: &[Behaviour] = table! {
    Linux:
        clients_that_vanish_are_noticed;
};

/// How a server ends at Ctrl-C, from lesson 07 on.
pub static CLOSING_TIME: &[Behaviour] = table! {
    EverySystem:
        at_ctrl_c_each_client_gets_goodbye,
        sigterm_ends_it_like_ctrl_c,
        goodbye_reaches_a_client_that_goes_on_sending,
        a_message_is_printed_if_and_only_if_it_is_answered,
        half_a_message_at_ctrl_c_is_not_a_message,
        a_client_that_had_its_last_words_is_not_reported_at_ctrl_c,
        no_client_delays_the_end,
        a_second_ctrl_c_ends_it_at_once,
        ctrl_c_ends_it_while_no_client_is_connected,
        ctrl_c_ends_it_if_its_output_is_not_read,
        ctrl_c_ends_it_if_its_errors_are_not_read,
        after_ctrl_c_no_client_is_accepted;
    Linux:
        at_ctrl_c_a_client_that_never_reads_is_reset,
        ctrl_c_ends_it_without_descriptors;
};

/// What lesson 04 shows.
pub static ADDRESS_REUSE: &[Behaviour] = table! {
    EverySystem:
        help_explains,
        an_address_is_a_bad_argument,
        the_standard_library_sets_the_option_on_unix,
        prints_notes_for_macos_and_windows;
    Linux:
        time_wait_is_shown,
        each_row_of_the_table_is_true;
};

/// What lesson 00 does besides; the test is its server.
pub static CLIENT: &[Behaviour] = table! {
    EverySystem:
        a_line_is_sent_in_gbk_without_its_newline,
        with_line_it_sends_the_newline_too,
        with_length_it_sends_and_expects_the_length,
        sends_utf_8_when_told_to,
        a_character_that_gbk_lacks_is_named,
        typed_text_must_be_utf_8,
        prints_replies_as_they_arrive,
        controls_in_a_reply_are_shown_escaped,
        after_the_end_of_input_it_reads_until_the_server_closes,
        a_server_that_closes_first_is_noticed_at_once,
        a_server_that_resets_is_an_error,
        a_refused_connection_says_how_to_start_a_server;
    Linux:
        a_hint_is_in_the_language_of_the_locale,
        killing_the_client_closes_its_connection;
};
