//! What lesson 00 does.

behaviours::examine! {
    env!("CARGO_BIN_EXE_lesson-00");
    client::a_line_is_sent_in_gbk_without_its_newline,
    client::with_line_the_newline_is_sent_too,
    client::it_speaks_utf_8_when_told_to,
    client::a_character_that_gbk_lacks_is_named,
    client::what_is_typed_must_be_utf_8,
    client::replies_appear_as_they_come,
    client::controls_in_a_reply_are_shown_escaped,
    client::after_the_end_of_input_it_reads_until_the_server_closes,
    client::a_server_that_closes_first_is_noticed_at_once,
    client::a_server_that_resets_is_an_error,
    client::a_refused_call_says_how_to_start_a_server,
    contract::help_explains,
    contract::a_bad_argument_is_one_line_and_status_2,
}

behaviours::examine_on_linux! {
    env!("CARGO_BIN_EXE_lesson-00");
    client::who_is_killed_closes_the_connection,
}
