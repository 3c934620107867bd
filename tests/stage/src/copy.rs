//! Copying a folder.

use std::fs;
use std::io;
use std::path::Path;

/// Copies the files and folders in a folder into another one, `most` bytes of them at the most.
/// Links are left out: they lead elsewhere.
///
/// # Errors
/// Where there is more, or something can't be copied.
pub fn copy(from: &Path, to: &Path, most: u64) -> io::Result<()> {
    copy_within(from, to, &mut { most })
}

fn copy_within(from: &Path, to: &Path, left: &mut u64) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            fs::create_dir_all(&target)?;
            copy_within(&entry.path(), &target, left)?;
        } else if kind.is_file() {
            let rest = left.checked_sub(entry.metadata()?.len());
            *left = rest.ok_or(io::ErrorKind::FileTooLarge)?;
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
