//! Where things stand: time runs down, and what happens later never stands higher.

/// How high one line of text is.
pub const LINE: i32 = 22;

/// The places that fill up on their own; in a narrow picture they are all one.
#[derive(Clone, Copy)]
pub enum Column {
    Server,
    Packets,
    Client(usize),
}

impl Column {
    fn number(self) -> usize {
        match self {
            Column::Server => 0,
            Column::Packets => 1,
            Column::Client(number) => 2 + number,
        }
    }
}

/// How far each column is filled.
pub struct Columns {
    /// Where the last thing happened.
    now: i32,
    /// One for each column, or one for all.
    free: Vec<i32>,
}

impl Columns {
    /// Nothing is drawn below `top` yet. So many columns fill up separately.
    pub fn from(top: i32, count: usize) -> Self {
        Columns { now: top, free: vec![top; count] }
    }

    fn free(&mut self, column: Column) -> &mut i32 {
        let last = self.free.len() - 1;
        &mut self.free[column.number().min(last)]
    }

    /// Where the next thing in `column` can stand, which takes `height`; it is taken.
    pub fn take(&mut self, column: Column, height: i32) -> i32 {
        let y = self.now.max(*self.free(column));
        *self.free(column) = y + height;
        self.now = y;
        y
    }

    /// From now on, nothing in `column` is drawn above `y`.
    pub fn lower(&mut self, column: Column, y: i32) {
        let free = self.free(column);
        *free = y.max(*free);
    }

    /// Takes `height` in all columns.
    pub fn take_all(&mut self, height: i32) -> i32 {
        let y = self.bottom();
        *self = Columns::from(y + height, self.free.len());
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
        self.free.iter().copied().max().unwrap_or(self.now).max(self.now)
    }
}
