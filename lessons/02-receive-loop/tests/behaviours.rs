//! What lesson 02 does.

behaviours::examine! {
    env!("CARGO_BIN_EXE_lesson-02");
    contract::help_explains,
    contract::a_bad_argument_is_one_line_and_status_2,
    contract::a_port_in_use_is_an_error_with_a_hint,
    contract::an_address_of_another_machine_is_an_error_with_a_hint,
    contract::ipv6_is_served_too,
    contract::an_output_that_nobody_reads_ends_it_quietly,
    receiving::one_send_is_one_line,
    receiving::an_empty_call_prints_nothing,
    text::chinese_text_is_read_as_gbk,
    text::half_a_character_at_the_end_is_replaced,
    text::utf_8_text_is_mojibake,
    text::a_forged_line_is_shown_escaped,
    text::an_escape_sequence_is_shown_escaped,
    text::ordinary_punctuation_is_shown_as_it_is,
    contract::standard_error_says_where_it_listens_and_no_more,
    closing::a_half_closing_client_is_heard_to_the_end,
    receiving::ten_megabytes_arrive_whole,
    contract::a_closed_output_ends_it_quietly,
    receiving::two_sends_back_to_back_arrive_whole,
    closing::a_reset_after_some_bytes_leaves_them_printed,
    whole_call::a_character_split_by_the_buffer_comes_out_whole,
    whole_call::what_comes_is_printed_at_once,
    whole_call::the_end_prints_the_total_and_nothing_else,
    whole_call::bytes_and_characters_are_counted,
    whole_call::a_stray_byte_is_replaced,
    whole_call::a_long_call_arrives_whole,
}

behaviours::examine_on_linux! {
    env!("CARGO_BIN_EXE_lesson-02");
    contract::it_listens_where_it_was_told_to_and_nowhere_else,
    contract::a_full_disk_is_an_error,
    contract::ctrl_c_ends_it_while_it_waits_for_a_caller,
    contract::ctrl_c_ends_it_in_mid_call,
    receiving::a_second_client_waits_in_the_queue,
    whole_call::a_character_split_by_time_comes_out_whole,
    whole_call::a_reset_ends_the_call_with_the_total,
    closing::a_client_that_closes_first_leaves_the_port_free_at_once,
    closing::a_reset_leaves_nothing_behind,
    receiving::ten_megabytes_need_little_memory,
    closing::a_reset_before_any_byte_is_reported,
}
