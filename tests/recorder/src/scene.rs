//! A scene: which server is started, and what is done to it, step by step.
//!
//! A scene is a text file, one step a line; `#` begins a comment. `docs/` describes it for readers.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::event::Encoding;
use picture::ask::{Ask, Asked, Choice, Judge, Why};
use stage::{Act, Lang, Step, Who, Words};

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
    /// The other servers that it is played against, each with a word for its recording's name.
    pub others: Vec<(String, Vec<String>)>,
    /// What happens, in this order.
    pub steps: Vec<Step>,
    /// What it asks, in this order.
    pub asks: Vec<Asked>,
}

/// The act before which a question ends, where its `until` has not come yet.
const OPEN: usize = usize::MAX;

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
        let mut scene = Scene {
            name,
            title,
            encoding,
            program: vec![],
            others: vec![],
            steps: vec![],
            asks: vec![],
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut last = 1;
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            last = number;
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            scene.read(line).map_err(|what| (number, what))?;
        }
        if scene.asks.last().is_some_and(|asked| asked.until == OPEN) {
            return Err((last, unfinished()));
        }
        // The start of the server is an act too, where the scene does not write it down.
        let starts = |step: &Step| step.who == Who::Server && matches!(step.act, Act::Start(_));
        let first = usize::from(!scene.steps.first().is_some_and(starts));
        for asked in &mut scene.asks {
            asked.from += first;
            asked.until += first;
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
            ("other", words) => {
                let mut words = words.split_whitespace().map(str::to_owned);
                let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                match words.next().filter(|name| name.chars().all(is_name)) {
                    Some(name) if !self.program.is_empty() => {
                        self.others.push((name, words.collect()));
                    }
                    _ => {
                        let en = "other has a name and a command, and stands after program";
                        return Err(Words::fixed(
                            en,
                            "other 写在 program 后面，有一个名字和一条命令",
                        ));
                    }
                }
            }
            ("ask" | "ask-zh" | "option" | "why" | "until", words) => self.read_ask(word, words)?,
            _ => self.steps.push(Step::parse(line)?),
        }
        Ok(())
    }

    /// Reads one line of a question. A question begins with `ask`, and ends with `until`.
    fn read_ask(&mut self, word: &str, words: &str) -> Result<(), Words> {
        let now = self.steps.len();
        let open = self.asks.last_mut().filter(|asked| asked.until == OPEN);
        match (word, open) {
            ("ask", None) => {
                let why = Why { link: String::new(), text: Words::fixed("", "") };
                let question = Words::new(words, "");
                let ask = Ask { until_us: 0, question, options: vec![], why };
                self.asks.push(Asked { ask, from: now, until: OPEN });
            }
            ("ask", Some(_)) => return Err(unfinished()),
            (_, None) => {
                let (en, zh) =
                    (format!("{word} without a question"), format!("{word} 前面没有问题"));
                return Err(Words::new(en, zh));
            }
            ("ask-zh", Some(Asked { ask, .. })) => {
                ask.question = Words::new(ask.question.say(Lang::En), words);
            }
            ("option", Some(Asked { ask, .. })) => {
                let (judge, text) = three(words)?;
                ask.options.push(Choice { judge: Judge::parse(judge)?, text, holds: false });
            }
            ("why", Some(Asked { ask, .. })) => {
                let (link, text) = three(words)?;
                ask.why = Why { link: link.into(), text };
            }
            (_, Some(asked)) => {
                let Ask { question, options, why, .. } = &asked.ask;
                let has_words = !question.say(Lang::ZhCn).is_empty() && !why.link.is_empty();
                if !has_words || options.len() < 2 || asked.from == now {
                    return Err(unfinished());
                }
                asked.until = now;
            }
        }
        Ok(())
    }
}

fn unfinished() -> Words {
    Words::fixed(
        "a question needs ask, ask-zh, two options, why, a step that decides it, and until",
        "一个问题要有 ask、ask-zh、两个 option、why、决定结果的步骤和 until",
    )
}

/// The three parts of an option or of a `why`; the last two are in English and in Chinese.
fn three(words: &str) -> Result<(&str, Words), Words> {
    let parts: Vec<_> = words.split(" | ").map(str::trim).collect();
    match parts[..] {
        [first, en, zh] if parts.iter().all(|part| !part.is_empty()) => {
            Ok((first, Words::new(en, zh)))
        }
        _ => Err(Words::fixed(
            "write three parts, with \" | \" between them",
            "这里要写三部分，中间用“ | ”隔开",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_line_is_named_with_its_number() {
        let wrong = |text: &str| Scene::parse("x", text).map(drop).map_err(|(line, _)| line);
        assert_eq!(wrong("# nothing\nconnect\nwave"), Err(3));
        assert_eq!(wrong("encoding klingon"), Err(1));
        assert_eq!(wrong(""), Err(1));
        assert_eq!(wrong("title only a title"), Err(1));
        assert_eq!(wrong("other x y"), Err(1));
        assert_eq!(wrong("program x\nother X y"), Err(2));
        let option = "option lines 0 | none | 没有";
        let whole = format!("connect\nask x\nask-zh y\n{option}\n{option}\nwhy l | x | y\n");
        assert_eq!(wrong(&format!("{whole}close\nuntil")), Ok(()));
        assert_eq!(wrong(&format!("{whole}until")), Err(7), "no act that decides it");
        assert_eq!(wrong(&format!("{whole}close\nask z")), Err(8));
        assert_eq!(wrong(&format!("{whole}close")), Err(7));
        assert_eq!(wrong(option), Err(1));
        assert_eq!(wrong("ask x\noption lines many | x | y"), Err(2));
        assert_eq!(wrong("ask x\noption lines 0 | only English"), Err(2));
        assert_eq!(wrong("ask x\nclose\nuntil"), Err(3));
    }
}
