//! Code in the book is included from the lessons, `{{#step ../../../lessons/…/main.rs:2}}`, and a
//! link to its file stands beside it.

use std::path::{Component, Path, PathBuf};

use crate::markdown::{self, Fence};
use crate::pages::{Complaint, Page, root};

/// Within how many lines the link has to follow.
const NEAR: usize = 8;

/// What marks code that is typed by hand, with the reason.
const BY_HAND: &str = "not in a lesson:";

/// What is shown of other files and is no code: it needs no link.
const NO_CODE: [&str; 3] = ["svg", "md", "html"];

/// One `{{#… PATH…}}`.
pub struct Directive {
    pub line: usize,
    pub text: String,
    /// Its file, from the page's folder, if it names one.
    pub path: Option<String>,
}

/// All directives of a page.
pub fn directives(page: &Page) -> Vec<Directive> {
    let lines = (1..).zip(page.text.lines());
    lines.flat_map(|(number, line)| directives_in(number, line)).collect()
}

fn directives_in(number: usize, line: &str) -> Vec<Directive> {
    let begins = line.match_indices("{{#").filter(|(at, _)| !line[..*at].ends_with('\\'));
    let directives = begins.filter_map(|(at, _)| {
        let (inner, _) = line[at..].split_once("}}")?;
        let mut words = inner.split_whitespace();
        let names_a_file = words.next() != Some("{{#title");
        let path = words.next().filter(|_| names_a_file);
        let path = path.and_then(|path| path.split(':').next()).map(str::to_string);
        Some(Directive { line: number, text: format!("{inner}}}}}"), path })
    });
    directives.collect()
}

/// What is wrong with the code in a page.
pub fn check(page: &Page) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for Directive { line, path, .. } in directives(page) {
        let Some(path) = path else { continue };
        let file = plain(&page.folder().join(&path));
        if !root().join(&file).is_file() {
            complaints.push(page.complains(line, format!("there is no file {}", slashed(&file))));
        } else if is_code(&file) && !is_linked(page, line, &file) {
            let words = format!("no link to {path} within {NEAR} lines");
            complaints.push(page.complains(line, words));
        }
    }
    complaints.extend(typed_by_hand(page));
    complaints
}

fn typed_by_hand(page: &Page) -> Vec<Complaint> {
    let parts = markdown::parse(&page.text);
    let reasons = |fence: &Fence| {
        parts.comments.iter().any(|comment| {
            let reason = comment.text.strip_prefix(BY_HAND);
            comment.last_line + 2 >= fence.line
                && comment.last_line < fence.line
                && reason.is_some_and(|reason| !reason.trim().is_empty())
        })
    };
    let rust =
        parts.fences.iter().filter(|fence| fence.info.split([' ', ',']).next() == Some("rust"));
    let by_hand = rust.filter(|fence| {
        fence.lines.iter().any(|line| !line.trim().is_empty() && directives_in(0, line).is_empty())
    });
    let unexcused = by_hand.filter(|fence| !reasons(fence));
    unexcused
        .map(|fence| {
            let words =
                format!("code typed by hand: include it, or say why above: <!-- {BY_HAND} … -->");
            page.complains(fence.line, words)
        })
        .collect()
}

fn is_code(file: &Path) -> bool {
    file.extension().is_none_or(|kind| !NO_CODE.iter().any(|no_code| kind == *no_code))
}

/// Whether a link to `file` stands on `line` or soon behind it: from the page's folder, or on the
/// web, where the address ends with the file.
fn is_linked(page: &Page, line: usize, file: &Path) -> bool {
    let near = page.text.lines().skip(line - 1).take(1 + NEAR);
    let mut targets = near.flat_map(|line| {
        line.match_indices("](")
            .filter_map(|(at, mark)| line[at + mark.len()..].split([')', ' ', '#']).next())
    });
    let on_the_web = format!("/{}", slashed(file));
    targets.any(|target| match target.contains("://") {
        true => target.ends_with(&on_the_web),
        false => plain(&page.folder().join(target)) == file,
    })
}

/// A path as the book writes it, on Windows too.
fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// A path without `..` and `.`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => _ = plain.pop(),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(text: &str) -> String {
        let complaints = check(&Page::new("en", "a.md", text));
        complaints.iter().map(|complaint| format!("{complaint}\n")).collect()
    }

    const INCLUDED: &str =
        "```rust\n{{#step ../../../lessons/02-receive-loop/src/main.rs:2}}\n```\n";

    #[test]
    fn included_code_with_its_link_is_right() {
        let page =
            format!("{INCLUDED}\n[all of it](../../../lessons/02-receive-loop/src/main.rs)\n");
        assert_eq!(complaints(&page), "");
        let page = format!(
            "{INCLUDED}[all](https://example.org/blob/main/lessons/02-receive-loop/src/main.rs#L3)\n"
        );
        assert_eq!(complaints(&page), "");
        assert_eq!(complaints("{{#title A page}} and \\{{#include such.rs}}\n"), "");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let said = complaints("\n{{#include ../../../lessons/02/src/main.rs}}\n");
        assert_eq!(said, "docs/en/src/a.md:2: there is no file lessons/02/src/main.rs\n");
    }

    #[test]
    fn included_code_without_its_link_is_named() {
        let far = format!(
            "{INCLUDED}{}[all](../../../lessons/02-receive-loop/src/main.rs)\n",
            "\n".repeat(8)
        );
        let other = format!("{INCLUDED}[all](../../../lessons/01-receive-once/src/main.rs)\n");
        for page in [INCLUDED, &far, &other] {
            let said = complaints(page);
            assert_eq!(
                said,
                "docs/en/src/a.md:2: no link to ../../../lessons/02-receive-loop/src/main.rs within 8 lines\n"
            );
        }
    }

    #[test]
    fn code_typed_by_hand_says_why() {
        let said = complaints("```rust\nlet a = 1;\n```\n");
        assert!(said.starts_with("docs/en/src/a.md:1: code typed by hand"), "{said}");
        assert_ne!(complaints("<!-- not in a lesson: -->\n```rust,ignore\nlet a = 1;\n```\n"), "");
        assert_eq!(
            complaints("<!-- not in a lesson: C has it so -->\n\n```rust\nlet a = 1;\n```\n"),
            ""
        );
    }
}
