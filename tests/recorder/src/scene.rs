//! A scene: which server is started, and what is done to it, step by step.
//!
//! A scene is a text file, one step a line; `#` begins a comment. `docs/` describes it for readers.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::event::Encoding;
use stage::{Lang, Step, Words};

/// The longest scene that is read, in bytes.
const LONGEST_SCENE: u64 = 64 << 10;

/// A scene.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Its name: that of its file.
    pub name: String,
    /// What it shows.
    pub title: Words,
    /// How the text of its packets is shown.
    pub encoding: Encoding,
    /// The words that start its server, if the scene has its own server.
    pub program: Vec<String>,
    /// What happens, in this order.
    pub steps: Vec<Step>,
}

impl Scene {
    /// Reads a scene from its file.
    ///
    /// # Errors
    /// In words that name the file and the line.
    pub fn load(file: &Path) -> Result<Self, Words> {
        let shown = file.display().to_string();
        let mut text = String::new();
        let opened = File::open(file).map(|file| file.take(LONGEST_SCENE));
        let read = opened.and_then(|mut file| file.read_to_string(&mut text));
        read.map_err(|error| Words::same(error).of(&shown))?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if name.starts_with(['.', '-']) || name.chars().any(char::is_control) {
            let (en, zh) = ("a scene can't have this name", "剧本不能用这个名字");
            return Err(Words::fixed(en, zh).of(&shown));
        }
        Scene::parse(&name, &text).map_err(|(line, what)| what.of(&format!("{shown}:{line}")))
    }

    /// Reads a scene from its text.
    ///
    /// # Errors
    /// The number of the line that is wrong, and what is wrong with it.
    pub fn parse(name: &str, text: &str) -> Result<Self, (usize, Words)> {
        let title = Words::same(name);
        let (name, encoding) = (name.into(), Encoding::Gbk);
        let mut scene = Scene { name, title, encoding, program: vec![], steps: vec![] };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            scene.read(line).map_err(|what| (number, what))?;
        }
        match scene.steps.is_empty() && scene.program.is_empty() {
            true => Err((1, Words::fixed("the scene is empty", "剧本是空的"))),
            false => Ok(scene),
        }
    }

    /// Reads one line: of the head, or a step.
    fn read(&mut self, line: &str) -> Result<(), Words> {
        let (word, words) = line.split_once(' ').unwrap_or((line, ""));
        match (word, words.trim()) {
            ("title", en) => self.title = Words::new(en, self.title.say(Lang::ZhCn)),
            ("title-zh", zh) => self.title = Words::new(self.title.say(Lang::En), zh),
            ("encoding", "gbk") => self.encoding = Encoding::Gbk,
            ("encoding", "utf-8") => self.encoding = Encoding::Utf8,
            ("program", words) => {
                self.program = words.split_whitespace().map(str::to_owned).collect();
            }
            _ => self.steps.push(Step::parse(line)?),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_line_is_named_with_its_number() {
        let wrong = |text| Scene::parse("x", text).map(drop).map_err(|(line, _)| line);
        assert_eq!(wrong("# nothing\nconnect\nwave"), Err(3));
        assert_eq!(wrong("encoding klingon"), Err(1));
        assert_eq!(wrong(""), Err(1));
        assert_eq!(wrong("title only a title"), Err(1));
    }
}
