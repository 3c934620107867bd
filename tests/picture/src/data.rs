//! The data of packets, and other foreign text, as it may be shown.

use plain::{Text, escape};
use unicode_width::UnicodeWidthChar;

use crate::event::{Encoding, Packet};
use acts::hex;

/// How many bytes of a packet are shown in hex.
const SHOWN_BYTES: usize = 8;

/// How wide a packet's text may be, in columns of a terminal; and beside a length of four digits or more.
const SHOWN_WIDTH: usize = 26;
const SHOWN_WIDTH_BESIDE_A_LONG_ONE: usize = 14;

/// What one side sends, packet by packet.
#[derive(Default)]
pub struct Stream {
    /// What was sent, from the beginning on.
    sent: Vec<u8>,
    /// A part of it is not known.
    has_gap: bool,
    /// The number of the byte that comes next.
    next: Option<u32>,
}

/// The data of one packet.
pub struct Shown {
    /// The characters that it completes, escaped, and cut where they are many; none where something
    /// before them is not known.
    pub text: Option<String>,
    /// Whether its last character is not complete.
    pub half: bool,
    /// Its bytes in hex.
    pub hex: String,
}

impl Stream {
    /// The data of the next packet; `None` where it carries none.
    pub fn next(&mut self, packet: &Packet, encoding: Encoding) -> Option<Shown> {
        let bytes = hex(&packet.data).filter(|bytes| !bytes.is_empty())?;
        let hex = digits(&bytes, packet);
        let length = u32::try_from(packet.length).unwrap_or_default();
        let ahead = packet.seq.wrapping_sub(self.next.unwrap_or(packet.seq)).cast_signed();
        // After a gap, you cannot know where a character begins.
        self.has_gap |= ahead > 0;
        if ahead < 0 || self.has_gap {
            // Bytes that are sent again show nothing new.
            return Some(Shown { text: None, half: false, hex });
        }
        self.next = Some(packet.seq.wrapping_add(length));
        let (before, _) = decoded(&self.sent, encoding);
        self.sent.extend(&bytes);
        let (now, half) = decoded(&self.sent, encoding);
        self.has_gap = bytes.len() < packet.length;
        let text = plain(now.get(before.len()..).unwrap_or_default());
        let width = if packet.length < 1000 { SHOWN_WIDTH } else { SHOWN_WIDTH_BESIDE_A_LONG_ONE };
        let text = Some(cut(&text, width, self.has_gap));
        Some(Shown { text, half: half && !self.has_gap, hex })
    }
}

/// Bytes as text, and whether half a character follows it.
fn decoded(bytes: &[u8], encoding: Encoding) -> (String, bool) {
    let mut decoder = Text::new(encoding.label());
    let mut text = String::new();
    decoder.decode(bytes, &mut text);
    let whole = text.len();
    decoder.finish(&mut text);
    let half = text.len() > whole;
    text.truncate(whole);
    (text, half)
}

fn digits(bytes: &[u8], packet: &Packet) -> String {
    let shown: Vec<_> = bytes.iter().take(SHOWN_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let more = if packet.length > shown.len() { " …" } else { "" };
    shown.join(" ") + more
}

/// `text`, no wider than `width`; cut ends in `…`.
pub fn cut(text: &str, width: usize, more: bool) -> String {
    let line = wrap(text, width, 1).concat();
    if more && !line.ends_with('…') { line + "…" } else { line }
}

/// `text` in lines no wider than `width`, broken at spaces where there are any; where it takes more
/// than `most`, the last ends in `…`.
pub fn wrap(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while lines.len() < most {
        let fitting = fitting(rest, width);
        if fitting == rest.len() {
            lines.push(rest.to_string());
            return lines;
        }
        let space = rest[..fitting].trim_end().rfind(' ').filter(|space| *space > fitting / 2);
        let end = space.map_or(fitting, |space| space + 1);
        lines.push(rest[..end].to_string());
        rest = &rest[end..];
    }
    if let Some(last) = lines.last_mut() {
        last.pop();
        last.push('…');
    }
    lines
}

/// How many bytes of `text` fit in `width`; one character at least.
fn fitting(text: &str, width: usize) -> usize {
    let mut used = 0;
    let too_far = text.char_indices().find(|(at, character)| {
        used += character.width().unwrap_or(0);
        used > width && *at > 0
    });
    too_far.map_or(text.len(), |(at, _)| at)
}

/// Foreign text on one line: with nothing in it that plays tricks.
pub fn plain(text: &str) -> String {
    let mut text = text.to_string();
    escape(&mut text, 0, &[]);
    text
}
