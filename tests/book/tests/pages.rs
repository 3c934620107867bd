//! The pages of the two books, and what is wrong with them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The languages, each with a book of its own in `docs/`.
pub const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

/// The list of the chapters, which is not a chapter.
pub const SUMMARY: &str = "SUMMARY.md";

/// One page of one of the books.
#[derive(Clone)]
pub struct Page {
    /// The folder of its book in `docs/`.
    pub language: String,
    /// The name of its file, the same in both languages.
    pub name: String,
    pub text: String,
}

impl Page {
    pub fn new(language: &str, name: &str, text: &str) -> Self {
        Page { language: language.into(), name: name.into(), text: text.replace("\r\n", "\n") }
    }

    /// The name that the other language's page has for it: `en/lesson-03.md`.
    pub fn title(&self) -> String {
        format!("{}/{}", self.language, self.name)
    }

    /// Its folder, below the workspace.
    pub fn folder(&self) -> PathBuf {
        Path::new("docs").join(&self.language).join("src")
    }

    /// Writes the page to its file.
    pub fn write(&self) {
        let file = root().join(self.folder()).join(&self.name);
        fs::write(&file, &self.text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    pub fn complains(&self, line: usize, words: impl fmt::Display) -> Complaint {
        Complaint(format!("docs/{}/src/{}:{line}: {words}", self.language, self.name))
    }
}

/// What is wrong in one place of the book, in one line that begins with page and line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint(pub String);

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace holds this package")
}

/// Every page of the book, in both languages.
pub fn load() -> Vec<Page> {
    LANGUAGES.into_iter().flat_map(pages_in).collect()
}

fn pages_in(language: &str) -> Vec<Page> {
    let folder = root().join("docs").join(language).join("src");
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut pages: Vec<Page> = entries
        .filter_map(|entry| {
            let file = entry.expect("a folder that can be read").path();
            let name = file.file_name()?.to_str()?.to_string();
            let text = name.ends_with(".md").then(|| fs::read_to_string(&file))?;
            Some(Page::new(language, &name, &text.expect("a page is text")))
        })
        .collect();
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!pages.is_empty(), "there is no page in {}", folder.display());
    pages
}

/// Fails with all that is wrong.
pub fn hold(complaints: &[Complaint]) {
    let all: Vec<String> = complaints.iter().map(Complaint::to_string).collect();
    assert!(all.is_empty(), "\n\n{}\n", all.join("\n"));
}
