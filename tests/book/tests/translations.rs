//! Of two pages, the one that was written second ends with the text that it was written against:
//! `<!-- written against: en/lesson-03.md 1a2b3c4d -->`. The number is that text's CRC-32.

use std::{env, fs};

use book::{Page, Piece, hold, pages};

const MARK: &str = "<!-- written against: ";

const CHANGED: &str = "has changed; revise this page, then BOOK=translated cargo test -p book";

#[test]
fn no_page_is_ahead_of_its_translation() {
    let (pages, mut wrong) = (pages(), Vec::new());
    let accepts = env::var_os("BOOK").is_some_and(|asked| asked == "translated");
    // The list of the chapters has no mark.
    for (page, other) in pairs(&pages).filter(|(page, _)| !page.file.ends_with("SUMMARY.md")) {
        let name = other.file.file_name().unwrap_or_default().display();
        let now = format!("{}/{name} {} -->\n", other.language, checksum(other));
        match page.text.split_once(MARK) {
            Some((_, mark)) if mark == now => {}
            Some((text, _)) if accepts => {
                fs::write(&page.file, text.to_owned() + MARK + &now)
                    .expect("a page can be written");
            }
            Some((text, _)) => wrong.push(format!("{}: {name} {CHANGED}", page.line(text.len()))),
            None if other.text.contains(MARK) => {}
            None => wrong.push(format!("{}: neither language ends with {MARK}{now}", page.line(0))),
        }
    }
    hold(wrong);
}

/// Of its text without code, which both languages have from the same file.
fn checksum(page: &Page) -> String {
    let code = page.pieces().into_iter().filter_map(|(_, piece)| match piece {
        Piece::Block(info, inside) if &*info == "rust" => Some((inside, String::new())),
        _ => None,
    });
    format!("{:08x}", crc32fast::hash(page.with(&code.collect::<Vec<_>>()).as_bytes()))
}

/// Each page with that of the other language.
fn pairs(pages: &[Page]) -> impl Iterator<Item = (&Page, &Page)> {
    let (ones, others) = pages.split_at(pages.len() / 2);
    ones.iter().zip(others).chain(others.iter().zip(ones))
}

#[test]
fn both_languages_have_the_same_skeleton() {
    let pages = pages();
    let is_pair = |(page, other): (&Page, &Page)| page.file.file_name() == other.file.file_name();
    assert!(pairs(&pages).all(is_pair), "a page is in one language only");
    hold(pairs(&pages).filter_map(|(page, other)| {
        let (bones, others) = (skeleton(page), skeleton(other));
        let same = bones.iter().zip(&others).take_while(|(one, other)| one.1 == other.1);
        let (place, bone) = bones.get(same.count())?;
        Some(format!("{}: `{bone}` is not in this place in {}", page.line(*place), other.language))
    }));
}

/// What both languages have, in this order.
fn skeleton(page: &Page) -> Vec<(usize, String)> {
    let mut bones = Vec::new();
    for (place, piece) in page.pieces() {
        let bone = match &piece {
            Piece::Comment(words) if !words.starts_with("code: ") => continue,
            Piece::Link(to) if !to.ends_with(".svg") && !page.file.ends_with("SUMMARY.md") => {
                continue;
            }
            Piece::Block(info, inside) => {
                let lines = page.text[inside.clone()].lines();
                let commands: Vec<_> = lines.filter(|line| line.starts_with("$ ")).collect();
                format!("{info} {}", commands.join("\n"))
            }
            // Pictures have a folder for each language.
            piece => format!("{piece:?}").replace(&format!("/{}/", page.language), "/…/"),
        };
        bones.push((place, bone));
    }
    bones
}
