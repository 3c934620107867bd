//! What the terminals show, with what is not the same each time as the book has it.

use std::ops::Range;

use snapbox::{Assert, Data};

use super::session::Session;

/// The text before a port.
const HOST: &str = "127.0.0.1:";

/// The first of the ports that the kernel chooses (ip_local_port_range in ip(7)).
const CHOSEN: u16 = 32768;

/// What each block has to hold.
pub fn as_in_the_book(session: &Session, shown: &[String]) -> Vec<(Range<usize>, String)> {
    let [theirs, ours] = [session.shown().collect(), shown.concat()];
    let (theirs, ours) = (ports(&theirs), ports(&ours));
    let made = session.blocks.iter().zip(shown).map(|((_, place), shown)| {
        let book = &session.page.text[place.clone()];
        let mut made = rename(shown, &ours, &theirs);
        let mut pattern = book.to_owned();
        for varies in &session.varies {
            let Some((word, others)) = varies.split_once(" | ") else {
                pattern = pattern.replace(varies, "[..]");
                continue;
            };
            for line in book.lines().filter(|line| line.contains(word)) {
                for other in others.split(" | ") {
                    made = made.replace(&line.replace(word, other), line);
                }
            }
        }
        // A line `...` of the book, and what varies, stays where it fits what is shown.
        let fits = Assert::new().normalize_paths(false);
        let (made, _) = fits.normalize(Data::text(made), Data::text(&pattern));
        let as_shown = |line| pattern.lines().position(|fits| fits == line);
        let as_in_book = |line| as_shown(line).and_then(|n| book.lines().nth(n)).unwrap_or(line);
        let lines = made.to_string();
        (place.clone(), lines.lines().map(|line| format!("{}\n", as_in_book(line))).collect())
    });
    made.collect()
}

/// The ports that the kernel chose, in the order in which they appear.
fn ports(text: &str) -> Vec<&str> {
    let mut ports = Vec::new();
    for rest in text.split(HOST).skip(1) {
        let port = rest.split(|next: char| !next.is_ascii_digit()).next().unwrap_or_default();
        let is_chosen = port.parse().is_ok_and(|port: u16| port >= CHOSEN);
        if is_chosen && !ports.contains(&port) {
            ports.push(port);
        }
    }
    ports
}

/// What is shown, with the book's ports in place of ours.
fn rename(shown: &str, ours: &[&str], theirs: &[&str]) -> String {
    let renamed = shown.split(HOST).map(|rest| {
        let both = ours.iter().zip(theirs).find(|(our, _)| rest.starts_with(**our));
        both.map_or(rest.to_owned(), |(our, their)| rest.replacen(our, their, 1))
    });
    renamed.collect::<Vec<_>>().join(HOST).trim_end().to_owned() + "\n"
}
