//! Code in the book is the lessons' own: the block under `<!-- code: FILE WHICH -->` is made from
//! that file. WHICH is the number of a step, `5`, or an item, `fn serve`; without it, all of the file.

use std::fs;

use book::{Page, Piece, compare, hold, pages, root};

#[test]
fn code_is_the_lessons_own() {
    for page in pages() {
        hold(made(&page).and_then(|made| compare(&page.file, &made)).err());
    }
}

/// The page, with each block of code made again.
fn made(page: &Page) -> Result<String, String> {
    let mut made = Vec::new();
    for (place, piece) in page.pieces() {
        let Piece::Block(info, inside) = piece else { continue };
        let mark = page.above(place).strip_prefix("<!-- code: ");
        if mark.is_some() || info.starts_with("rust") {
            let code = mark.ok_or("its mark is missing: <!-- code: FILE WHICH -->".into());
            let code = code.and_then(|mark| code_of(mark.trim_end_matches(" -->")));
            made.push((inside, code.map_err(|why| format!("{}: {why}", page.line(place)))?));
        }
    }
    match page.text.find("{{#") {
        Some(place) => Err(format!("{}: mdBook alone would fill this in", page.line(place))),
        None => Ok(page.with(&made)),
    }
}

/// The code that a mark names.
fn code_of(mark: &str) -> Result<String, String> {
    let (file, which) = mark.split_once(' ').unwrap_or((mark, ""));
    let text = fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))?;
    let lines: Vec<&str> = text.lines().collect();
    let found = match which.chars().next() {
        None => Some(&*lines),
        Some('0'..='9') => step(&lines, which),
        Some(_) => item(&lines, which),
    };
    let found = found.ok_or_else(|| format!("`{which}` is not in {file} exactly once"))?;
    let unindented = found.iter().map(|line| line.get(indent(found[0])..).unwrap_or(""));
    Ok(unindented.collect::<Vec<_>>().join("\n").trim_end().to_owned() + "\n")
}

/// From the comment that begins the step to the next step's, or the block's end.
fn step<'t>(lines: &'t [&'t str], number: &str) -> Option<&'t [&'t str]> {
    let begin = the_only(lines, |line| begun(line) == Some(number))?;
    let is_outside = |line: &str| !line.is_empty() && indent(line) < indent(lines[begin]);
    let rest = lines[begin + 1..].iter();
    let more = rest.take_while(|line| begun(line).is_none() && !is_outside(line)).count();
    Some(&lines[begin..=begin + more])
}

/// The number of the step that a comment begins: `// 1 socket …`.
fn begun(line: &str) -> Option<&str> {
    let (number, name) = line.trim_start().strip_prefix("// ")?.split_once(' ')?;
    let is_step = number.len() == 1 && number.parse::<u8>().is_ok();
    (is_step && name.starts_with(|first: char| first.is_ascii_lowercase())).then_some(number)
}

/// An item as rustfmt writes it, with its documentation: it ends where a line as far to the left as
/// its first closes it.
fn item<'t>(lines: &'t [&'t str], name: &str) -> Option<&'t [&'t str]> {
    let head = the_only(lines, |line| {
        let line = line.trim_start().trim_start_matches("pub ");
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['(', '<', ' ', ':', ';']))
    })?;
    let closes = |line: &&str| indent(line) <= indent(lines[head]) && line.ends_with(['}', ';']);
    let end = head + lines[head..].iter().position(closes)?;
    let is_said =
        |line: &&&str| ["///", "#["].iter().any(|mark| line.trim_start().starts_with(mark));
    let said = lines[..head].iter().rev().take_while(is_said).count();
    Some(&lines[head - said..=end])
}

fn the_only(lines: &[&str], is_it: impl Fn(&str) -> bool) -> Option<usize> {
    let mut found = (0..lines.len()).filter(|at| is_it(lines[*at]));
    found.next().filter(|_| found.next().is_none())
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
