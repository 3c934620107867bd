//! The picture of a recording: a ladder, with time running down between the lifelines of the clients
//! and of the server. The same events always give the same picture.
//!
//! It needs no sockets, no files and no clock, and so builds for every target.

pub mod ask;
mod columns;
mod data;
pub mod event;
mod film;
mod labels;
mod ladder;
mod lanes;
mod svg;

use std::collections::HashSet;

use acts::{Lang, Who};

use event::{Event, Recording, What};
pub use film::page;
pub use ladder::Ladder;

/// The most clients that have a lifeline.
const MOST_CLIENTS: usize = 8;

/// The most events that are drawn, and the most outputs after the end of the connections.
const MOST_EVENTS: usize = 250;
const MOST_BEHIND: usize = 4;

/// How a picture is laid out: the same events, and the same sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// For a page.
    Wide,
    /// For a phone: it is 390 pixels wide.
    Narrow,
}

/// Draws a recording as a complete file (SVG 1.1).
///
/// Its size has a limit, whatever was recorded. The picture counts the events that it leaves out, and
/// the recording contains them.
pub fn svg(recording: &Recording, lang: Lang, layout: Layout) -> String {
    let events = &recording.events;
    let mut ladder = Ladder::new(&recording.head, clients(events), threads(events), lang, layout);
    let of_the_network = |event: &Event| {
        matches!(event.what, What::Packet(_) | What::State { .. } | What::Act { .. })
    };
    let end = events.iter().rposition(of_the_network).map_or(0, |last| last + 1);
    let (mut drawn, mut behind, mut left_out) = (0, 0, 0);
    let mut shapes = String::new();
    let questions = film::questions(events, lang);
    for (number, event) in (1..).zip(events) {
        for _ in questions.iter().filter(|question| question.until == number) {
            shapes += &ladder.leave_room();
        }
        if !ladder.shows(event) {
            continue;
        }
        ladder.note(event);
        behind += usize::from(number > end && matches!(event.what, What::Output { .. }));
        if drawn == MOST_EVENTS || behind > MOST_BEHIND {
            left_out += 1;
        } else {
            drawn += 1;
            shapes += &ladder.draw(number, event);
        }
    }
    for _ in questions.iter().filter(|question| question.until > events.len()) {
        shapes += &ladder.leave_room();
    }
    ladder.finish(&shapes, left_out, &film::json(&questions, lang))
}

/// How many threads have a bar: those that are seen to wait.
fn threads(events: &[Event]) -> usize {
    let waits = events.iter().filter_map(|event| match &event.what {
        What::Wait { by, thread, call: Some(call), .. } if labels::is_named(call) => {
            Some((by, thread))
        }
        _ => None,
    });
    waits.collect::<HashSet<_>>().len()
}

/// Whose lifelines are drawn: of the clients of the scene, in the order in which they connect; where
/// it has none, of whoever connects first.
fn clients(events: &[Event]) -> Vec<Who> {
    let mut clients = Vec::new();
    for event in events {
        if let What::Connection { who: Some(who), .. } = &event.what
            && !clients.contains(who)
        {
            clients.push(who.clone());
        }
    }
    clients.truncate(MOST_CLIENTS);
    if clients.is_empty() {
        clients.push(Who::Client(None));
    }
    clients
}
