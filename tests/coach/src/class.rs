//! What is in the folder of a class: each entry is an answer, or it is said why it is none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use behaviours::Exercise;
use serde::{Deserialize, Serialize};
use stage::{Words, one_line};

/// How a file is started, by its ending; one that ends in `rs` is compiled.
pub type Runners = BTreeMap<String, Vec<String>>;

/// What there is to start.
#[derive(Serialize, Deserialize)]
pub enum Start {
    /// A file of Rust, by its name.
    Compile(String),
    /// A command, in which `{dir}` stands for the answer's folder.
    Run(Vec<String>),
}

/// An entry of the folder.
pub struct Answer {
    /// Its name, which can play no tricks on a terminal.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What is to be started, or why there is nothing.
    pub start: Result<Start, Words>,
}

const ARCHIVES: [&str; 7] = ["zip", "7z", "rar", "tar", "gz", "tgz", "xz"];

/// The interpreters that most machines have, and what `changes` says (`py=python3 {file} {address}`).
pub fn runners(changes: &[String]) -> Result<Runners, Words> {
    let python = if cfg!(windows) { "python" } else { "python3" };
    let usual = [("py", python), ("js", "node"), ("java", "java")];
    let usual = usual.map(|(ending, program)| format!("{ending}={program} {{file}} {{address}}"));
    let mut runners = Runners::new();
    for change in usual.iter().chain(changes) {
        let (ending, command) = change.split_once('=').ok_or_else(|| {
            let example = "--run \"py=python3 {file} {address}\"";
            Words::new(
                format!("{change:?} names no ending and command: {example}"),
                format!("{change:?} 里没有文件后缀和命令，应该像这样：{example}"),
            )
        })?;
        let words: Vec<_> = command.split_whitespace().map(str::to_owned).collect();
        known(&words)?;
        runners.insert(ending.trim_start_matches('.').to_owned(), words);
    }
    Ok(runners)
}

/// Refuses a place that is never filled in.
pub fn known(command: &[String]) -> Result<(), Words> {
    let places = ["{address}", "{host}", "{port}", "{dir}", "{file}"];
    let is_place = |word: &&String| {
        let name = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
        name.is_some_and(|name| name.chars().all(|letter| letter.is_ascii_alphabetic()))
    };
    match command.iter().filter(is_place).find(|word| !places.contains(&word.as_str())) {
        None => Ok(()),
        Some(word) => Err(Words::new(
            format!("{word} is never filled in; there are {}", places.join(", ")),
            format!("{word} 不会被替换；能用的有 {}", places.join("、")),
        )),
    }
}

/// Every entry of `dir` but hidden ones and those `left_out`; `command` starts each of them, if there
/// is one, and `runners` otherwise.
pub fn answers(
    dir: &Path,
    left_out: &[PathBuf],
    exercise: &Exercise,
    command: &[String],
    runners: &Runners,
) -> std::io::Result<Vec<Answer>> {
    let left_out: Vec<_> = left_out.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let is_hidden = name(&path).starts_with('.');
        let is_ours = path.canonicalize().is_ok_and(|path| left_out.contains(&path));
        if !is_hidden && !is_ours {
            paths.push(path);
        }
    }
    paths.sort();
    let answer = |path: PathBuf| Answer {
        name: name(&path),
        start: find(&path, exercise, command, runners),
        path,
    };
    Ok(paths.into_iter().map(answer).collect())
}

/// The last part of a path. A stranger has chosen it.
fn name(path: &Path) -> String {
    one_line(&path.file_name().unwrap_or_default().to_string_lossy())
}

fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

fn find(
    path: &Path,
    exercise: &Exercise,
    command: &[String],
    runners: &Runners,
) -> Result<Start, Words> {
    let kind = path.symlink_metadata()?.file_type();
    if kind.is_symlink() {
        return Err(Words::fixed(
            "a symbolic link: it has to be the folder itself",
            "符号链接：应该是文件夹本身",
        ));
    }
    if kind.is_dir() {
        return if command.is_empty() {
            find_file(path, exercise, runners)
        } else {
            Ok(Start::Run(command.to_vec()))
        };
    }
    Err(match ARCHIVES.contains(&ending(path).as_str()) {
        true => Words::fixed(
            "an archive: unpack it into a separate folder",
            "压缩包：请先解压到单独的文件夹",
        ),
        false => Words::fixed(
            "a file: each answer is a folder, so put it into one",
            "单个文件：每份作业是一个文件夹，请放进文件夹里",
        ),
    })
}

fn find_file(folder: &Path, exercise: &Exercise, runners: &Runners) -> Result<Start, Words> {
    let wanted = format!("exercise-{}", exercise.number);
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut entries = entries.collect::<std::io::Result<Vec<PathBuf>>>()?;
    entries.sort();
    let is_wanted = |path: &&PathBuf| path.file_stem().is_some_and(|stem| stem == wanted.as_str());
    let found: Vec<&PathBuf> = entries.iter().filter(is_wanted).collect();
    match found.as_slice() {
        [] => Err(missing(&wanted, &entries)),
        [file] => start(file, runners),
        several => {
            let names: Vec<_> = several.iter().map(|path| name(path)).collect();
            Err(Words::new(
                format!("{}: leave one of them", names.join(", ")),
                format!("{}：只能留一个", names.join("、")),
            ))
        }
    }
}

fn missing(wanted: &str, entries: &[PathBuf]) -> Words {
    let holds: Vec<_> = entries.iter().take(3).map(|path| name(path)).collect();
    match holds.is_empty() {
        true => Words::fixed("the folder is empty", "文件夹是空的"),
        false => Words::new(
            format!("no {wanted}.rs; the folder has {}", holds.join(", ")),
            format!("没有 {wanted}.rs，文件夹里有 {}", holds.join("、")),
        ),
    }
}

/// What starts a file.
fn start(file: &Path, runners: &Runners) -> Result<Start, Words> {
    let (name, ending, meta) = (name(file), ending(file), file.symlink_metadata()?);
    let (en, zh) = if meta.is_symlink() {
        ("is a symbolic link: it has to be the file itself", "是符号链接，应该是文件本身")
    } else if meta.is_dir() {
        ("is a folder", "是文件夹")
    } else if meta.len() == 0 {
        ("is empty", "是空文件")
    } else if let Some(command) = runners.get(&ending) {
        let path = format!("{{dir}}/{name}");
        return Ok(Start::Run(command.iter().map(|word| word.replace("{file}", &path)).collect()));
    } else if ending == "rs" {
        return Ok(Start::Compile(name));
    } else {
        let option = format!("--run \"{ending}=COMMAND {{file}} {{address}}\"");
        return Err(Words::new(
            format!("{name}: say how to start it, by {option}"),
            format!("{name}：请用 {option} 说明怎样启动"),
        ));
    };
    Err(Words::new(format!("{name} {en}"), format!("{name} {zh}")))
}
