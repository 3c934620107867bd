//! What lesson 01 does, and what it loses.

behaviours::examine! {
    env!("CARGO_BIN_EXE_lesson-01");
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
    contract::standard_error_says_where_it_listens_and_no_more,
    closing::a_half_closing_client_is_heard_to_the_end,
    receiving::what_comes_later_is_lost,
    receiving::a_character_split_by_the_buffer_is_cut_off,
    receiving::a_character_split_by_time_is_cut_off,
}

behaviours::examine_on_linux! {
    env!("CARGO_BIN_EXE_lesson-01");
    contract::it_listens_where_it_was_told_to_and_nowhere_else,
    contract::a_full_disk_is_an_error,
    contract::ctrl_c_ends_it_while_it_waits_for_a_caller,
    contract::ctrl_c_ends_it_in_mid_call,
    closing::a_reset_before_any_byte_is_reported,
    receiving::of_3000_bytes_1024_arrive,
}
