//! What is made from what it tells of: it begins after its mark and ends at an empty line.

use std::fs;
use std::path::Path;

use book::{compare, files, hold, root};

/// The coach's manual lists the causes in the coach's own words.
#[test]
fn the_causes_are_in_the_coachs_own_words() {
    let words = fs::read_to_string(root().join("tests/coach/src/words/causes.txt"));
    let words = words.expect("the coach has words").replace("\r\n", "\n");
    hold(["en", "zh-CN"].into_iter().filter_map(|language| {
        let page = root().join(format!("docs/{language}/src/coach.md"));
        made(&page, "causes", &causes(&words, language))
    }));
}

/// README's picture shows what each room is for and which others it uses, as the manifests do.
#[test]
fn the_rooms_are_as_their_manifests_say() {
    hold(made(&root().join("README.md"), "rooms", &rooms()));
}

/// How a file differs from what it should be, with `new` after its mark.
fn made(file: &Path, mark: &str, new: &str) -> Option<String> {
    let text = fs::read_to_string(file).expect("it is there").replace("\r\n", "\n");
    let mark = format!("<!-- {mark} -->\n\n");
    let (above, below) = text.split_once(&mark).expect("it has the mark");
    let behind = below.split_once("\n\n").map_or(String::new(), |(_, rest)| format!("\n{rest}"));
    compare(file, &format!("{above}{mark}{new}{behind}")).err()
}

/// Each block is a name, then the mistake in English and in Chinese, then why it matters.
fn causes(words: &str, language: &str) -> String {
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

/// The rooms as a graph. A manifest begins with the room's name and its description.
fn rooms() -> String {
    let files = files("tests").into_iter().filter(|file| file.ends_with("Cargo.toml"));
    let manifests: Vec<String> = files.flat_map(fs::read_to_string).collect();
    let quoted = |nth: usize| manifests.iter().flat_map(move |text| text.split('"').nth(nth));
    let mut graph = "```mermaid\ngraph TD\n".to_owned();
    for ((text, name), what) in manifests.iter().zip(quoted(1)).zip(quoted(3)) {
        let is_used = |other: &&str| text.contains(&format!("\n{other}.workspace = true"));
        let used: Vec<&str> = quoted(1).filter(is_used).collect();
        let arrow = if used.is_empty() { "" } else { " --> " };
        graph += &format!("    {name}[\"<b>{name}</b><br>{what}\"]{arrow}{}\n", used.join(" & "));
    }
    graph + "```\n"
}
