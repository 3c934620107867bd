//! A console session: what stands in the terminals, and what is typed there.
//!
//! ````text
//! <!-- session
//! client types 你好
//! client presses Ctrl-D
//! -->
//! ```console server
//! $ cargo run -q -p lesson-03
//! ```
//! ```console client
//! $ cargo run -q -p lesson-00
//! 你好
//! ```
//! ````
//!
//! A part of a session is a mark and the blocks that follow, one for each terminal, up to the next
//! mark or heading. Its first commands are started from top to bottom, then the steps of the mark
//! are taken; each waits until the programs wait. `<!-- session goes on … -->` begins another part.

use crate::commands::{self, Command};
use crate::markdown::{self, Comment, Fence, Markdown};
use crate::pages::{Complaint, Page};

/// A session of one page.
pub struct Session {
    pub page: Page,
    pub line: usize,
    /// Whether it takes a minute.
    pub is_long: bool,
    pub parts: Vec<Part>,
    /// What is printed differently each time: the text in the book, and what may stand there
    /// instead; nothing for anything.
    pub varies: Vec<(String, Vec<String>)>,
}

/// A mark, and the blocks below it.
#[derive(Default)]
pub struct Part {
    pub steps: Vec<Step>,
    pub blocks: Vec<Block>,
}

/// Something that is done in a terminal.
pub struct Step {
    pub line: usize,
    pub terminal: String,
    pub act: Act,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A line is typed.
    Types(String),
    /// Ctrl-D.
    EndsInput,
    /// Ctrl-C.
    Interrupts,
    /// The next command of the terminal's block is given.
    Starts,
    /// Nothing is done until the terminal shows this.
    Shows(String),
    /// The program still runs at the end of the session.
    GoesOn,
}

/// What one terminal shows.
pub struct Block {
    pub line: usize,
    pub terminal: String,
    pub indent: String,
    pub text: String,
    /// Each with its line.
    pub commands: Vec<(usize, Given)>,
}

/// A command, as it is given.
#[derive(Clone)]
pub struct Given {
    pub text: String,
    pub command: Command,
}

/// The sessions of a page, and what is wrong with them.
#[derive(Default)]
pub struct Found {
    pub sessions: Vec<Session>,
    pub complaints: Vec<Complaint>,
}

const PROMPT: &str = "$ ";

/// Finds the sessions of a page. One that is wrong is not among them.
pub fn of(page: &Page) -> Found {
    let parts = markdown::parse(&page.text);
    let mut reader = Reader { page, found: Found::default(), open: None, not_run: None };
    for event in events(&parts) {
        match event {
            Event::Heading => reader.closes(),
            Event::Comment(comment) => reader.comment(comment),
            Event::Fence(fence) => reader.fence(fence),
            Event::Quoted(line) => {
                reader.complains(line, "a console block in a quotation is not run; take it out")
            }
        }
    }
    reader.ends();
    reader.found
}

/// The commands of all console blocks, each with its line and its terminal.
pub fn commands(parts: &Markdown) -> Vec<(usize, String)> {
    let blocks = parts.fences.iter().filter_map(|fence| Some((fence, terminal(fence)?)));
    let commands = blocks.flat_map(|(fence, terminal)| {
        let lines = prompted(fence);
        lines.map(move |(line, command)| (line, format!("{terminal}$ {command}")))
    });
    commands.collect()
}

/// The name of the terminal that a block shows, if it shows one.
fn terminal(fence: &Fence) -> Option<String> {
    let mut words = fence.info.split_whitespace();
    words.next().filter(|word| *word == "console")?;
    Some(words.next().unwrap_or("terminal").to_string())
}

fn prompted(fence: &Fence) -> impl Iterator<Item = (usize, &str)> {
    let lines = (fence.line + 1..).zip(&fence.lines);
    lines.filter_map(|(line, text)| Some((line, text.strip_prefix(PROMPT)?)))
}

enum Event<'m> {
    Heading,
    Comment(&'m Comment),
    Fence(&'m Fence),
    Quoted(usize),
}

/// What matters to sessions, from top to bottom.
fn events(parts: &Markdown) -> Vec<Event<'_>> {
    let headings = parts.headings.iter().map(|heading| (heading.line, Event::Heading));
    let comments = parts.comments.iter().map(|comment| (comment.line, Event::Comment(comment)));
    let fences = parts.fences.iter().map(|fence| (fence.line, Event::Fence(fence)));
    let quoted = parts.prose.iter().filter(|line| {
        let inner = line.text.trim_start_matches(['>', ' ']);
        inner.len() < line.text.len() && inner.starts_with("```console")
    });
    let quoted = quoted.map(|line| (line.line, Event::Quoted(line.line)));
    let mut events: Vec<_> = headings.chain(comments).chain(fences).chain(quoted).collect();
    events.sort_by_key(|(line, _)| *line);
    events.into_iter().map(|(_, event)| event).collect()
}

/// Reads a page from top to bottom.
struct Reader<'p> {
    page: &'p Page,
    found: Found,
    open: Option<Open>,
    /// The line of a mark whose block is not run.
    not_run: Option<usize>,
}

/// A session that is being read.
struct Open {
    session: Session,
    /// Whether a block would belong to its last part.
    takes_blocks: bool,
    is_wrong: bool,
}

impl Reader<'_> {
    fn complains(&mut self, line: usize, words: &str) {
        self.found.complaints.push(self.page.complains(line, words));
        if let Some(open) = &mut self.open {
            open.is_wrong = true;
        }
    }

    fn comment(&mut self, comment: &Comment) {
        let mut lines = (comment.line..).zip(comment.text.lines().map(str::trim));
        let Some((line, mark)) = lines.next() else { return };
        match mark {
            "session" | "session takes a minute" => {
                self.ends();
                let is_long = mark != "session";
                let session = Session {
                    page: self.page.clone(),
                    line,
                    is_long,
                    parts: vec![Part::default()],
                    varies: Vec::new(),
                };
                self.open = Some(Open { session, takes_blocks: true, is_wrong: false });
            }
            "session goes on" => match &mut self.open {
                Some(open) => {
                    open.session.parts.push(Part::default());
                    open.takes_blocks = true;
                }
                None => return self.complains(line, "no session goes on here"),
            },
            _ if mark.starts_with("not run:") => {
                self.not_run = Some(line);
                return;
            }
            _ if mark.starts_with("session") => {
                return self.complains(line, "a mark is `session`, `session goes on` or `session takes a minute`, and the steps follow on lines of their own");
            }
            _ => return,
        }
        for (line, text) in lines.filter(|(_, text)| !text.is_empty()) {
            self.step(line, text);
        }
    }

    fn step(&mut self, line: usize, text: &str) {
        let Some(open) = &mut self.open else { return };
        if let Some(what) = text.strip_prefix("varies ") {
            let mut words = what.split(" | ").map(|word| word.trim().to_string());
            open.session.varies.extend(words.next().map(|first| (first, words.collect())));
            return;
        }
        match step(line, text) {
            Some(step) => {
                let part = open.session.parts.last_mut().expect("a session has a part");
                part.steps.push(step);
            }
            None => self.complains(line, &format!(
                "`{text}` is no step: TERMINAL types TEXT, presses Enter, Ctrl-D or Ctrl-C, starts, shows TEXT, goes on; or: varies TEXT"
            )),
        }
    }

    fn fence(&mut self, fence: &Fence) {
        let Some(terminal) = terminal(fence) else { return };
        if self.not_run.take().is_some() {
            return;
        }
        let Some(open) = self.open.as_mut().filter(|open| open.takes_blocks) else {
            return self.complains(fence.line, "a console block without a mark above: <!-- session … -->, or <!-- not run: reason -->");
        };
        let part = open.session.parts.last_mut().expect("a session has a part");
        if part.blocks.iter().any(|block| block.terminal == terminal) {
            return self.complains(fence.line, &format!("a second block of the terminal `{terminal}` in this part; <!-- session goes on --> begins another part"));
        }
        let mut commands = Vec::new();
        let mut refused = Vec::new();
        for (line, text) in prompted(fence) {
            match commands::parse(text) {
                Ok(command) => commands.push((line, Given { text: text.into(), command })),
                Err(why) => refused.push((line, why)),
            }
        }
        let (line, indent, text) = (fence.line, fence.indent.clone(), fence.text());
        part.blocks.push(Block { line, terminal, indent, text, commands });
        for (line, why) in refused {
            self.complains(line, &why);
        }
    }

    /// A heading ends what a mark is for.
    fn closes(&mut self) {
        if let Some(open) = &mut self.open {
            open.takes_blocks = false;
        }
        self.not_run_is_used();
    }

    fn not_run_is_used(&mut self) {
        if let Some(line) = self.not_run.take() {
            self.complains(line, "no console block follows that is not run");
        }
    }

    /// The session, if one is open, is at its end.
    fn ends(&mut self) {
        self.not_run_is_used();
        let Some(open) = self.open.take() else { return };
        let mistakes = open.session.mistakes();
        if mistakes.is_empty() && !open.is_wrong {
            self.found.sessions.push(open.session);
        }
        self.found.complaints.extend(mistakes);
    }
}

fn step(line: usize, text: &str) -> Option<Step> {
    let (terminal, rest) = text.split_once(' ')?;
    let act = match rest.split_once(' ').unwrap_or((rest, "")) {
        ("types", text) if !text.is_empty() => Act::Types(text.into()),
        ("presses", "Enter") => Act::Types(String::new()),
        ("presses", "Ctrl-D") => Act::EndsInput,
        ("presses", "Ctrl-C") => Act::Interrupts,
        ("starts", "") => Act::Starts,
        ("shows", text) if !text.is_empty() => Act::Shows(text.into()),
        ("goes", "on") => Act::GoesOn,
        _ => return None,
    };
    Some(Step { line, terminal: terminal.into(), act })
}

impl Part {
    /// Whether steps say when each command is given.
    pub fn starts_by_step(&self) -> bool {
        self.steps.iter().any(|step| step.act == Act::Starts)
    }

    fn starts(&self, terminal: &str) -> usize {
        let starts = |step: &&Step| step.terminal == terminal && step.act == Act::Starts;
        self.steps.iter().filter(starts).count()
    }
}

impl Session {
    /// All commands.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        let blocks = self.parts.iter().flat_map(|part| &part.blocks);
        blocks.flat_map(|block| &block.commands).map(|(_, given)| &given.command)
    }

    /// What does not fit together.
    fn mistakes(&self) -> Vec<Complaint> {
        let mut mistakes = Vec::new();
        let mut mistake = |line, words: String| mistakes.push(self.page.complains(line, words));
        let blocks = || self.parts.iter().flat_map(|part| &part.blocks);
        if blocks().next().is_none() {
            mistake(self.line, "no console block follows this mark".into());
        }
        for part in &self.parts {
            for step in &part.steps {
                if !blocks().any(|block| block.terminal == step.terminal) {
                    mistake(step.line, format!("no block shows the terminal `{}`", step.terminal));
                }
            }
            for block in &part.blocks {
                let programs = block
                    .commands
                    .iter()
                    .filter(|(_, given)| given.command != Command::Status)
                    .count();
                let starts = part.starts(&block.terminal);
                if part.starts_by_step() && starts != programs {
                    mistake(
                        block.line,
                        format!("this block has {programs} programs, and the mark starts {starts}"),
                    );
                }
            }
        }
        for block in blocks() {
            let is_first = blocks()
                .find(|other| other.terminal == block.terminal)
                .is_some_and(|first| first.line == block.line);
            if is_first && !block.text.starts_with(PROMPT) {
                mistake(
                    block.line,
                    format!("a terminal begins with a command: `{PROMPT}cargo run …`"),
                );
            }
        }
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(text: &str) -> String {
        let found = of(&Page::new("en", "a.md", text));
        found.complaints.iter().map(|complaint| format!("{complaint}\n")).collect()
    }

    const SERVER: &str = "```console server\n$ cargo run -q -p lesson-03\n```\n";

    #[test]
    fn a_session_has_steps_and_blocks() {
        let text = format!(
            "<!-- session\nserver types a b\nserver presses Ctrl-D\n-->\n{SERVER}\n<!-- session goes on\nserver starts\n-->\n{SERVER}"
        );
        let found = of(&Page::new("en", "a.md", &text));
        assert!(found.complaints.is_empty());
        let session = &found.sessions[0];
        let acts: Vec<_> = session
            .parts
            .iter()
            .flat_map(|part| &part.steps)
            .map(|step| (step.line, step.act.clone()))
            .collect();
        assert_eq!(acts, [(2, Act::Types("a b".into())), (3, Act::EndsInput), (10, Act::Starts)]);
        assert_eq!(session.parts[1].blocks[0].commands[0].0, 13);
    }

    #[test]
    fn a_console_block_has_a_mark_or_a_reason() {
        let unmarked = "docs/en/src/a.md:1: a console block without a mark above";
        assert!(complaints(SERVER).starts_with(unmarked));
        assert_eq!(complaints(&format!("<!-- session -->\n{SERVER}")), "");
        assert_eq!(complaints(&format!("<!-- not run: Windows -->\n{SERVER}")), "");
        // A reason is for one block, and a heading ends a session.
        assert!(
            complaints(&format!("<!-- not run: Windows -->\n{SERVER}{SERVER}")).contains("a.md:5:")
        );
        assert!(
            complaints(&format!("<!-- session -->\n{SERVER}# B\n```console client\n```\n"))
                .contains("a.md:6: a console block without a mark")
        );
        assert!(complaints(&format!("> {SERVER}")).contains("in a quotation"));
    }

    #[test]
    fn what_does_not_fit_together_is_named() {
        let session = |steps: &str, blocks: &str| {
            complaints(&format!("<!-- session\n{steps}\n-->\n{blocks}"))
        };
        assert!(session("", "").contains("a.md:1: no console block follows this mark"));
        assert!(
            session("client types a", SERVER)
                .contains("a.md:2: no block shows the terminal `client`")
        );
        assert!(session("server tpyes a", SERVER).contains("a.md:2: `server tpyes a` is no step"));
        assert!(
            session("server starts\nserver starts", SERVER)
                .contains("has 1 programs, and the mark starts 2")
        );
        assert!(
            session("", &format!("{SERVER}{SERVER}"))
                .contains("a.md:7: a second block of the terminal `server`")
        );
        assert!(
            session("", "```console\nhello\n```\n")
                .contains("a.md:4: a terminal begins with a command")
        );
        assert!(
            session("", "```console\n$ sleep 1\n```\n")
                .contains("a.md:5: `sleep 1` can't be run here")
        );
        assert!(
            complaints("<!-- session goes on -->\n").contains("a.md:1: no session goes on here")
        );
        assert!(complaints("<!-- sesion -->\n").is_empty(), "`numbers` complains of it");
        assert!(
            complaints("<!-- session server types a -->\n").contains("a.md:1: a mark is `session`")
        );
        assert!(
            complaints("<!-- not run: Windows -->\n")
                .contains("a.md:1: no console block follows that is not run")
        );
    }
}
