//! One session after the other, told as libtest tells of tests.

mod play;
mod programs;
mod session;
mod shown;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

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
    let pages = pages();
    println!("\nrunning {} tests", pages.iter().flat_map(session::of).filter(is_asked).count());
    let commands = pages.iter().flat_map(|page| session::commands(&page.text));
    let programs = programs::build(commands).unwrap_or_else(|why| panic!("{why}"));
    // While there is one thread. That one goes from network to network, for `/proc/net` is that of a
    // process's first thread; all sessions together take a second.
    let allowed = Network::allow().map_err(|why| why.say(Lang::En).to_owned());
    let (begin, mut passed, mut failed) = (Instant::now(), 0, 0);
    for page in &pages {
        // The blocks of its sessions so far, as they have to be.
        let mut made: Vec<_> = Vec::new();
        for session in session::of(page).iter().filter(|session| is_asked(session)) {
            let name = &session.name;
            let missing = session.shown().flat_map(session::commands).find_map(programs::missing);
            if let Some(why) = allowed.as_ref().err().or(missing.as_ref()) {
                println!("test {name} ... SKIPPED: {why}");
                continue;
            }
            let before = made.len();
            let compared = play::play(session, &programs).and_then(|shown| {
                made.extend(shown::as_in_the_book(session, &shown));
                compare(&page.file, &page.with(&made))
            });
            if let Err(why) = compared {
                println!("test {name} ... FAILED\n{why}\n");
                made.truncate(before);
                failed += 1;
            } else {
                println!("test {name} ... ok");
                passed += 1;
            }
        }
    }
    let result = if failed == 0 { "ok" } else { "FAILED" };
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "\ntest result: {result}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out; finished in {seconds:.2}s\n"
    );
    ExitCode::from(if failed == 0 { 0 } else { 101 })
}
