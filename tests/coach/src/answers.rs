//! Answers of many students: each is a file of its own, built as a package of its own.

use std::fs;
use std::path::{Path, PathBuf};

use behaviours::Exercise;
use stage::{Words, cargo};

/// Builds the answer in `source` as a package of this name (ASCII letters and digits), in a target
/// folder that all answers share. Returns the program, or what the compiler says.
///
/// # Errors
/// Where the package can't be written, or cargo can't be started.
pub fn build(
    source: &Path,
    name: &str,
    exercise: &Exercise,
) -> Result<Result<PathBuf, String>, Words> {
    let name = format!("answer-{}-{name}", exercise.number);
    let grading = cargo::workspace().join("target").join("coach").join("grade");
    let package = grading.join(&name);
    fs::create_dir_all(&package)?;
    // A copy: whatever the student's folder is called, cargo does not see it.
    fs::copy(source, package.join("main.rs"))?;
    let shared = cargo::workspace().join("shared");
    // TOML escapes these two as JSON does.
    let shared = shared.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    let manifest = format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n[workspace]\n\
         [[bin]]\nname = \"{name}\"\npath = \"main.rs\"\n\
         [dependencies]\nshared = {{ path = \"{shared}\" }}\n\
         socket2 = {{ version = \"0.6\", features = [\"all\"] }}\n",
    );
    fs::write(package.join("Cargo.toml"), manifest)?;
    fs::copy(cargo::workspace().join("Cargo.lock"), package.join("Cargo.lock"))?;
    let target = grading.join("target").to_string_lossy().into_owned();
    cargo::build(&package, &["--offline", "--target-dir", &target])
}
