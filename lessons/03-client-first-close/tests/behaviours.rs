//! What lesson 03 does.

behaviours::examine! {
    env!("CARGO_BIN_EXE_lesson-03");
    contract::help_explains,
    contract::a_bad_argument_is_one_line_and_status_2,
    contract::a_port_in_use_is_an_error_with_a_hint,
    contract::an_address_of_another_machine_is_an_error_with_a_hint,
    contract::ipv6_is_served_too,
    contract::an_output_that_nobody_reads_ends_it_quietly,
    receiving::one_send_is_one_line,
    receiving::an_empty_call_prints_nothing,
    text::chinese_text_is_read_as_gbk,
    text::a_stray_byte_is_replaced_and_nothing_else_is_lost,
    text::half_a_character_at_the_end_is_replaced,
    text::utf_8_text_is_mojibake,
    text::a_forged_line_is_shown_escaped,
    text::an_escape_sequence_is_shown_escaped,
    text::ordinary_punctuation_is_shown_as_it_is,
    contract::a_closed_output_ends_it_quietly,
    receiving::what_comes_later_is_a_line_of_its_own,
    receiving::two_sends_back_to_back_arrive_whole,
    closing::a_reset_after_some_bytes_leaves_them_printed,
    whole_call::a_character_split_by_the_buffer_comes_out_whole,
    closing::each_piece_is_answered_with_its_size,
    closing::a_half_closing_client_gets_its_reply,
}

behaviours::examine_on_linux! {
    env!("CARGO_BIN_EXE_lesson-03");
    contract::it_listens_where_it_was_told_to_and_nowhere_else,
    contract::a_full_disk_is_an_error,
    contract::ctrl_c_ends_it_while_it_waits_for_a_caller,
    contract::ctrl_c_ends_it_in_mid_call,
    receiving::a_second_client_waits_in_the_queue,
    whole_call::a_character_split_by_time_comes_out_whole,
    closing::a_client_that_closes_first_leaves_the_port_free_at_once,
    closing::a_reset_leaves_nothing_behind,
    closing::the_server_says_that_the_client_closed_first,
    closing::a_server_that_closes_first_is_left_in_fin_wait,
    closing::a_server_that_closes_first_can_not_start_again,
    closing::a_reply_before_a_reset_can_still_be_read,
    closing::a_reset_before_any_byte_is_reported,
}
