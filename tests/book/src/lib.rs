//! The pages of the book, what is in them, and how a test makes a part of them again.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag};
use snapbox::{Assert, Data, data::DataFormat};

/// One page of one of the books.
pub struct Page {
    /// The folder of its book in `docs/`.
    pub language: &'static str,
    /// Its file, which has the same name in both languages.
    pub file: PathBuf,
    /// All of it.
    pub text: String,
}

/// A part of a page that a test looks at.
#[derive(Debug)]
pub enum Piece<'p> {
    /// A heading, by its level.
    Heading(HeadingLevel),
    /// What a comment says.
    Comment(&'p str),
    /// A fenced block: the words after the fence, and where its text is.
    Block(CowStr<'p>, Range<usize>),
    /// Where a link leads, or which file a picture shows.
    Link(CowStr<'p>),
    /// An answer that a click unfolds.
    Fold,
}

/// The workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("rooms are two folders down")
}

/// All files in a folder of the workspace and in those below it.
pub fn files(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).expect("it is a folder");
    let mut all: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    all.sort();
    all.into_iter().flat_map(|path| if path.is_dir() { files(path) } else { vec![path] }).collect()
}

/// Every page of the book, in both languages.
pub fn pages() -> Vec<Page> {
    let load = |language| {
        files(format!("docs/{language}/src")).into_iter().map(move |file| {
            let text = fs::read_to_string(&file).expect("a page is text").replace("\r\n", "\n");
            Page { language, file, text }
        })
    };
    ["en", "zh-CN"].into_iter().flat_map(load).collect()
}

impl Page {
    /// The line in which `place` is, as editors take it: `docs/en/src/lesson-03.md:12`.
    pub fn line(&self, place: usize) -> String {
        let file = self.file.strip_prefix(root()).unwrap_or(&self.file);
        format!("{}:{}", file.display(), self.text[..place].matches('\n').count() + 1)
    }

    /// The line above `place`, where the mark of a block is.
    pub fn above(&self, place: usize) -> &str {
        self.text[..place].lines().last().unwrap_or_default()
    }

    /// Its parts, from top to bottom, each with its place.
    pub fn pieces(&self) -> Vec<(usize, Piece<'_>)> {
        let mut pieces = Vec::new();
        let parser = Parser::new_ext(&self.text, Options::ENABLE_TABLES);
        for (event, Range { start, end }) in parser.into_offset_iter() {
            let text = &self.text[start..end];
            let piece = match event {
                Event::Start(Tag::Heading { level, .. }) => Piece::Heading(level),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    Piece::Link(dest_url)
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let line_ends = [text.find('\n'), text.trim_end().rfind('\n')];
                    let [from, to] = line_ends.map(|end| end.map_or(start, |end| start + end + 1));
                    Piece::Block(info, from..to)
                }
                Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => {
                    let tags = text.match_indices('<').map(|(at, _)| (start + at, &text[at..]));
                    pieces.extend(tags.filter_map(|(at, tag)| Some((at, in_html(tag)?))));
                    continue;
                }
                _ => continue,
            };
            pieces.push((start, piece));
        }
        pieces
    }

    /// Its text with some places changed, which are named from top to bottom.
    pub fn with(&self, changes: &[(Range<usize>, String)]) -> String {
        let mut text = self.text.clone();
        // From the end, so that the places above stay where they are.
        changes.iter().rev().for_each(|(place, new)| text.replace_range(place.clone(), new));
        text
    }
}

fn in_html(tag: &str) -> Option<Piece<'_>> {
    match tag.strip_prefix("<!--") {
        Some(comment) => Some(Piece::Comment(comment.split("-->").next()?.trim())),
        None => tag.starts_with("<details").then_some(Piece::Fold),
    }
}

/// Compares a file with what it should hold. With `SNAPSHOTS=overwrite` it writes that down instead.
///
/// # Errors
/// How the two differ.
pub fn compare(file: &Path, made: &str) -> Result<(), String> {
    let written = Data::read_from(file, Some(DataFormat::Text)).raw();
    let assert = Assert::new().action_env(snapbox::assert::DEFAULT_ACTION_ENV);
    assert.try_eq(None, Data::text(made), written).map_err(|difference| difference.to_string())
}

/// Fails with all that is wrong.
pub fn hold(wrong: impl IntoIterator<Item = String>) {
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "\n\n{}\n", wrong.join("\n"));
}
