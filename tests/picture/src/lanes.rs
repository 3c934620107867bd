//! Where things stand from left to right: the clients' lifelines, the packets, the server's two
//! strands, and the texts beside them.

/// The left edge of the first client's lifeline, and of those that follow it, as far apart.
const ONLY_CLIENT: i32 = 270;
const FIRST_CLIENT: i32 = 220;
const APART: i32 = 160;

/// From the last client's lifeline to the server's, and from what stands beside that to the right
/// edge.
const GAP: i32 = 302;
const RIGHT: i32 = 334;

/// How wide a lifeline is, and the bar of a thread.
pub const LIFELINE: i32 = 14;
pub const WAIT: i32 = 7;

/// The most threads that have a bar.
pub const MOST_THREADS: usize = 8;

/// How many columns of a terminal fit beside the server's lifeline.
pub const SERVER_COLUMNS: usize = 37;

/// The lanes for so many clients.
pub struct Lanes {
    pub clients: usize,
}

impl Lanes {
    /// Whether there is one client: then nothing needs its name.
    pub fn is_alone(&self) -> bool {
        self.clients == 1
    }

    /// The left edge of a client's lifeline.
    pub fn client(&self, number: usize) -> i32 {
        let first = if self.is_alone() { ONLY_CLIENT } else { FIRST_CLIENT };
        first + number as i32 * APART
    }

    /// How many columns of a terminal fit beside it.
    pub fn client_columns(&self) -> usize {
        if self.is_alone() { 25 } else { 17 }
    }

    /// The middle of what stands above an arrow.
    pub fn between(&self) -> i32 {
        self.server() - GAP / 2 + LIFELINE / 2
    }

    /// The left edge of the server's lifeline: of its kernel's strand, which has one bar for each
    /// client.
    pub fn server(&self) -> i32 {
        self.client(self.clients - 1) + GAP
    }

    /// The left edge of the program's strand, which has one bar for each thread.
    pub fn program(&self) -> i32 {
        self.server() + self.clients as i32 * LIFELINE + 4
    }

    /// The left edge of what stands at the server's side.
    pub fn server_text(&self) -> i32 {
        let threads = if self.is_alone() { 1 } else { MOST_THREADS as i32 };
        self.program() + threads * (WAIT + 1) + 8
    }

    /// How wide the picture is.
    pub fn width(&self) -> i32 {
        self.server_text() + RIGHT
    }
}
