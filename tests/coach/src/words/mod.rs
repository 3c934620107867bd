//! The coach's words, English and Chinese beside each other: [`exercises`] and [`causes`] read them
//! from the text files of these names.

pub mod causes;
pub mod exercises;

use stage::Words;

/// The lines of the block that begins with the line `name`, a pair for each thing that is said.
///
/// Blocks are parted by empty lines; `#` begins a comment.
fn block(file: &'static str, name: &str) -> Option<Vec<Words>> {
    let blocks = file.split("\n\n").map(str::trim).filter(|block| !block.starts_with('#'));
    let mut named = blocks.filter_map(|block| block.split_once('\n'));
    let (_, lines) = named.find(|(first, _)| *first == name)?;
    let lines: Vec<&'static str> = lines.lines().collect();
    Some(lines.chunks_exact(2).map(|pair| Words::fixed(pair[0], pair[1])).collect())
}

/// The names of all blocks.
#[cfg(test)]
fn names(file: &'static str) -> impl Iterator<Item = &'static str> {
    let blocks = file.split("\n\n").map(str::trim).filter(|block| !block.starts_with('#'));
    blocks.filter_map(|block| block.lines().next())
}
