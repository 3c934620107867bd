//! Plays one session after the other.

mod play;
mod programs;
mod session;
mod shown;

use std::env;

use book::{compare, hold, pages};
use recorder::Network;
use session::Session;
use stage::Lang;

pub fn main() {
    let long = env::args().any(|word| word == "--ignored");
    let names: Vec<_> = env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_asked = |session: &&Session| {
        session.is_long == long
            && (names.is_empty() || names.iter().any(|part| session.name.contains(part)))
    };
    let built = programs::build().unwrap_or_else(|why| panic!("{why}"));
    // While there is one thread. That one goes from network to network, for `/proc/net` is that of a
    // process's first thread; all sessions together take a few seconds.
    stage::allow_thousands_of_sockets();
    let allowed = Network::allow().map_err(|why| why.say(Lang::En).to_owned());
    let mut wrong = Vec::new();
    for page in &pages() {
        let mut made = Vec::new();
        for session in session::of(page).iter().filter(is_asked) {
            let missing = session.shown().flat_map(session::commands).find_map(programs::missing);
            if let Some(why) = allowed.as_ref().err().or(missing.as_ref()) {
                println!("session {} ... SKIPPED: {why}", session.name);
                continue;
            }
            println!("session {}", session.name);
            match play::play(session, &built) {
                Ok(shown) => made.extend(shown::as_in_the_book(session, &shown)),
                Err(why) => wrong.push(format!("{}: {why}", session.name)),
            }
        }
        wrong.extend(compare(&page.file, &page.with(&made)).err());
    }
    hold(wrong);
}
