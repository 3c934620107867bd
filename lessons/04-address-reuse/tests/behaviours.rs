//! What lesson 04 shows.

behaviours::examine! {
    env!("CARGO_BIN_EXE_lesson-04");
    contract::help_explains,
    address::the_standard_library_sets_the_option_on_unix,
    address::other_systems_are_spoken_of,
    address::an_address_is_a_bad_argument,
}

behaviours::examine_on_linux! {
    env!("CARGO_BIN_EXE_lesson-04");
    address::time_wait_is_shown,
    address::the_table_holds_row_by_row,
}

#[test]
#[ignore = "needs a minute; measured on Linux only"]
fn time_wait_ends_after_a_minute() -> behaviours::Verdict {
    let lesson = behaviours::Program::lesson(env!("CARGO_BIN_EXE_lesson-04"));
    behaviours::address::time_wait_ends_after_a_minute(&lesson)
}
