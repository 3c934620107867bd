//! A number that was measured names the test or the command that measures it, in a comment behind
//! it: `61.7 s<!-- measured: test a_name -->`. So does a claim: `<!-- shown by: test a_name -->`.
//! What comes from a document names it: `<!-- source: RFC 9293 -->`.
//!
//! A comment with a line of its own stands for the whole paragraph, list or table below it.

use crate::markdown::{self, Comment, Markdown};
use crate::pages::{Complaint, Page};
use crate::workspace::{Workspace, workspace};

/// What stands behind a number for where it comes from.
const ORIGINS: [&str; 3] = ["measured:", "source:", "estimate:"];

/// What a comment in the book begins with. Anything else may be a slip of the pen, and a check that
/// is silently not made.
const COMMENTS: [&str; 9] = [
    "measured:",
    "source:",
    "estimate:",
    "shown by:",
    "session",
    "not run:",
    "not in a lesson:",
    "written against:",
    "note:",
];

/// Units of time, size and rate, and the share of a whole. The longest that fits is taken.
const UNITS: [&str; 41] = [
    "ns",
    "µs",
    "μs",
    "us",
    "ms",
    "s",
    "sec",
    "second",
    "seconds",
    "min",
    "minute",
    "minutes",
    "h",
    "hour",
    "hours",
    "kB",
    "KB",
    "MB",
    "GB",
    "KiB",
    "MiB",
    "GiB",
    "kB/s",
    "KB/s",
    "MB/s",
    "GB/s",
    "KiB/s",
    "MiB/s",
    "GiB/s",
    "Mbit/s",
    "Gbit/s",
    "%",
    "纳秒",
    "微秒",
    "毫秒",
    "秒",
    "分钟",
    "小时",
    "兆字节",
    "千字节",
    "吉字节",
];

/// What is wrong with the numbers, claims and comments of a page.
pub fn check(page: &Page) -> Vec<Complaint> {
    let parts = markdown::parse(&page.text);
    let mut complaints = Vec::new();
    for comment in &parts.comments {
        let mistakes = mistakes(comment, workspace());
        complaints.extend(mistakes.into_iter().map(|words| page.complains(comment.line, words)));
    }
    for line in &parts.prose {
        let prose = without_targets(&line.text);
        for number in numbers(&prose) {
            if !is_backed(&parts, line.line) {
                let words = format!(
                    "where does `{number}` come from? <!-- measured: test … -->, <!-- measured: cargo … --> or <!-- source: … -->"
                );
                complaints.push(page.complains(line.line, words));
            }
        }
    }
    complaints
}

fn mistakes(comment: &Comment, workspace: &Workspace) -> Vec<String> {
    let text = &comment.text;
    let Some(kind) = COMMENTS.into_iter().find(|kind| text.starts_with(kind)) else {
        let first = text.lines().next().unwrap_or_default();
        let known = COMMENTS.join(" ");
        return vec![format!("no check knows the comment `{first}`; they begin with {known}")];
    };
    let what = text[kind.len()..].trim();
    let mut mistakes = Vec::new();
    if kind.ends_with(':') && what.is_empty() {
        mistakes.push(format!("`{kind}` what?"));
    }
    // GitHub's Markdown (GFM 6.10) takes it for text that the reader is to see.
    if comment.inline && text.contains("--") {
        mistakes.push("a comment within a line may not contain `--`; give it a line of its own above the paragraph".into());
    }
    let is_checked = ["measured:", "shown by:"].contains(&kind) && !what.is_empty();
    for evidence in what.split(';').filter(|_| is_checked).map(str::trim) {
        let missing = match evidence.strip_prefix("test ") {
            Some(name) if workspace.has_test(name) => None,
            Some(name) => Some(format!("there is no test {name}")),
            None => workspace.misses(evidence),
        };
        mistakes.extend(missing.map(|missing| format!("`{kind} {evidence}`: {missing}")));
    }
    mistakes
}

/// Whether a comment says where the numbers of a line come from: on the line itself, or on a line of
/// its own above the paragraph.
fn is_backed(parts: &Markdown, line: usize) -> bool {
    let is_blank = |line: usize| {
        let on_it = |one: &&markdown::Line| one.line == line;
        parts.prose.iter().find(on_it).is_none_or(|one| one.text.trim().is_empty())
    };
    let is_origin =
        |comment: &&Comment| ORIGINS.iter().any(|origin| comment.text.starts_with(origin));
    parts.comments.iter().filter(is_origin).any(|comment| match comment.inline {
        true => comment.line == line,
        false => comment.last_line < line && !(comment.last_line + 1..=line).any(is_blank),
    })
}

/// Prose without the targets of links, without tags and directives.
fn without_targets(text: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some((at, begin, end)) = first_of(rest, &[("](", ")"), ("{{", "}}"), ("<", ">")]) {
        let inner = &rest[at + begin.len()..];
        let Some(length) = inner.find(end) else { break };
        left += &rest[..at];
        left.push(' ');
        rest = &inner[length + end.len()..];
    }
    left + rest
}

fn first_of<'a>(text: &str, pairs: &[(&'a str, &'a str)]) -> Option<(usize, &'a str, &'a str)> {
    let found = pairs.iter().filter_map(|(begin, end)| Some((text.find(begin)?, *begin, *end)));
    found.min_by_key(|(at, ..)| *at)
}

/// Each number of `text` that has a unit behind it, with that unit.
fn numbers(text: &str) -> Vec<String> {
    let text = text.replace(['*', '_'], "");
    let mut found = Vec::new();
    let mut end = 0;
    while let Some(at) = text[end..].find(|c: char| c.is_ascii_digit()) {
        let begin = end + at;
        let is_of_it = |c: char| c.is_ascii_digit() || ".,".contains(c);
        let digits = text[begin..].len() - text[begin..].trim_start_matches(is_of_it).len();
        let digits = text[begin..begin + digits].trim_end_matches(['.', ',']);
        end = begin + digits.len();
        if let Some(unit) = unit(digits, &text[end..]).filter(|_| !is_in_a_name(&text[..begin])) {
            found.push(format!("{digits} {unit}"));
        }
    }
    found
}

/// Whether digits behind `text` belong to a name and count nothing: `x86`, `127.0.0.1:7788`,
/// `lesson-02`.
fn is_in_a_name(text: &str) -> bool {
    let mut before = text.chars().rev();
    let (last, one_more) = (before.next().unwrap_or(' '), before.next().unwrap_or(' '));
    match last {
        '-' => one_more.is_ascii_alphabetic(),
        ':' | '/' => one_more.is_ascii_alphanumeric(),
        last => last.is_ascii_alphanumeric(),
    }
}

/// The unit with which `text` begins, perhaps behind a space or a hyphen.
fn unit(digits: &str, text: &str) -> Option<&'static str> {
    let inner = text.strip_prefix([' ', '\u{a0}', '\u{202f}', '-']).unwrap_or(text);
    let fitting = UNITS
        .into_iter()
        .filter(|unit| inner.strip_prefix(unit).is_some_and(|behind| !continues(unit, behind)));
    let unit = fitting.max_by_key(|unit| unit.len())?;
    // The 1980s.
    let is_decade = unit == "s" && digits.len() == 4 && inner.len() == text.len();
    (!is_decade).then_some(unit)
}

/// Whether a word goes on behind what looked like its end. Chinese words do not show it.
fn continues(unit: &str, behind: &str) -> bool {
    let is_word = unit.ends_with(|c: char| c.is_ascii_alphabetic());
    is_word && behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(text: &str) -> String {
        let complaints = check(&Page::new("en", "a.md", text));
        complaints.iter().map(|complaint| format!("{complaint}\n")).collect()
    }

    #[test]
    fn numbers_with_a_unit_are_found() {
        let all = "61.7 s, 10-60s; **5** ms 1 GB/s 50% 2-minute 60 秒 3.5毫秒 1分钟 1,024 KiB.";
        let found = [
            "61.7 s",
            "60 s",
            "5 ms",
            "1 GB/s",
            "50 %",
            "2 minute",
            "60 秒",
            "3.5 毫秒",
            "1 分钟",
            "1,024 KiB",
        ];
        assert_eq!(numbers(all), found);
    }

    #[test]
    fn other_numbers_are_let_be() {
        let none = "5 steps, 1024 bytes, the 1980s, 127.0.0.1:7788 s, RFC 9293, x86 s, 2 servers, lesson-02 s, 3 minuets, 1024 字节";
        assert_eq!(numbers(none), [""; 0]);
        assert_eq!(
            complaints(
                "`sleep 5 s` and [x](a-5%.md) <b style=\"width: 50%\">\n\n```text\n5 s\n```\n"
            ),
            ""
        );
    }

    #[test]
    fn a_number_without_an_origin_is_named() {
        let said = complaints("\nIt took 61.7 s.\n");
        assert!(said.starts_with("docs/en/src/a.md:2: where does `61.7 s` come from?"), "{said}");
        let said = complaints("大约 60 秒。\n");
        assert!(said.starts_with("docs/en/src/a.md:1: where does `60 秒` come from?"), "{said}");
    }

    #[test]
    fn an_origin_stands_on_the_line_or_above_the_paragraph() {
        assert_eq!(complaints("It keeps 60 s<!-- source: tcp(7) -->.\n"), "");
        let above = "<!-- measured: cargo run -p lesson-04 -- --wait -->\nIt took\n61.7 s.\n";
        assert_eq!(complaints(above), "");
        assert!(complaints(&format!("{above}\nAnd 5 s.\n")).contains("a.md:5: where does `5 s`"));
    }

    #[test]
    fn what_is_named_must_be_there() {
        let known = "a_client_that_closes_first_leaves_the_port_free_at_once";
        assert_eq!(
            complaints(&format!("So.<!-- shown by: test {known}; test the_solution_passes -->\n")),
            ""
        );
        let shown = |by: &str| complaints(&format!("<!-- shown by: {by} -->\n"));
        assert_eq!(
            shown("test no_such"),
            "docs/en/src/a.md:1: `shown by: test no_such`: there is no test no_such\n"
        );
        // A function, and no test.
        assert!(shown("test marked_tests").contains("there is no test"));
        for right in [
            "cargo bench -p lesson-02",
            "cargo bench -p lesson-02 --bench receive-loop",
            "cargo run -p lesson-04 -- --wait",
            "cargo test",
            "cargo coach check 02",
            ".ci/run",
            "python3 tests/other-languages/whole_call.py",
        ] {
            assert_eq!(shown(right), "", "{right}");
        }
        assert!(shown("cargo run -p lesson-99").contains("there is no package lesson-99"));
        assert!(shown("cargo bench -p lesson-01").contains("lesson-01 has no bench"));
        assert!(shown("cargo run -p lesson-01 --bin x").contains("lesson-01 has no bin x"));
        assert!(shown("python3 x.py").contains("there is no file x.py"));
        assert!(shown("a long look").contains("not a test, a command"));
        assert!(shown("").contains("what?"));
    }

    #[test]
    fn comments_are_known_ones_and_invisible() {
        assert!(
            complaints("<!-- mesured: test x -->\n")
                .contains("a.md:1: no check knows the comment `mesured: test x`")
        );
        assert!(
            complaints("5 s<!-- measured: cargo run -p lesson-04 -- --wait -->\n")
                .contains("may not contain `--`")
        );
    }
}
