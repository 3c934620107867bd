//! Answers of many students: each is one file, compiled without cargo. The libraries that it may use
//! are built once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use stage::{Deadline, Fault, Lang, Process, Stage, Words, cargo};

/// What an answer may use. Each is the name of a crate and the file that it is in.
pub type Libraries = Vec<(String, PathBuf)>;

const LIBRARIES: [&str; 3] = ["ctrlc", "shared", "socket2"];

/// The longest that the compiler takes for one file.
const COMPILER: Duration = Duration::from_secs(30);

/// As the exercises' own packages have it.
const MANIFEST: &str = "[package]\nname = \"libraries\"\nedition = \"2024\"\n[workspace]\n\
    [lib]\npath = \"lib.rs\"\n[dependencies]\n\
    ctrlc = { version = \"3\", features = [\"termination\"] }\n\
    socket2 = { version = \"0.6\", features = [\"all\"] }\n";

/// Builds the libraries, where that has not been done.
///
/// # Errors
/// Where cargo can't be started, or can't build them.
pub fn libraries() -> Result<Libraries, Words> {
    let package = cargo::workspace().join("target").join("coach").join("libraries");
    fs::create_dir_all(&package)
        .map_err(|error| Words::same(error).of(&package.to_string_lossy()))?;
    let shared = cargo::workspace().join("shared");
    // TOML escapes these two as JSON does.
    let shared = shared.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    let manifest = format!("{MANIFEST}shared = {{ path = \"{shared}\" }}\n");
    put(&package.join("Cargo.toml"), manifest.as_bytes())?;
    put(&package.join("lib.rs"), b"")?;
    put(&package.join("Cargo.lock"), &fs::read(cargo::workspace().join("Cargo.lock"))?)?;
    let target = package.join("target").to_string_lossy().into_owned();
    let messages = cargo::messages(&package, &["--offline", "--target-dir", &target])?;
    let messages = messages.map_err(Words::same)?;
    let found = |name: &&str| Some((name.to_string(), library(&messages, name)?));
    let libraries: Libraries = LIBRARIES.iter().filter_map(found).collect();
    match libraries.len() == LIBRARIES.len() {
        true => Ok(libraries),
        false => Err(Words::same("cargo build names no libraries")),
    }
}

/// Writes a file aside and puts it in its place: another class may be graded at the same time, and its
/// cargo must not read half a file.
fn put(file: &Path, content: &[u8]) -> io::Result<()> {
    let aside = file.with_extension(std::process::id().to_string());
    fs::write(&aside, content)?;
    fs::rename(aside, file)
}

/// The file of a library, as cargo tells it.
fn library(messages: &str, name: &str) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut named = messages.filter(|message| message["target"]["name"] == name);
    named.find_map(|message| {
        let files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
        files.map(PathBuf::from).find(|file| file.extension().is_some_and(|end| end == "rlib"))
    })
}

/// Compiles the answer in `source`. Returns what the compiler says where it does not compile.
///
/// # Errors
/// Where the compiler can't be started.
pub fn compile(
    stage: &Stage,
    source: &Path,
    program: &Path,
    libraries: &[(String, PathBuf)],
) -> Result<Result<(), String>, Words> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut words = vec![compiler(), "--edition=2024".into(), "--crate-name=answer".into()];
    for (name, file) in libraries {
        let folder = file.parent().unwrap_or(file);
        words.push(format!("-Ldependency={}", folder.display()));
        words.push(format!("--extern={name}={}", file.display()));
    }
    words.extend(["-o".into(), text(program), text(source)]);
    let process = Process::start(stage, &words).map_err(|fault| fault.words())?;
    let compiled = process.ends(Deadline::after(COMPILER));
    let fault = stage.takes_overuse().then_some(Fault::TooMuchMemory);
    match fault.map_or(compiled, Err) {
        Err(fault) => Ok(Err(format!("error: rustc: {}", fault.say(Lang::En)))),
        Ok(output) if output.status.success() => Ok(Ok(())),
        Ok(output) => Ok(Err(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

/// The compiler beside the cargo that has started us.
fn compiler() -> String {
    let cargo = std::env::var_os("CARGO").map(PathBuf::from);
    let beside = cargo.map(|cargo| cargo.with_file_name("rustc")).filter(|rustc| rustc.exists());
    beside.map_or_else(|| "rustc".into(), |rustc| rustc.to_string_lossy().into_owned())
}
