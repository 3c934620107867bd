//! The book says what is so: its console sessions are run, its translations do not drift, its
//! numbers name their measurement, and its code is the lessons' own.
//!
//! `BOOK=rewrite cargo test -p coach --test book` writes down what the programs print now;
//! `BOOK=translated …` accepts the translations as they are.

mod commands;
mod host;
mod includes;
mod markdown;
mod numbers;
mod pages;
mod programs;
mod run;
mod sessions;
mod translations;
mod workspace;

use pages::{hold, load};

/// What the environment asks for, instead of a comparison.
fn asked(what: &str) -> bool {
    std::env::var_os("BOOK").is_some_and(|asked| asked == what)
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the book prints what Linux prints")]
fn the_console_sessions_are_as_printed() {
    sessions_are_as_printed(false);
}

#[test]
#[ignore = "they take a minute; as printed on Linux"]
fn the_long_console_sessions_are_as_printed() {
    sessions_are_as_printed(true);
}

fn sessions_are_as_printed(long: bool) {
    let pages = load();
    let (mut sessions, mut complaints) = (Vec::new(), Vec::new());
    for page in &pages {
        let found = sessions::of(page);
        sessions.extend(found.sessions.into_iter().filter(|session| session.is_long == long));
        complaints.extend(found.complaints);
    }
    if !programs::have_python() {
        eprintln!("SKIPPED: there is no python3 on this machine");
        sessions.retain(|session| !session.commands().any(commands::Command::is_python));
    }
    let programs = programs::build(&sessions);
    let ran = run::all(&sessions, &programs);
    if asked("rewrite") {
        run::rewrite(&pages, &ran.changes);
    } else {
        complaints.extend(ran.differences);
    }
    complaints.extend(ran.failures);
    hold(&complaints);
}

#[test]
fn no_page_is_ahead_of_its_translation() {
    let pages = load();
    if asked("translated") {
        translations::accept(&pages).iter().for_each(pages::Page::write);
        return;
    }
    hold(&translations::check(&pages));
}

#[test]
fn both_languages_have_the_same_skeleton() {
    hold(&translations::compare_skeletons(&load()));
}

#[test]
fn numbers_and_claims_name_what_shows_them() {
    hold(&load().iter().flat_map(numbers::check).collect::<Vec<_>>());
}

#[test]
fn code_is_included_and_its_file_is_linked() {
    hold(&load().iter().flat_map(includes::check).collect::<Vec<_>>());
}
