//! The picture of a recording: a ladder, with time running down between two lifelines.
//!
//! The same recording always gives the same picture.

mod columns;
mod data;
mod labels;
mod ladder;
mod svg;
mod xml;

use crate::recording::Recording;
use stage::Lang;

/// Draws a recording, as a file of its own (SVG 1.1).
///
/// It is bounded, whatever was recorded: what is too much is counted, and stands in the recording.
pub fn svg(recording: &Recording, lang: Lang) -> String {
    ladder::draw(recording, lang)
}
