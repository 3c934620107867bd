//! Where things stand from left to right: the clients' lifelines, the packets, the server's two
//! strands, and the texts beside them.

use crate::Layout;
use crate::svg::Anchor;

/// How wide a lifeline is, the bar of a thread with its gap, and the gap between the two strands.
const LIFELINE: i32 = 14;
const THREAD: i32 = 8;
const STRANDS: i32 = 4;

/// The most threads that have a bar.
const MOST_THREADS: usize = 8;

/// How wide a column of text is at most, in the narrow picture.
const COLUMN: i32 = 9;

/// From where to where a text may stand.
#[derive(Clone, Copy)]
pub struct Place {
    pub x: i32,
    pub anchor: Anchor,
    /// How many columns of a terminal fit.
    pub columns: usize,
}

/// The lanes for so many clients.
pub struct Lanes {
    pub is_narrow: bool,
    /// How wide the picture is, and how far its lines keep from its edges.
    pub width: i32,
    pub edge: i32,
    /// Where the title, the server's command and the notes stand.
    pub title: Place,
    pub program_line: Place,
    pub note: Place,
    /// The right edge of the times.
    pub time: i32,
    /// The left edges of the clients' lifelines, and how wide a lifeline is.
    pub clients: Vec<i32>,
    pub lifeline: i32,
    /// The left edge of the server's lifeline: of its kernel's strand, which has one bar for each
    /// client.
    pub server: i32,
    /// The left edge of the program's strand, which has one bar for each thread.
    pub program: i32,
    pub most_threads: usize,
    /// The text above an arrow.
    pub packet: Place,
    /// The text at the server's side.
    pub server_text: Place,
    /// What the server prints, in a box so wide.
    pub output: Place,
    pub output_width: i32,
    client_columns: usize,
}

impl Lanes {
    /// The lanes for so many clients, and threads of the server.
    pub fn new(clients: usize, threads: usize, layout: Layout) -> Self {
        match layout {
            Layout::Wide => Lanes::wide(clients, threads),
            Layout::Narrow => Lanes::narrow(clients),
        }
    }

    /// The texts of a side stand outside its lifeline.
    fn wide(clients: usize, threads: usize) -> Self {
        let count = clients as i32;
        let alone = count == 1;
        let first = if alone { 270 } else { 220 };
        let server = first + (count - 1) * 160 + 302;
        let program = server + count * LIFELINE + STRANDS;
        let threads = if alone { threads.clamp(1, MOST_THREADS) } else { MOST_THREADS } as i32;
        let x = program + threads * THREAD + 8;
        let start = |x, columns| Place { x, anchor: Anchor::Start, columns };
        Lanes {
            is_narrow: false,
            width: x + 334,
            edge: 20,
            title: start(20, 80),
            program_line: start(20, 90),
            note: start(20, 200),
            time: 74,
            clients: (0..count).map(|number| first + number * 160).collect(),
            lifeline: LIFELINE,
            server,
            program,
            most_threads: MOST_THREADS,
            packet: Place { x: server - 144, anchor: Anchor::Middle, columns: 200 },
            server_text: start(x, 37),
            output: start(x, 37),
            output_width: 318,
            client_columns: if alone { 25 } else { 17 },
        }
    }

    /// The lifelines are at both edges, and the texts are between them, one below the other. The
    /// clients' texts are at the left, and the server's texts at the right.
    fn narrow(clients: usize) -> Self {
        let (width, edge, time) = (390, 8, 60);
        let count = clients as i32;
        let lifeline = if count > 3 { LIFELINE / 2 } else { LIFELINE };
        let first = time + 4;
        let most_threads = if count == 1 { 1 } else { MOST_THREADS / 2 };
        let program = width - edge - most_threads as i32 * THREAD;
        let server = program - STRANDS - count * lifeline;
        let (left, right) = (first + count * lifeline + 6, server - 6);
        let columns = ((right - left) / COLUMN) as usize;
        let start = |x, columns| Place { x, anchor: Anchor::Start, columns };
        Lanes {
            is_narrow: true,
            width,
            edge,
            title: start(edge, 32),
            program_line: start(edge, 42),
            note: start(edge, 44),
            time,
            clients: (0..count).map(|number| first + number * lifeline).collect(),
            lifeline,
            server,
            program,
            most_threads,
            packet: Place { x: (left + right) / 2, anchor: Anchor::Middle, columns },
            server_text: Place { x: right, anchor: Anchor::End, columns },
            output: start(left + 4, columns),
            output_width: right - left,
            client_columns: columns,
        }
    }

    /// Whether there is one client: then nothing needs its name.
    pub fn is_alone(&self) -> bool {
        self.clients.len() == 1
    }

    /// Where an arrow of a client begins, or ends: beside its lifeline, or, where they stand close
    /// together, beside them all.
    pub fn arrow(&self, number: usize) -> i32 {
        let number = if self.is_narrow { self.clients.len() - 1 } else { number };
        self.clients[number] + self.lifeline + 4
    }

    /// The text beside a client.
    pub fn client_text(&self, number: usize) -> Place {
        let columns = self.client_columns;
        match self.is_narrow {
            true => Place { x: self.arrow(number) + 2, anchor: Anchor::Start, columns },
            false => Place { x: self.clients[number] - 8, anchor: Anchor::End, columns },
        }
    }
}
