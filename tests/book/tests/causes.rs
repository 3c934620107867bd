//! The coach's manual lists the causes under `<!-- causes -->`, in the coach's own words.

use std::fs;

use book::{compare, hold, pages, root};

const MARK: &str = "<!-- causes -->\n\n";

#[test]
fn the_causes_are_in_the_coachs_own_words() {
    let words = root().join("tests/coach/src/words/causes.txt");
    let words = fs::read_to_string(words).expect("the coach has words").replace("\r\n", "\n");
    let mut found = 0;
    for page in pages() {
        let Some((above, below)) = page.text.split_once(MARK) else { continue };
        found += 1;
        let (_, behind) = below.split_once("\n\n").unwrap_or_default();
        let made = format!("{above}{MARK}{}\n{behind}", table(&words, page.language));
        hold(compare(&page.file, &made).err());
    }
    assert_eq!(found, 2, "each language has the mark once");
}

/// Each block is a name, then the mistake in English and in Chinese, then why it matters.
fn table(words: &str, language: &str) -> String {
    let (head, line) = match language {
        "en" => ("| cause | what it means |", 1),
        _ => ("| 名称 | 意思 |", 2),
    };
    let mut table = format!("{head}\n|---|---|\n");
    for block in words.split("\n\n").map(str::trim).filter(|block| !block.starts_with('#')) {
        let lines: Vec<&str> = block.lines().collect();
        table += &format!("| `{}` | {} |\n", lines[0], lines[line].replace('|', "\\|"));
    }
    table
}
