//! A console session: a mark, and the blocks below it up to the next mark or heading, one for each
//! terminal. `docs/README.md` lists what a mark can say.

use std::ops::Range;

use book::{Page, Piece};

/// A session of a page.
pub struct Session<'p> {
    pub page: &'p Page,
    pub name: String,
    pub is_long: bool,
    /// What the mark says, line by line: `client type "你好\n"`; and what it says after `varies `.
    pub steps: Vec<&'p str>,
    pub varies: Vec<&'p str>,
    /// The terminals, and where the page has what they show.
    pub blocks: Vec<(String, Range<usize>)>,
}

/// The sessions of a page. A block without a mark is one too: nothing is taken on trust.
pub fn of(page: &Page) -> Vec<Session<'_>> {
    let (mut sessions, mut is_open) = (Vec::new(), false);
    for (place, piece) in page.pieces() {
        match piece {
            Piece::Heading(_) => is_open = false,
            Piece::Comment(mark) if mark.starts_with("session") => {
                sessions.push(Session::new(page, place, mark));
                is_open = true;
            }
            Piece::Block(info, inside) if info.starts_with("console") => {
                if page.above(place).starts_with("<!-- not run: ") {
                    continue;
                } else if !is_open {
                    sessions.push(Session::new(page, place, "session"));
                }
                let terminal = info.split(' ').nth(1).unwrap_or("terminal").to_owned();
                sessions.last_mut().expect("one is open").blocks.push((terminal, inside));
            }
            _ => {}
        }
    }
    sessions
}

impl<'p> Session<'p> {
    fn new(page: &'p Page, place: usize, mark: &'p str) -> Self {
        let is_long = mark.starts_with("session takes a minute");
        let varies = mark.lines().filter_map(|line| line.strip_prefix("varies ")).collect();
        let steps = mark.lines().skip(1).filter(|line| !line.starts_with("varies ")).collect();
        Session { page, name: page.line(place), is_long, steps, varies, blocks: Vec::new() }
    }

    /// What each terminal shows in the book.
    pub fn shown(&self) -> impl Iterator<Item = &'p str> {
        self.blocks.iter().map(|(_, place)| &self.page.text[place.clone()])
    }
}

/// What is typed at the prompts in a text.
pub fn commands(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("$ "))
}
