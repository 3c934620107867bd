//! A claim names what shows it: `<!-- shown by: test NAME -->`, `<!-- measured: test NAME -->`,
//! `<!-- source: FILE -->`, several with semicolons between them. If the test runs on Linux alone,
//! the sentence of the claim has to name Linux.

use std::collections::BTreeMap;
use std::fs;

use book::{Piece, files, hold, pages, root};

/// Names of tests; true for one that runs on Linux alone.
type Tests = BTreeMap<String, bool>;

#[test]
fn claims_name_what_shows_them() {
    let (tests, mut wrong) = (tests(), Vec::new());
    for page in pages() {
        for (place, piece) in page.pieces() {
            if let Piece::Comment(words) = piece {
                let mistakes = mistakes(words, sentence(&page.text[..place]), &tests);
                wrong.extend(mistakes.map(|mistake| format!("{}: {mistake}", page.line(place))));
            }
        }
    }
    hold(wrong);
}

/// What is wrong with the claims in a comment that follows a sentence. A word that begins no kind of
/// comment is a slip of the pen, and a check that does not happen.
fn mistakes(words: &str, sentence: &str, tests: &Tests) -> impl Iterator<Item = String> {
    let mut kind = "";
    words.split("; ").filter_map(move |claim| {
        let (new, what) = claim.split_once(": ").unwrap_or((kind, claim));
        kind = new;
        let is_there = match (kind, what.strip_prefix("test ").and_then(|name| tests.get(name))) {
            ("measured" | "shown by", Some(true)) if !sentence.contains("Linux") => {
                return Some(format!("`{what}` runs on Linux alone; the sentence must name Linux"));
            }
            ("measured" | "shown by", test) => test.is_some(),
            // A path; not `RFC 9293` or `xnu, bsd/netinet/tcp_timer.h`.
            ("source", _) => {
                !what.contains('/') || what.contains(' ') || root().join(what).exists()
            }
            ("code" | "not run" | "typed" | "written against", _) => true,
            _ => claim.starts_with("session") || claim == "causes",
        };
        (!is_there).then(|| format!("`{claim}` is not there"))
    })
}

/// The last sentence of a text.
fn sentence(text: &str) -> &str {
    let text = text.trim_end_matches([' ', '*', ')', '）', '.', '。']);
    let ends = [". ", "。", "--> ", "| ", "\n\n"];
    ends.iter().fold(text, |rest, end| rest.rsplit(end).next().unwrap_or(rest))
}

/// Every test of the workspace, and every behaviour: a lesson's list makes a test of it.
fn tests() -> Tests {
    let mut names = Tests::new();
    let folders = ["lessons", "shared", "tests"].map(files);
    for file in folders.concat().iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        let text = fs::read_to_string(file).expect("Rust is text");
        let is_behaviours = file.starts_with(root().join("tests/behaviours/src"));
        for marked in text.split(if is_behaviours { "\npub " } else { "#[test]" }).skip(1) {
            if let Some((attributes, name)) = marked.split_once("fn ") {
                let name = name.split(['(', '<']).next().unwrap_or_default();
                let on_linux = attributes.contains("target_os = \"linux\"");
                *names.entry(name.to_owned()).or_default() |= on_linux;
            }
        }
        for list in text.split("    Linux:\n").skip(1).flat_map(|rest| rest.split(';').next()) {
            names.extend(list.split(',').map(|name| (name.trim().to_owned(), true)));
        }
    }
    names
}

#[test]
fn mistakes_are_found() {
    let tests = Tests::from([("known".to_owned(), false), ("on_linux".to_owned(), true)]);
    let wrong = |words, text| mistakes(words, sentence(text), &tests).collect::<String>();
    assert_eq!(wrong("shown by: test known; source: RFC 9293; tests/book/Cargo.toml", ""), "");
    assert_eq!(wrong("measured: test known; test other", ""), "`test other` is not there");
    assert_eq!(wrong("source: tests/none.rs", ""), "`source: tests/none.rs` is not there");
    assert_eq!(wrong("sesion", ""), "`sesion` is not there");
    assert_eq!(wrong("shown by: test on_linux", "It ends. On Linux it does."), "");
    let elsewhere = wrong("shown by: test on_linux", "On Linux it does. It ends.");
    assert_eq!(elsewhere, "`test on_linux` runs on Linux alone; the sentence must name Linux");
}
