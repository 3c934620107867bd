//! What a server prints of its clients: a line `CLIENT>>>TEXT` for what one recv brought, and behind
//! all of them what an exercise may ask for.

use stage::act::{Act, For, Who};
use stage::fault::Until;
use stage::{Connection, Fault, Server, Verdict};

/// A line for each of `texts`, as said by `client`.
pub fn of(client: &Connection, texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{}>>>{text}\n", client.address())).collect()
}

/// Comparing a server's standard output with what it has to be.
pub trait Prints {
    /// Waits until it is `texts`, a line for each, as said by `client`.
    fn shows(&self, client: &Connection, texts: &[&str]) -> Verdict;

    /// Waits until the server ends by itself, having printed `texts`, a line for each, as said by
    /// `client`. A total may come after them.
    fn ends_showing(self, client: &Connection, texts: &[&str]) -> Verdict;

    /// The same, and after them the server has to print the total of what `client` has sent.
    fn ends_with_total(self, client: &Connection, texts: &[&str]) -> Verdict;

    /// Waits until the server ends by itself, having printed `text`, as said by `client`, in however
    /// many lines.
    fn ends_with_text(self, client: &Connection, text: &str) -> Verdict;
}

impl Prints for Server {
    fn shows(&self, client: &Connection, texts: &[&str]) -> Verdict {
        let last = texts.last().copied().unwrap_or_default().to_owned();
        self.steps.take(Who::Server, Act::Wait(For::Printed(last)));
        self.has_printed(&of(client, texts))
    }

    fn ends_showing(self, client: &Connection, texts: &[&str]) -> Verdict {
        let printed = self.exits_with_status_0()?.stdout;
        same(&of(client, texts), without_total(&String::from_utf8_lossy(&printed)))
    }

    fn ends_with_total(self, client: &Connection, texts: &[&str]) -> Verdict {
        let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
        let total = format!("total: {} bytes, {characters} characters\n", client.sent());
        let printed = self.exits_with_status_0()?.stdout;
        same(&(of(client, texts) + &total), &String::from_utf8_lossy(&printed))
    }

    fn ends_with_text(self, client: &Connection, text: &str) -> Verdict {
        let printed = self.exits_with_status_0()?.stdout;
        let printed = String::from_utf8_lossy(&printed);
        let counted = printed.lines().find_map(total_of_bytes);
        if counted.is_some_and(|bytes| bytes < client.sent()) {
            return Err(Fault::TotalTooSmall);
        }
        same(text, &text_of(client, &printed)?)
    }
}

/// The text of a transcript, without the beginnings of its lines, and without a total at the end.
pub fn text_of(client: &Connection, printed: &str) -> Result<String, Fault> {
    let prompt = format!("{}>>>", client.address());
    let lines = printed.lines().filter(|line| total_of_bytes(line).is_none());
    let text: Option<String> = lines.map(|line| line.strip_prefix(&*prompt)).collect();
    text.ok_or_else(|| Fault::NotTheClient { expected: prompt, found: printed.into() })
}

/// A transcript without the total at its end.
fn without_total(printed: &str) -> &str {
    let last = printed.trim_end_matches('\n').rfind('\n').map_or(0, |newline| newline + 1);
    if printed[last..].starts_with("total: ") { &printed[..last] } else { printed }
}

/// The bytes in a line `total: BYTES bytes, CHARACTERS characters`, which exercise 02 asks for.
fn total_of_bytes(line: &str) -> Option<usize> {
    line.strip_prefix("total: ")?.split(' ').next()?.parse().ok()
}

/// Compares what a program has printed, now that it has ended, with what it had to print.
pub fn same(expected: &str, printed: &str) -> Verdict {
    if printed == expected {
        return Ok(());
    }
    let (expected, found) = (expected.into(), printed.into());
    Err(Fault::Printed { expected, found, until: Until::ProgramEnded })
}
