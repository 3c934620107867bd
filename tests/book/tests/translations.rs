//! Each pair of pages carries one mark, which says against which text of the one the other was
//! written: `<!-- written against: en/lesson-03.md 1a2b3c4d -->`. The number is the CRC-32 of that
//! text, with line ends of one character and without marks.

use crate::includes::directives;
use crate::markdown::{self, Markdown};
use crate::pages::{Complaint, LANGUAGES, Page, SUMMARY};
use crate::sessions;

const MARK: &str = "written against: ";

/// What has drifted: each page that has changed since the other was written.
pub fn check(pages: &[Page]) -> Vec<Complaint> {
    let mut complaints = without_partner(pages);
    for (one, other) in pairs(pages).filter(|(one, _)| one.name != SUMMARY) {
        let marks: Vec<_> = [one, other].into_iter().flat_map(marks).collect();
        match marks.as_slice() {
            [] => complaints.push(other.complains(
                1,
                format!("has no mark; write <!-- {MARK}{} new --> in the page that was written second, then BOOK=translated cargo test -p coach --test book", one.title()),
            )),
            [mark] => complaints.extend(mark.complaint([one, other])),
            [_, more @ ..] => complaints.extend(more.iter().map(|mark| {
                mark.page.complains(mark.line, format!("a pair of pages has one `{MARK}` mark, and this is one more"))
            })),
        }
    }
    complaints
}

/// The pages whose mark is out of date, with that mark brought up to date.
pub fn accept(pages: &[Page]) -> Vec<Page> {
    let pairs = pairs(pages).flat_map(|(one, other)| [(one, other), (other, one)]);
    pairs
        .filter_map(|(page, original)| {
            let mark = marks(page).into_iter().next()?;
            let now = checksum(original);
            let old = format!("<!-- {MARK}{} {} -->", mark.title, mark.checksum);
            let new = format!("<!-- {MARK}{} {now} -->", original.title());
            (mark.checksum != now)
                .then(|| Page { text: page.text.replacen(&old, &new, 1), ..page.clone() })
        })
        .collect()
}

/// Where the two languages are not built alike: headings, pictures, code, sessions, details.
pub fn compare_skeletons(pages: &[Page]) -> Vec<Complaint> {
    let mut complaints = without_partner(pages);
    for (one, other) in pairs(pages) {
        let (bones, others) = (skeleton(one), skeleton(other));
        for ((what, bones), (_, others)) in bones.into_iter().zip(others) {
            if let Some(complaint) = first_difference(what, (one, &bones), (other, &others)) {
                complaints.push(complaint);
            }
        }
    }
    complaints
}

fn first_difference(
    what: &str,
    (page, bones): (&Page, &[Bone]),
    (other_page, others): (&Page, &[Bone]),
) -> Option<Complaint> {
    let count = bones.len().max(others.len());
    let at = (0..count).find(|at| {
        bones.get(*at).map(|bone| &bone.text) != others.get(*at).map(|bone| &bone.text)
    })?;
    let say = |bone: Option<&Bone>| match bone {
        Some(Bone { line, text }) => format!("`{text}` (line {line})"),
        None => "nothing".to_string(),
    };
    let line = bones.get(at).map_or_else(|| page.text.lines().count(), |bone| bone.line);
    let (here, there) = (say(bones.get(at)), say(others.get(at)));
    let (number, there_page) = (at + 1, other_page.title());
    Some(
        page.complains(
            line,
            format!("{what} {number} is {here}, and in {there_page} it is {there}"),
        ),
    )
}

/// Something that both languages have to have.
struct Bone {
    line: usize,
    text: String,
}

fn skeleton(page: &Page) -> Vec<(&'static str, Vec<Bone>)> {
    let parts = markdown::parse(&page.text);
    let headings = parts
        .headings
        .iter()
        .map(|heading| Bone { line: heading.line, text: "#".repeat(heading.level) });
    let code = directives(page).into_iter().map(|one| Bone { line: one.line, text: one.text });
    let details = parts.prose.iter().flat_map(|line| {
        let count = line.text.matches("<details").count();
        (0..count).map(|_| Bone { line: line.line, text: "<details>".into() })
    });
    let commands = sessions::commands(&parts).into_iter().map(|(line, text)| Bone { line, text });
    vec![
        ("heading", headings.collect()),
        ("picture", pictures(&parts)),
        ("piece of code", code.collect()),
        ("command", commands.collect()),
        ("part to unfold", details.collect()),
        ("chapter", chapters(page, &parts)),
    ]
}

/// The file names of the pictures, by `![…](…)` or `<img src="…">`.
fn pictures(parts: &Markdown) -> Vec<Bone> {
    let mut pictures = Vec::new();
    for line in &parts.prose {
        let marked = line.text.match_indices("![").filter_map(|(at, _)| {
            let (_, target) = line.text[at..].split_once("](")?;
            target.split([')', ' ']).next()
        });
        let tags = line.text.match_indices("<img").filter_map(|(at, _)| {
            let (_, target) = line.text[at..].split_once("src=\"")?;
            target.split('"').next()
        });
        let names = marked.chain(tags).filter_map(|target| target.rsplit('/').next());
        pictures.extend(names.map(|name| Bone { line: line.line, text: name.to_string() }));
    }
    pictures
}

/// The chapters that the summary lists.
fn chapters(page: &Page, parts: &Markdown) -> Vec<Bone> {
    let lines = parts.prose.iter().filter(|_| page.name == SUMMARY);
    let links = lines.filter_map(|line| {
        let (_, target) = line.text.split_once("](")?;
        Some(Bone { line: line.line, text: target.split(')').next()?.to_string() })
    });
    links.collect()
}

struct Mark<'p> {
    page: &'p Page,
    line: usize,
    title: String,
    checksum: String,
}

impl Mark<'_> {
    /// What is wrong with the mark, which stands in one of the two pages.
    fn complaint(&self, pair: [&Page; 2]) -> Option<Complaint> {
        let [one, other] = pair;
        let original = if self.page.language == one.language { other } else { one };
        let (here, there) = (self.page.title(), original.title());
        if self.title != there {
            return Some(self.page.complains(
                self.line,
                format!("this page belongs to {there}, not to {}", self.title),
            ));
        }
        let now = checksum(original);
        (self.checksum != now).then(|| {
            self.page.complains(self.line, format!("{there} has changed ({now}) since {here} was written ({}); revise {here}, then BOOK=translated cargo test -p coach --test book", self.checksum))
        })
    }
}

fn marks(page: &Page) -> Vec<Mark<'_>> {
    let comments = markdown::parse(&page.text).comments;
    let marks = comments.into_iter().filter_map(|comment| {
        let (title, checksum) = comment.text.strip_prefix(MARK)?.split_once(' ')?;
        let (title, checksum) = (title.to_string(), checksum.to_string());
        Some(Mark { page, line: comment.line, title, checksum })
    });
    marks.collect()
}

fn checksum(page: &Page) -> String {
    let lines = page.text.lines().filter(|line| !line.contains(&format!("<!-- {MARK}")));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    format!("{:08x}", crc32fast::hash(text.as_bytes()))
}

/// The pages that both languages have.
fn pairs(pages: &[Page]) -> impl Iterator<Item = (&Page, &Page)> {
    let [first, second] = LANGUAGES;
    let firsts = pages.iter().filter(move |page| page.language == first);
    firsts.filter_map(move |page| {
        let other =
            pages.iter().find(|other| other.language == second && other.name == page.name)?;
        Some((page, other))
    })
}

fn without_partner(pages: &[Page]) -> Vec<Complaint> {
    let alone = pages.iter().filter(|page| {
        let partners = pages.iter().filter(|other| other.name == page.name);
        partners.count() < LANGUAGES.len()
    });
    alone.map(|page| page.complains(1, "the other language has no such page")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(en: &str, zh: &str) -> Vec<Page> {
        vec![Page::new("en", "a.md", en), Page::new("zh-CN", "a.md", zh)]
    }

    fn words(complaints: &[Complaint]) -> String {
        complaints.iter().map(|complaint| format!("{complaint}\n")).collect()
    }

    /// A pair whose mark is right.
    fn accepted() -> Vec<Page> {
        let mut pages = pair("# A\n", "# 甲\n<!-- written against: en/a.md new -->\n");
        pages[1] = accept(&pages).remove(0);
        pages
    }

    #[test]
    fn an_accepted_translation_holds_whatever_the_line_ends() {
        let mut pages = accepted();
        assert_eq!(words(&check(&pages)), "");
        assert!(accept(&pages).is_empty());
        pages[0] = Page::new("en", "a.md", "# A\r\n");
        assert_eq!(words(&check(&pages)), "");
    }

    #[test]
    fn a_changed_page_is_named_and_how_to_accept() {
        let mut pages = accepted();
        pages[0].text += "More.\n";
        let said = words(&check(&pages));
        assert!(said.starts_with("docs/zh-CN/src/a.md:2: en/a.md has changed ("), "{said}");
        assert!(said.contains("revise zh-CN/a.md, then BOOK=translated"), "{said}");
        pages[1] = accept(&pages).remove(0);
        assert_eq!(words(&check(&pages)), "");
    }

    #[test]
    fn where_chinese_was_first_the_english_page_carries_the_mark() {
        let mut pages = pair("# A\n<!-- written against: zh-CN/a.md new -->\n", "# 甲\n");
        pages[0] = accept(&pages).remove(0);
        assert_eq!(words(&check(&pages)), "");
        pages[1].text += "还有。\n";
        let said = words(&check(&pages));
        assert!(said.starts_with("docs/en/src/a.md:2: zh-CN/a.md has changed"), "{said}");
    }

    #[test]
    fn a_pair_has_one_mark_and_each_page_a_partner() {
        let said = words(&check(&pair("# A\n", "# 甲\n")));
        assert!(
            said.contains("a.md:1: has no mark; write <!-- written against: en/a.md new -->"),
            "{said}"
        );
        let mut pages = accepted();
        pages[0].text += "<!-- written against: zh-CN/a.md new -->\n";
        assert!(words(&check(&pages)).contains("this is one more"));
        let pages = [Page::new("en", "a.md", "# A\n")];
        assert_eq!(
            words(&check(&pages)),
            "docs/en/src/a.md:1: the other language has no such page\n"
        );
        let pages = pair("# A\n", "# 甲\n<!-- written against: en/b.md new -->\n");
        assert!(words(&check(&pages)).contains("belongs to en/a.md, not to en/b.md"));
    }

    #[test]
    fn the_skeletons_are_compared_bone_by_bone() {
        let differ = |en, zh| words(&compare_skeletons(&pair(en, zh)));
        assert_eq!(differ("# A\n## B\n", "# 甲\n## 乙\n"), "");
        assert_eq!(
            differ("# A\n## B\n", "# 甲\n### 乙\n"),
            "docs/en/src/a.md:2: heading 2 is `##` (line 2), and in zh-CN/a.md it is `###` (line 2)\n",
        );
        assert!(
            differ("![a](img/a.svg)\n", "![a](../img/b.svg)\n").contains("picture 1 is `a.svg`")
        );
        assert!(differ("{{#include a.rs}}\n", "\n").contains(
            "piece of code 1 is `{{#include a.rs}}` (line 1), and in zh-CN/a.md it is nothing"
        ));
        assert!(differ("<details>\n", "").contains("part to unfold 1 is"));
        let session =
            |command: &str| format!("<!-- session -->\n```console server\n$ {command}\n```\n");
        let said = differ(&session("echo $?"), &session("cargo coach"));
        assert!(said.contains("a.md:3: command 1 is `server$ echo $?`"), "{said}");
    }
}
