//! What has been checked: remembered by the name of the exercise and what its file held, in the
//! target folder, so that a renumbered lesson or an edited file is never taken for a passed one.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use coach::exercises::Exercise;
use serde_json::{Map, Value, json};

use super::{Unexamined, workspace};

/// The results of earlier checks, and how many hints were given.
pub struct Progress(Map<String, Value>);

impl Progress {
    /// What is remembered; nothing, where nothing can be read.
    pub fn load() -> Self {
        let text = fs::read_to_string(file()).unwrap_or_default();
        Progress(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Whether the exercise passed as its file is now; `None` if it was not checked as it is now.
    pub fn passed(&self, exercise: &Exercise) -> Option<bool> {
        self.0.get(&key(exercise)?)?.as_bool()
    }

    /// Remembers the result of a check.
    pub fn remember(mut self, exercise: &Exercise, passed: bool) -> Result<(), Unexamined> {
        if let Some(key) = key(exercise) {
            self.0.insert(key, json!(passed));
        }
        self.save()
    }

    /// Gives one more hint: returns how many there are now.
    pub fn one_more_hint(mut self, exercise: &Exercise) -> Result<usize, Unexamined> {
        let key = format!("hints {}", exercise.title.say(coach::Lang::En));
        let given = self.0.get(&key).and_then(Value::as_u64).unwrap_or(0);
        let given = usize::try_from(given).unwrap_or(0).min(exercise.behaviours.len()) + 1;
        self.0.insert(key, json!(given));
        self.save()?;
        Ok(given)
    }

    /// Written beside the file and then put in its place, so that it is never half there.
    fn save(&self) -> Result<(), Unexamined> {
        let file = file();
        fs::create_dir_all(file.with_file_name(""))?;
        let part = file.with_extension(format!("part-{}", std::process::id()));
        fs::write(&part, Value::Object(self.0.clone()).to_string())?;
        Ok(fs::rename(part, file)?)
    }
}

fn file() -> PathBuf {
    workspace().join("target").join("coach").join("progress.json")
}

/// The exercise's name and what its file holds.
fn key(exercise: &Exercise) -> Option<String> {
    let mut hasher = DefaultHasher::new();
    fs::read(workspace().join(exercise.file())).ok()?.hash(&mut hasher);
    Some(format!("{} {:016x}", exercise.title.say(coach::Lang::En), hasher.finish()))
}
