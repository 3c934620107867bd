//! Running the recorder, a separate program.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use stage::{Lang, Words, cargo};

use crate::Outcome;

/// Runs `recorder TASK WORDS…`, and ends as it does. `--open` among the words opens what was recorded
/// as a film: the recorder, in its own network, could start no browser.
pub fn run(task: &str, words: &[String], lang: Lang) -> Outcome {
    let built = cargo::build(&cargo::workspace(), &["--package", "recorder", "--bin", "recorder"])?;
    let recorder = built.map_err(Words::same)?;
    let folder = cargo::workspace().join("target").join("pictures");
    let page = folder.join("film.html");
    let mut recorder = Command::new(recorder);
    recorder.args(["--lang", lang.name(), task]);
    let own = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let is_opened = words[..own].iter().any(|word| word == "--open");
    if is_opened {
        fs::create_dir_all(&folder)?;
        // What an earlier recording has left is not this one.
        let _ = fs::remove_file(&page);
        recorder.arg("--html").arg(&page);
    }
    let is_for_us = |(place, word): &(usize, &String)| *place < own && *word == "--open";
    recorder.args(words.iter().enumerate().filter(|word| !is_for_us(word)).map(|(_, word)| word));
    let status = recorder.status()?;
    if is_opened && page.exists() {
        open(&page, lang);
    }
    std::process::exit(status.code().unwrap_or(2))
}

/// Opens a page in the browser, where this system can.
fn open(page: &Path, lang: Lang) {
    let opener = match std::env::consts::OS {
        "windows" => "explorer",
        "macos" => "open",
        _ => "xdg-open",
    };
    let opened = Command::new(opener).arg(page).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if opened.is_err() {
        let page = page.display();
        let words = Words::new(
            format!("open this page in a browser: {page}"),
            format!("请用浏览器打开这个网页：{page}"),
        );
        shared::say(words.say(lang));
    }
}
