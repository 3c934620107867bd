//! Plays one session after the other.

mod play;
mod programs;
mod session;
mod shown;

use std::env;
use std::process::ExitCode;

use book::{compare, pages};
use recorder::Network;
use session::Session;
use stage::Lang;

pub fn main() -> ExitCode {
    let (flags, names): (Vec<_>, Vec<_>) =
        env::args().skip(1).partition(|word| word.starts_with('-'));
    let long = flags.iter().any(|flag| flag == "--ignored");
    let is_asked = |session: &Session| {
        let is_named = names.is_empty() || names.iter().any(|part| session.name.contains(part));
        session.is_long == long && is_named
    };
    let built = programs::build().unwrap_or_else(|why| panic!("{why}"));
    // While there is one thread. That one goes from network to network, for `/proc/net` is that of a
    // process's first thread; all sessions together take a few seconds.
    let allowed = Network::allow().map_err(|why| why.say(Lang::En).to_owned());
    let mut failed = 0;
    for page in &pages() {
        // The blocks of its sessions so far, as they have to be.
        let mut made: Vec<_> = Vec::new();
        for session in session::of(page).iter().filter(|session| is_asked(session)) {
            let missing = session.shown().flat_map(session::commands).find_map(programs::missing);
            if let Some(why) = allowed.as_ref().err().or(missing.as_ref()) {
                println!("session {} ... SKIPPED: {why}", session.name);
                continue;
            }
            let before = made.len();
            let compared = play::play(session, &built).and_then(|shown| {
                made.extend(shown::as_in_the_book(session, &shown));
                compare(&page.file, &page.with(&made))
            });
            if let Err(why) = compared {
                println!("session {} ... FAILED\n{why}\n", session.name);
                made.truncate(before);
                failed += 1;
            } else {
                println!("session {} ... ok", session.name);
            }
        }
    }
    println!("sessions that failed: {failed}");
    ExitCode::from(if failed == 0 { 0 } else { 101 })
}
