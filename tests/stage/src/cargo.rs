//! Programs of this workspace, built when they are needed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::spawn::spawn;
use acts::Words;

/// The workspace: that of the program that cargo has started, or that this one was built in.
pub fn workspace() -> PathBuf {
    let built_in = env!("CARGO_MANIFEST_DIR").into();
    let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or(built_in));
    // Every room is two folders down.
    package.ancestors().nth(2).unwrap_or(&package).to_path_buf()
}

/// Builds one program in `folder`. Returns its path, as cargo tells it, or what the compiler says.
///
/// # Errors
/// Where cargo can't be started, or names no program.
pub fn build(folder: &Path, options: &[&str]) -> Result<Result<PathBuf, String>, Words> {
    let messages = match messages(folder, options)? {
        Ok(messages) => messages,
        Err(compiler) => return Ok(Err(compiler)),
    };
    let built = messages.lines().rev().find_map(executable);
    built.map(Ok).ok_or_else(|| Words::same("cargo build names no program"))
}

/// Builds in `folder`. Returns cargo's messages, one a line, or what the compiler says.
///
/// # Errors
/// Where cargo can't be started.
pub fn messages(folder: &Path, options: &[&str]) -> Result<Result<String, String>, Words> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--quiet", "--message-format=json-render-diagnostics"])
        .args(options)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = spawn(&mut cargo)?.wait_with_output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    })
}

/// The program in one of cargo's messages, `{…,"executable":"PATH",…}`: of all that JSON could
/// escape in a path, only the backslashes of Windows are met.
fn executable(message: &str) -> Option<PathBuf> {
    let (_, behind) = message.split_once("\"executable\":\"")?;
    let (path, _) = behind.split_once('"')?;
    Some(path.replace("\\\\", "\\").into())
}
