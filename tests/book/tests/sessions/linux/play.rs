//! Plays a session: real programs, in terminals with a private network.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{slice, thread};

use recorder::Network;
use stage::act::{Act, For, Step};
use stage::{Fault, Lang, Stage, Terminal, kernel};

use super::programs::words;
use super::session::{Session, commands};

/// A terminal, with its name and the commands that are still to be given there.
struct Seat<'s> {
    name: &'s str,
    terminal: Terminal,
    commands: VecDeque<&'s str>,
}

/// What the terminals show in the end; or what went wrong, and what they show then.
pub fn play(session: &Session, built: &Path) -> Result<Vec<String>, String> {
    let mut seats = Vec::new();
    let played = plays(session, built, &mut seats);
    let shows = seats.iter().map(|seat| seat.terminal.shows().unwrap_or_default());
    let shown: Vec<String> = shows.collect();
    match played {
        Ok(()) => Ok(shown),
        Err(fault) => Err(format!("{}\n{}", fault.say(Lang::En), shown.join("\n"))),
    }
}

fn plays<'s>(session: &'s Session, built: &Path, seats: &mut Vec<Seat<'s>>) -> Result<(), Fault> {
    let until = Instant::now() + Duration::from_secs(150); // Some take a minute.
    let _network = Network::enter()?;
    let stage = Stage::new();
    for ((name, _), text) in session.blocks.iter().zip(session.shown()) {
        let (terminal, commands) = (Terminal::new(&stage)?, commands(text).collect());
        seats.push(Seat { name, terminal, commands });
    }
    for line in steps(session, seats) {
        let wrong = |why: &str| Err(Fault::new(format!("`{line}`: {why}")));
        let step = Step::parse(&line).map_err(Fault::System)?;
        let Some(seat) = seats.iter_mut().find(|seat| seat.name == step.who.to_string()) else {
            return wrong("this terminal does not exist");
        };
        match (step.act, seat.program()?.is_some()) {
            (Act::Start(_), false) => {
                seat.tells_status()?;
                let Some(command) = seat.commands.pop_front() else {
                    return wrong("its block has no more commands");
                };
                seat.terminal.shows_line(&format!("$ {command}"))?;
                seat.terminal.starts(&words(command, built, session.page.language))?;
            }
            (Act::Start(_), true) => return wrong("the program before it still runs"),
            (Act::Wait(For::Ended), _) => rest(slice::from_ref(seat), until, true)?,
            (_, false) => return wrong("no program runs there"),
            (Act::Type(text), _) => seat.terminal.types(text.trim_end_matches('\n'))?,
            (Act::Interrupt, _) => seat.terminal.interrupts()?,
            (Act::EndInput, _) => seat.terminal.ends_its_input(),
            _ => return wrong("that is not done at a terminal"),
        }
        rest(seats, until, false)?;
    }
    rest(seats, until, true)?;
    for seat in seats {
        seat.tells_status()?;
        if let Some(command) = seat.commands.front() {
            return Err(Fault::new(format!("no step starts {command}")));
        }
    }
    Ok(())
}

/// The steps of a session. Where none of them starts a program, each terminal starts its first one at
/// the beginning.
fn steps(session: &Session, seats: &[Seat]) -> Vec<String> {
    let mut steps: Vec<String> = session.steps.iter().map(ToString::to_string).collect();
    if !steps.iter().any(|step| step.ends_with("start")) {
        steps.splice(0..0, seats.iter().map(|seat| format!("{} start", seat.name)));
    }
    steps
}

/// Waits until each program waits or has ended; in the end, until each has ended. Five looks in a row
/// have to find this: one that is about to start another, or to read a file, may be asleep for a moment.
fn rest(seats: &[Seat], until: Instant, in_the_end: bool) -> Result<(), Fault> {
    let mut at_rest = 0;
    loop {
        let running = seats.iter().filter_map(|seat| seat.program().transpose());
        let running = running.collect::<Result<Vec<_>, _>>()?;
        let is_idle = kernel::is_idle(&running, Ipv4Addr::LOCALHOST.into())?;
        at_rest = if is_idle { at_rest + 1 } else { 0 };
        if at_rest >= 5 && (running.is_empty() || !in_the_end) {
            return Ok(());
        } else if Instant::now() > until {
            return Err(Fault::new("the programs do not come to rest, or to an end"));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

impl Seat<'_> {
    /// Its program while that runs: the number of one that has ended may be another's by now.
    fn program(&self) -> Result<Option<u32>, Fault> {
        self.terminal.shows()?; // It fails where a program prints without end.
        let has_ended = self.terminal.exit_status()?.is_some();
        Ok(self.terminal.process().filter(|_| !has_ended))
    }

    /// Gives `echo $?`, which needs no program and no step.
    fn tells_status(&mut self) -> Result<(), Fault> {
        while self.commands.front() == Some(&"echo $?") {
            self.commands.pop_front();
            let status = self.terminal.exit_status()?.unwrap_or(0);
            self.terminal.shows_line(&format!("$ echo $?\n{status}"))?;
        }
        Ok(())
    }
}
