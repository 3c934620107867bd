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

    /// The part that is worth showing.
    pub fn excerpt(&self) -> Excerpt {
        let pairs = self.expected.chars().zip(self.found.chars());
        let same = pairs.take_while(|(expected, found)| expected == found).count();
        let begin = same.saturating_sub(BEFORE);
        let part = |text: &str| {
            let mut shown: String = text.chars().skip(begin).take(BEFORE + BEHIND).collect();
            if begin > 0 {
                shown.insert(0, '…');
            }
            if text.chars().nth(begin + BEFORE + BEHIND).is_some() {
                shown.push('…');
            }
            shown.chars().flat_map(visible).collect::<String>()
        };
        let (expected, found) = (part(&self.expected), part(&self.found));
        let pairs = expected.chars().zip(found.chars());
        let same = pairs.take_while(|(one, other)| one == other).map(|(one, _)| one).collect();
        Excerpt { expected, found, same }
    }
}

/// How many characters are shown before and behind the place where two texts part.
const BEFORE: usize = 40;
const BEHIND: usize = 30;

/// Controls as Rust writes them; everything else as it is.
fn visible(character: char) -> Vec<char> {
    match character.is_control() {
        true => character.escape_default().collect(),
        false => vec![character],
    }
}
