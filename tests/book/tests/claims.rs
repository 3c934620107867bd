//! A claim names what shows it: `<!-- shown by: test NAME -->`, `<!-- measured: test NAME -->`,
//! `<!-- source: FILE -->`. More of them stand behind semicolons.

use std::collections::BTreeSet;
use std::fs;

use book::{Piece, files, hold, pages, root};

/// What comments begin with. Anything else is a slip of the pen, and a check that nobody makes.
const KINDS: [&str; 8] = [
    "causes",
    "code: ",
    "measured: ",
    "not run: ",
    "session",
    "shown by: ",
    "source: ",
    "written against: ",
];

#[test]
fn claims_name_what_shows_them() {
    let (tests, mut wrong) = (tests(), Vec::new());
    for page in pages() {
        for (place, piece) in page.pieces() {
            if let Piece::Comment(words) = piece {
                let mistakes = mistakes(words, &tests);
                wrong.extend(mistakes.map(|mistake| format!("{}: {mistake}", page.line(place))));
            }
        }
    }
    hold(wrong);
}

/// What a comment names and is not there.
fn mistakes(words: &str, tests: &BTreeSet<String>) -> impl Iterator<Item = String> {
    let mut kind = "";
    words.split("; ").filter_map(move |claim| {
        kind = KINDS.into_iter().find(|kind| claim.starts_with(kind)).unwrap_or(kind);
        let what = claim.strip_prefix(kind).unwrap_or(claim);
        let is_there = match (kind, what.strip_prefix("test ")) {
            ("", _) | ("measured: " | "shown by: ", None) => false,
            ("measured: " | "shown by: ", Some(name)) => tests.contains(name),
            // A path; not `RFC 9293` or `xnu, bsd/netinet/tcp_timer.h`.
            ("source: ", _) if what.contains('/') && !what.contains(' ') => {
                root().join(what).exists()
            }
            _ => true,
        };
        (!is_there).then(|| format!("`{kind}{what}` is not there"))
    })
}

/// Every test of the workspace, and every behaviour: a lesson's list makes a test of it.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let folders = ["lessons", "shared", "tests"].map(files);
    for file in folders.concat().iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        let text = fs::read_to_string(file).expect("Rust is text");
        let is_behaviours = file.starts_with(root().join("tests/behaviours/src"));
        for marked in text.split(if is_behaviours { "\npub " } else { "#[test]" }).skip(1) {
            let name = marked.split_once("fn ").and_then(|(_, name)| name.split(['(', '<']).next());
            names.extend(name.map(str::to_owned));
        }
    }
    names
}

#[test]
fn a_missing_test_or_file_is_named() {
    let tests = BTreeSet::from(["known".to_owned()]);
    let wrong = |words| mistakes(words, &tests).collect::<Vec<_>>().join("; ");
    assert_eq!(wrong("shown by: test known; source: RFC 9293; tests/book/Cargo.toml"), "");
    assert_eq!(wrong("measured: test known; test other"), "`measured: test other` is not there");
    assert_eq!(wrong("shown by: a look"), "`shown by: a look` is not there");
    assert_eq!(wrong("source: tests/none.rs"), "`source: tests/none.rs` is not there");
    assert_eq!(wrong("sesion"), "`sesion` is not there");
}
