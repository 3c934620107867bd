//! Where things stand: time runs down, and what happens later never stands higher.

/// How high one line of text is.
pub const LINE: i32 = 22;

/// The places that fill up on their own.
#[derive(Clone, Copy)]
pub enum Column {
    Client,
    Packets,
    Server,
}

/// How far each column is filled.
pub struct Columns {
    /// Where the last thing happened.
    now: i32,
    free: [i32; 3],
}

impl Columns {
    /// Nothing stands below `top` yet.
    pub fn from(top: i32) -> Self {
        Columns { now: top, free: [top; 3] }
    }

    /// Where the next thing in `column` can stand, which takes `height`; it is taken.
    pub fn take(&mut self, column: Column, height: i32) -> i32 {
        let free = &mut self.free[column as usize];
        let y = self.now.max(*free);
        *free = y + height;
        self.now = y;
        y
    }

    /// Nothing in `column` stands above `y` from now on.
    pub fn lower(&mut self, column: Column, y: i32) {
        let free = &mut self.free[column as usize];
        *free = y.max(*free);
    }

    /// Takes `height` in all columns.
    pub fn take_all(&mut self, height: i32) -> i32 {
        let y = self.bottom();
        *self = Columns::from(y + height);
        y
    }

    /// What happens next happens at `y` at the earliest.
    pub fn pass(&mut self, y: i32) {
        self.now = self.now.max(y);
    }

    /// Where the last thing happened.
    pub fn now(&self) -> i32 {
        self.now
    }

    /// Below everything.
    pub fn bottom(&self) -> i32 {
        self.free.into_iter().max().unwrap_or(self.now).max(self.now)
    }
}
