//! Runs sessions, as real processes, and compares what the terminals show with the book.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use snapbox::IntoData;
use snapbox::assert::Action;
use stage::{Fault, Terminal, deadline, kernel};

use crate::commands::Command;
use crate::host::{Host, rename};
use crate::pages::{Complaint, Page, root};
use crate::programs::{self, Programs};
use crate::sessions::{Act, Block, Given, Part, Session, Step};

/// How long a session may take.
const PATIENCE: Duration = Duration::from_secs(30);
const LONG_PATIENCE: Duration = Duration::from_secs(150);

/// How many sessions run at the same time.
const AT_ONCE: usize = 4;

/// The coach remembers; its sessions are run one after the other.
static COACH: Mutex<()> = Mutex::new(());

/// How the sessions went.
#[derive(Default)]
pub struct Ran {
    /// Blocks that show something else than the programs do.
    pub differences: Vec<Complaint>,
    /// The same blocks, as they should be.
    pub changes: Vec<Change>,
    /// Sessions that can't be run to their end.
    pub failures: Vec<Complaint>,
}

/// A block that is to show something else.
pub struct Change {
    page: String,
    /// The line of its opening fence, and how many lines stand behind it now.
    line: usize,
    lines: usize,
    text: String,
}

/// Runs all sessions, some at once.
pub fn all(sessions: &[Session], programs: &Programs) -> Ran {
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _worker in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(session) = sessions.get(number) else { return };
                    let patience = if session.is_long { LONG_PATIENCE } else { PATIENCE };
                    let ran = run(session, programs, patience);
                    all.lock().unwrap_or_else(PoisonError::into_inner).push((number, ran));
                }
            });
        }
    });
    let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    all.sort_by_key(|(number, _)| *number);
    let mut together = Ran::default();
    for (_, ran) in all {
        together.differences.extend(ran.differences);
        together.changes.extend(ran.changes);
        together.failures.extend(ran.failures);
    }
    together
}

fn run(session: &Session, programs: &Programs, patience: Duration) -> Ran {
    let needs_copy = session.commands().any(programs::needs_copy);
    let _alone = needs_copy.then(|| {
        let alone = COACH.lock().unwrap_or_else(PoisonError::into_inner);
        // What it remembers of earlier sessions.
        let _ = fs::remove_dir_all(programs::copy().join("target/coach"));
        alone
    });
    deadline::set(patience);
    let mut room = Room { session, programs, host: Host::new(), seats: Vec::new() };
    match room.plays() {
        Ok(shown) => compare(session, &room.host, &shown),
        Err(failure) => Ran { failures: vec![failure], ..Ran::default() },
    }
}

/// A room with the terminals of one session.
struct Room<'s> {
    session: &'s Session,
    programs: &'s Programs,
    host: Host,
    seats: Vec<Seat<'s>>,
}

/// One terminal, and who sits there.
struct Seat<'s> {
    name: &'s str,
    terminal: Terminal,
    /// The commands that are still to be given.
    to_give: VecDeque<&'s (usize, Given)>,
    /// The line of the last that was given.
    line: usize,
    /// Whether a step has to say when.
    by_step: bool,
    goes_on: bool,
    /// How much of what it shows stands in the blocks so far.
    taken: usize,
}

type Outcome<T = ()> = Result<T, Complaint>;

impl<'s> Room<'s> {
    /// Plays the session. Returns what each block has to show.
    fn plays(&mut self) -> Outcome<Vec<(&'s Block, String)>> {
        let mut shown = Vec::new();
        let session = self.session;
        let (last, before) = session.parts.split_last().expect("a session has a part");
        for part in before {
            self.plays_part(part)?;
            self.waits(
                session.line,
                "the next command can't be given: the program before it does not end",
                |room| Ok(room.seats.iter().all(|seat| seat.by_step || seat.to_give.is_empty())),
            )?;
            self.takes(part, &mut shown)?;
        }
        self.plays_part(last)?;
        self.ends()?;
        self.takes(last, &mut shown)?;
        Ok(shown)
    }

    fn plays_part(&mut self, part: &'s Part) -> Outcome {
        for block in &part.blocks {
            let at = self.seat(&block.terminal, block.line)?;
            let seat = &mut self.seats[at];
            seat.to_give.extend(&block.commands);
            seat.by_step = part.starts_by_step();
        }
        self.gives_commands()?;
        for step in &part.steps {
            self.takes_step(step)?;
            self.rests(step.line)?;
            self.gives_commands()?;
        }
        Ok(())
    }

    /// The seat at a terminal, new if nobody has sat there.
    fn seat(&mut self, name: &'s str, line: usize) -> Outcome<usize> {
        if let Some(at) = self.seats.iter().position(|seat| seat.name == name) {
            return Ok(at);
        }
        let terminal = Terminal::new().map_err(|fault| self.fails(line, &fault))?;
        let to_give = VecDeque::new();
        let (by_step, goes_on, taken) = (false, false, 0);
        self.seats.push(Seat { name, terminal, to_give, line, by_step, goes_on, taken });
        Ok(self.seats.len() - 1)
    }

    /// Gives every command whose turn has come, from the first terminal to the last.
    fn gives_commands(&mut self) -> Outcome {
        while let Some(at) = self.seats.iter().position(Seat::can_be_given_a_command) {
            self.gives_command(at)?;
        }
        Ok(())
    }

    fn gives_command(&mut self, at: usize) -> Outcome {
        let seat = &mut self.seats[at];
        let Some((line, given)) = seat.to_give.pop_front() else { return Ok(()) };
        seat.line = *line;
        self.starts(at, given).map_err(|fault| self.fails(*line, &fault))?;
        self.rests(*line)
    }

    fn starts(&mut self, at: usize, given: &Given) -> Result<(), Fault> {
        let words = self.words(&given.command)?;
        let terminal = &mut self.seats[at].terminal;
        terminal.shows_line(&format!("$ {}", given.text))?;
        match words {
            Some(words) => terminal.starts(&words),
            None => {
                let status = terminal.exit_status()?.unwrap_or(0);
                terminal.shows_line(&status.to_string())
            }
        }
    }

    /// The words that start a command's program, if it has one.
    fn words(&mut self, command: &Command) -> Result<Option<Vec<String>>, Fault> {
        let folder = if programs::needs_copy(command) { programs::copy() } else { root().into() };
        let (program, arguments) = match command {
            Command::Status => return Ok(None),
            Command::Coach { arguments } => (env!("CARGO_BIN_EXE_coach").into(), arguments),
            Command::Python { arguments } => ("python3".into(), arguments),
            Command::Run { program, arguments, .. } => {
                (self.programs.get(program).path.to_string_lossy().into_owned(), arguments)
            }
        };
        let mut words = surroundings(&folder, locale(command, &self.session.page));
        words.push(program);
        let may_be_port = !matches!(command, Command::Run { .. });
        for argument in arguments {
            words.push(self.host.word(argument, may_be_port)?);
        }
        if let Command::Run { program, arguments, .. } = command {
            let is_told = arguments.iter().any(|word| word.parse::<std::net::SocketAddr>().is_ok());
            if self.programs.get(program).takes_address && !is_told {
                words.push(self.host.default_address()?);
            }
        }
        Ok(Some(words))
    }

    fn takes_step(&mut self, step: &'s Step) -> Outcome {
        let Some(at) = self.seats.iter().position(|seat| seat.name == step.terminal) else {
            let words = format!("the terminal `{}` has no block yet", step.terminal);
            return Err(self.session.page.complains(step.line, words));
        };
        let is_over = self.seats[at].is_free();
        if is_over
            && matches!(step.act, Act::Types(_) | Act::EndsInput | Act::Interrupts | Act::GoesOn)
        {
            return Err(self.complains(step.line, at, "no program runs any more in this terminal"));
        }
        let seat = &mut self.seats[at];
        let done = match &step.act {
            Act::Types(text) => seat.terminal.types(text),
            Act::Interrupts => seat.terminal.interrupts(),
            Act::EndsInput => {
                seat.terminal.ends_its_input();
                Ok(())
            }
            Act::GoesOn => {
                seat.goes_on = true;
                Ok(())
            }
            Act::Starts if !is_over => {
                return Err(self.complains(step.line, at, "the program before it still runs"));
            }
            Act::Starts => return self.gives_command(at),
            Act::Shows(text) => {
                return self.waits(
                    step.line,
                    &format!("the terminal never shows `{text}`"),
                    |room| {
                        let shown = room.seats[at].terminal.shows()?;
                        Ok(room.host.as_in_the_book(&shown).contains(text))
                    },
                );
            }
        };
        done.map_err(|fault| self.fails(step.line, &fault))
    }

    /// Waits until all programs wait, or have ended.
    fn rests(&self, line: usize) -> Outcome {
        // The number of one that has ended may be somebody else's by now.
        let running = self.seats.iter().filter(|seat| !seat.is_free());
        let processes: Vec<u32> = running.filter_map(|seat| seat.terminal.process()).collect();
        self.waits_for(line, "the programs did not come to rest in time", |room| {
            for seat in &room.seats {
                // It fails where a program prints without end.
                seat.terminal.shows()?;
            }
            Ok(kernel::is_at_rest(&processes, room.host.ip)?)
        })
    }

    /// Waits until every command has been given and every program has ended that is to end.
    fn ends(&mut self) -> Outcome {
        let line = self.session.line;
        let ended = self.waits(line, "", |room| {
            Ok(room
                .seats
                .iter()
                .all(|seat| seat.to_give.is_empty() && (seat.goes_on || seat.is_free())))
        });
        let Err(complaint) = ended else { return Ok(()) };
        let Some(at) = self.seats.iter().position(|seat| !seat.goes_on && !seat.is_free()) else {
            return Err(complaint);
        };
        let words = "its program does not end; have it end (`presses Ctrl-C`), or say `goes on`";
        Err(self.complains(self.seats[at].line, at, words))
    }

    /// Waits until `done`, giving commands where their turn has come.
    fn waits(
        &mut self,
        line: usize,
        never: &str,
        done: impl Fn(&Self) -> Result<bool, Fault>,
    ) -> Outcome {
        loop {
            self.gives_commands()?;
            if done(self).map_err(|fault| self.fails(line, &fault))? {
                return Ok(());
            }
            self.is_patient(line, never)?;
        }
    }

    fn waits_for(
        &self,
        line: usize,
        never: &str,
        done: impl Fn(&Self) -> Result<bool, Fault>,
    ) -> Outcome {
        while !done(self).map_err(|fault| self.fails(line, &fault))? {
            self.is_patient(line, never)?;
        }
        Ok(())
    }

    fn is_patient(&self, line: usize, never: &str) -> Outcome {
        if Instant::now() > deadline::next() {
            return Err(self.session.page.complains(line, self.with_screens(never)));
        }
        thread::sleep(deadline::LOOK_AGAIN);
        Ok(())
    }

    /// Takes what the blocks of a part have to show.
    fn takes(&mut self, part: &'s Part, shown: &mut Vec<(&'s Block, String)>) -> Outcome {
        for block in &part.blocks {
            let at = self.seat(&block.terminal, block.line)?;
            let all =
                self.seats[at].terminal.shows().map_err(|fault| self.fails(block.line, &fault))?;
            let mut new = all[self.seats[at].taken..].to_string();
            self.seats[at].taken = all.len();
            if !new.is_empty() && !new.ends_with('\n') {
                new.push('\n');
            }
            shown.push((block, self.host.as_in_the_book(&new)));
        }
        Ok(())
    }

    fn fails(&self, line: usize, fault: &Fault) -> Complaint {
        self.session.page.complains(line, self.with_screens(fault.words.say(stage::Lang::En)))
    }

    fn complains(&self, line: usize, at: usize, words: &str) -> Complaint {
        let words = format!("{}: {words}", self.seats[at].name);
        self.session.page.complains(line, self.with_screens(&words))
    }

    /// What went wrong, and what the terminals show meanwhile.
    fn with_screens(&self, words: &str) -> String {
        let mut text = words.to_string();
        for seat in &self.seats {
            let shown = self.host.as_in_the_book(&seat.terminal.shows().unwrap_or_default());
            text += &format!("\n  {} shows:\n", seat.name);
            text.extend(shown.lines().map(|line| format!("    {line}\n")));
        }
        text
    }
}

impl Seat<'_> {
    /// Whether the prompt is there: no program was started yet, or the last one has ended.
    fn is_free(&self) -> bool {
        self.terminal.process().is_none()
            || self.terminal.exit_status().is_ok_and(|status| status.is_some())
    }

    fn can_be_given_a_command(&self) -> bool {
        let by_itself = |(_, given): &&(usize, Given)| {
            !self.by_step || given.command == Command::Status && self.terminal.process().is_some()
        };
        self.to_give.front().is_some_and(by_itself) && self.is_free()
    }
}

/// The coach speaks the language of the system; to other programs it may be one that is not there.
fn locale(command: &Command, page: &Page) -> &'static str {
    match command {
        Command::Coach { .. } if page.language == "zh-CN" => "zh_CN.UTF-8",
        _ => "C.UTF-8",
    }
}

/// Has a program started in a folder, with a locale, so that Ctrl-C ends it: a job in the background
/// of a script ignores Ctrl-C, and so does what it starts (signal(7)).
fn surroundings(folder: &Path, locale: &str) -> Vec<String> {
    let folder = folder.display();
    // The learner's own programs are built in the copied workspace, and in its own target folder.
    let words = ["env", "--default-signal=INT", "--unset=CARGO_TARGET_DIR"].map(str::to_string);
    let more = [
        format!("--chdir={folder}"),
        format!("LC_ALL={locale}"),
        format!("CARGO_MANIFEST_DIR={folder}/tests"),
    ];
    words.into_iter().chain(more).collect()
}

/// Compares each block with what it has to show.
fn compare(session: &Session, host: &Host, shown: &[(&Block, String)]) -> Ran {
    let in_book = host.chosen(shown.iter().map(|(block, _)| block.text.as_str()));
    let this_time = host.chosen(shown.iter().map(|(_, text)| text.as_str()));
    let mut ran = Ran::default();
    for (varies, _) in &session.varies {
        if !shown.iter().any(|(block, _)| block.text.contains(varies.as_str())) {
            let words = format!("`{varies}` varies, and stands nowhere in this session");
            ran.differences.push(session.page.complains(session.line, words));
        }
    }
    for (block, text) in shown {
        let mut text = rename(text, &this_time, &in_book);
        let mut expected = block.text.clone();
        for (first, others) in &session.varies {
            match others.as_slice() {
                [] => expected = expected.replace(first, "[..]"),
                others => text = as_first(&text, &expected, first, others),
            }
        }
        let assert = snapbox::Assert::new().action(Action::Verify).normalize_paths(false);
        let data = text.clone().into_data();
        if let Err(difference) = assert.try_eq(None, data, expected.into_data()) {
            let words = format!(
                "the terminal `{}` shows something else now; if it should: BOOK=rewrite cargo test -p coach --test book{difference}",
                block.terminal,
            );
            ran.differences
                .push(session.page.complains(block.line, words.trim_end().to_string() + "\n"));
            let text = text.lines().map(|line| match line {
                "" => "\n".to_string(),
                line => format!("{}{line}\n", block.indent),
            });
            let text = text.collect();
            let lines = block.text.lines().count();
            ran.changes.push(Change { page: session.page.title(), line: block.line, lines, text });
        }
    }
    ran
}

/// `text` with each line of `expected` in place of the one that has one of the `others` where it has
/// `first`.
fn as_first(text: &str, expected: &str, first: &str, others: &[String]) -> String {
    let lines = text.lines().map(|line| {
        let mut like_it = expected.lines().filter(|expected| {
            let mut variants = others.iter().map(|other| expected.replace(first, other));
            expected.contains(first) && variants.any(|variant| variant == line)
        });
        format!("{}\n", like_it.next().unwrap_or(line))
    });
    lines.collect()
}

/// Writes down what the programs show now.
pub fn rewrite(pages: &[Page], changes: &[Change]) {
    for page in pages {
        let changed = rewritten(page, changes);
        if changed.text != page.text {
            changed.write();
        }
    }
}

fn rewritten(page: &Page, changes: &[Change]) -> Page {
    let mut lines: Vec<String> = page.text.lines().map(|line| format!("{line}\n")).collect();
    let title = page.title();
    let mut changes: Vec<&Change> = changes.iter().filter(|change| change.page == title).collect();
    // From the end, so that the lines above keep their numbers.
    changes.sort_by_key(|change| std::cmp::Reverse(change.line));
    for change in changes {
        lines.splice(change.line..change.line + change.lines, [change.text.clone()]);
    }
    Page { text: lines.concat(), ..page.clone() }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::sessions;

    const PAGE: &str = "# A

<!-- session
client types 你好
client types bye
client presses Ctrl-D
-->
```console server
$ cargo run -q -p lesson-03
listening on 127.0.0.1:7788
127.0.0.1:60878>>>你好
127.0.0.1:60878>>>bye
the client closed first
the kernel keeps nothing on port 7788
$ echo $?
0
```

  ```console client
  $ cargo run -q -p lesson-00
  connected to 127.0.0.1:7788; Ctrl-D (on Windows Ctrl-Z, Enter) hangs up
  你好
  收到 4 字节
  bye
  收到 3 字节
  ```
";

    fn ran(page: &Page) -> Ran {
        ran_within(PATIENCE, page)
    }

    fn ran_within(patience: Duration, page: &Page) -> Ran {
        let found = sessions::of(page);
        assert_eq!(found.complaints, []);
        run(&found.sessions[0], &programs::build(&found.sessions), patience)
    }

    fn page(text: &str) -> Page {
        Page::new("en", "a.md", text)
    }

    fn words(complaints: &[Complaint]) -> String {
        complaints.iter().map(|complaint| format!("{complaint}\n")).collect()
    }

    #[test]
    fn a_session_that_is_as_printed_holds() {
        let ran = ran(&page(PAGE));
        assert_eq!(words(&ran.failures) + &words(&ran.differences), "");
        assert!(ran.changes.is_empty());
    }

    #[test]
    fn what_has_changed_is_shown_as_a_difference_and_written_down() {
        let changed =
            page(&PAGE.replace("收到 3 字节", "received 3").replace("60878>>>bye", "60879>>>bye"));
        let ran = ran(&changed);
        assert_eq!(words(&ran.failures), "");
        let said = words(&ran.differences);
        assert!(
            said.contains("docs/en/src/a.md:8: the terminal `server` shows something else now"),
            "{said}"
        );
        assert!(said.contains("127.0.0.1:60878>>>bye"), "{said}");
        assert!(
            said.contains("docs/en/src/a.md:19: the terminal `client` shows something else now"),
            "{said}"
        );
        assert!(said.contains("- received 3") && said.contains("+ 收到 3 字节"), "{said}");
        assert_eq!(rewritten(&changed, &ran.changes).text, PAGE);
    }

    #[test]
    fn empty_blocks_are_filled() {
        let is_command = |line: &&str| {
            !line.is_empty() && !line.starts_with("  ")
                || line.contains("```")
                || line.contains("$ ")
        };
        let printed = ["listening", "127", "the ", "0"];
        let is_kept =
            |line: &&str| is_command(line) && !printed.iter().any(|begin| line.starts_with(begin));
        let empty =
            page(&PAGE.lines().filter(is_kept).map(|line| format!("{line}\n")).collect::<String>());
        let filled = rewritten(&empty, &ran(&empty).changes);
        let without_blank = PAGE.replace("\n\n", "\n").replace("60878", "50412");
        assert_eq!(filled.text, without_blank);
    }

    #[test]
    fn a_program_that_does_not_end_is_named_with_what_the_terminals_show() {
        let said = words(
            &ran_within(
                Duration::from_secs(1),
                &page("<!-- session -->\n```console server\n$ cargo run -q -p lesson-02\n```\n"),
            )
            .failures,
        );
        assert!(said.starts_with("docs/en/src/a.md:3: server: its program does not end"), "{said}");
        assert!(said.contains("    listening on 127.0.0.1:7788\n"), "{said}");
    }

    #[test]
    fn what_goes_on_and_what_is_interrupted_need_not_end_by_itself() {
        let server = |steps: &str, shown: &str| {
            page(&format!(
                "<!-- session\n{steps}\n-->\n```console server\n$ cargo run -q -p lesson-02\nlistening on 127.0.0.1:7788\n{shown}```\n"
            ))
        };
        for page in [
            server("server shows listening\nserver goes on", ""),
            server("server presses Ctrl-C", "^C\n$ echo $?\n130\n"),
        ] {
            let ran = ran(&page);
            assert_eq!(words(&ran.failures) + &words(&ran.differences), "");
        }
    }

    #[test]
    fn nobody_types_where_no_program_runs() {
        let said = words(&ran(&page("<!-- session\nclient types a\n-->\n```console client\n$ cargo run -q -p lesson-00\n```\n")).failures);
        assert!(said.starts_with("docs/en/src/a.md:2: client: no program runs any more"), "{said}");
        assert!(said.contains("Connection refused"), "{said}");
    }

    #[test]
    fn what_varies_is_named_and_nothing_else_may_vary() {
        let help = |varies: &str, line: &str| {
            page(&format!(
                "<!-- session\nvaries {varies}\n-->\n```console\n$ cargo run -q -p lesson-04 -- --help\nLesson 04: why an address is {line} in use, tried out on free ports of this machine.\n...\n```\n"
            ))
        };
        let said = |page: &Page| words(&ran(page).differences);
        assert_eq!(said(&help("always | still", "always")), "");
        assert_eq!(said(&help("always", "always")), "");
        assert!(
            said(&help("always | never", "always"))
                .contains("- Lesson 04: why an address is always")
        );
        assert!(
            said(&help("sometimes", "still"))
                .contains("a.md:1: `sometimes` varies, and stands nowhere")
        );
    }
}
