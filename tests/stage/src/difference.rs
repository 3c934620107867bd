//! Two texts that had to be the same, and the place where they part.

use std::net::SocketAddr;

/// Two texts that had to be the same. The clients' addresses in them, which differ every time, are
/// written `IP:PORT`.
#[derive(Clone)]
pub struct Difference {
    /// What had to be.
    pub expected: String,
    /// What was.
    pub found: String,
}

/// A part of two texts, around the place where they part.
pub struct Excerpt {
    /// What had to be, with controls escaped.
    pub expected: String,
    /// What was, with controls escaped.
    pub found: String,
    /// What the two begin with.
    pub same: String,
}

impl Difference {
    /// Compares two transcripts.
    pub fn of_transcripts(expected: &str, found: &str) -> Self {
        let clients: Vec<&str> = expected
            .lines()
            .filter_map(|line| line.split_once(">>>").map(|(client, _)| client))
            .filter(|client| client.parse::<SocketAddr>().is_ok())
            .collect();
        let without = |text: &str| {
            clients.iter().fold(text.to_string(), |text, client| {
                text.replace(&format!("{client}>>>"), "IP:PORT>>>")
            })
        };
        Difference { expected: without(expected), found: without(found) }
    }

    /// The part that is worth showing: it fits on a line of a terminal of 80 columns.
    pub fn excerpt(&self) -> Excerpt {
        let pairs = self.expected.chars().zip(self.found.chars());
        let same = pairs.take_while(|(expected, found)| expected == found).count();
        let shown: Vec<char> = self.expected.chars().take(same).flat_map(visible).collect();
        let begin = shown.len() - fitting(shown.iter().rev(), BEFORE);
        let part = |text: &str| {
            let all: Vec<char> = text.chars().flat_map(visible).collect();
            let end = begin + fitting(all[begin..].iter(), BEFORE + BEHIND);
            let dots = |cut: bool| if cut { "…" } else { "" };
            let middle: String = all[begin..end].iter().collect();
            format!("{}{middle}{}", dots(begin > 0), dots(end < all.len()))
        };
        let (expected, found) = (part(&self.expected), part(&self.found));
        let pairs = expected.chars().zip(found.chars());
        let same = pairs.take_while(|(one, other)| one == other).map(|(one, _)| one).collect();
        Excerpt { expected, found, same }
    }
}

/// How many columns are shown before and after the place where two texts begin to differ.
const BEFORE: usize = 30;
const BEHIND: usize = 26;

/// How many of `characters` fit in so many columns; one that is not ASCII may take two.
fn fitting<'t>(characters: impl Iterator<Item = &'t char>, columns: usize) -> usize {
    let mut left = columns;
    let fits = characters.take_while(|character| {
        let width = if character.is_ascii() { 1 } else { 2 };
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    });
    fits.count()
}

/// Controls as Rust writes them; everything else as it is.
fn visible(character: char) -> Vec<char> {
    match character.is_control() {
        true => character.escape_default().collect(),
        false => vec![character],
    }
}
