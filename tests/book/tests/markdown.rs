//! As much of Markdown as the checks need, line by line.

/// The parts of a page.
#[derive(Default)]
pub struct Markdown {
    pub headings: Vec<Heading>,
    pub fences: Vec<Fence>,
    pub comments: Vec<Comment>,
    /// The lines that are prose, without comments and without `code`.
    pub prose: Vec<Line>,
}

pub struct Heading {
    pub line: usize,
    pub level: usize,
}

/// A code block between fences.
pub struct Fence {
    /// The line of the opening fence, counted from 1; its text begins on the next one.
    pub line: usize,
    /// What stands behind the opening fence.
    pub info: String,
    pub indent: String,
    /// Its lines, without the indent that the fence has too.
    pub lines: Vec<String>,
}

/// What stands between `<!--` and `-->`.
pub struct Comment {
    /// The lines on which it begins and ends.
    pub line: usize,
    pub last_line: usize,
    pub text: String,
    /// Whether something else stands on its line.
    pub inline: bool,
}

pub struct Line {
    pub line: usize,
    pub text: String,
}

impl Fence {
    /// The line behind the closing fence.
    pub fn end(&self) -> usize {
        self.line + self.lines.len() + 2
    }

    /// Its text, each line with its end.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// What a reader of lines is in the middle of.
enum Inside {
    Prose,
    Fence { mark: String, fence: Fence },
    Comment { line: usize, text: String },
}

/// Takes a page apart.
pub fn parse(text: &str) -> Markdown {
    let mut parts = Markdown::default();
    let mut inside = Inside::Prose;
    for (number, text) in (1..).zip(text.lines()) {
        inside = match inside {
            Inside::Prose => prose(&mut parts, number, text),
            Inside::Fence { mark, mut fence } => {
                if is_closing(text, &mark) {
                    parts.fences.push(fence);
                    Inside::Prose
                } else {
                    let line = text.strip_prefix(&fence.indent).unwrap_or(text.trim_start());
                    fence.lines.push(line.to_string());
                    Inside::Fence { mark, fence }
                }
            }
            Inside::Comment { line, text: begun } => match text.split_once("-->") {
                None => Inside::Comment { line, text: format!("{begun}\n{text}") },
                Some((end, rest)) => {
                    let text = format!("{begun}\n{end}").trim().to_string();
                    parts.comments.push(Comment { line, last_line: number, text, inline: false });
                    prose(&mut parts, number, rest)
                }
            },
        };
    }
    // A page may end with a block that is still open: it is one all the same.
    if let Inside::Fence { fence, .. } = inside {
        parts.fences.push(fence);
    }
    parts
}

fn prose(parts: &mut Markdown, line: usize, text: &str) -> Inside {
    if let Some((mark, fence)) = opening(line, text) {
        return Inside::Fence { mark, fence };
    }
    if let Some(level) = heading_level(text) {
        parts.headings.push(Heading { line, level });
    }
    let mut left = String::new();
    let mut comments = Vec::new();
    let mut rest = text;
    let mut open = None;
    while let Some(at) = rest.find(['`', '<']) {
        left += &rest[..at];
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            let Some((text, behind)) = comment.split_once("-->") else {
                open = Some(comment.to_string());
                rest = "";
                break;
            };
            comments.push(text.trim().to_string());
            rest = behind;
        } else if let Some(behind) = behind_code(rest) {
            // Something stays in its place, so that what surrounds it does not touch.
            left += "`";
            rest = behind;
        } else {
            let first = if rest.starts_with('`') {
                rest.len() - rest.trim_start_matches('`').len()
            } else {
                1
            };
            left += &rest[..first];
            rest = &rest[first..];
        }
    }
    left += rest;
    let inline = !left.trim().is_empty();
    parts.comments.extend(comments.into_iter().map(|text| Comment {
        line,
        last_line: line,
        text,
        inline,
    }));
    parts.prose.push(Line { line, text: left });
    open.map_or(Inside::Prose, |text| Inside::Comment { line, text })
}

/// What follows the `code` with which `text` begins.
fn behind_code(text: &str) -> Option<&str> {
    let behind = text.trim_start_matches('`');
    let mark = &text[..text.len() - behind.len()];
    let mut from = 0;
    while !mark.is_empty() {
        let at = from + behind[from..].find(mark)?;
        let rest = behind[at..].trim_start_matches('`');
        if behind.len() - at - rest.len() == mark.len() {
            return Some(rest);
        }
        from = behind.len() - rest.len();
    }
    None
}

fn opening(line: usize, text: &str) -> Option<(String, Fence)> {
    let inner = text.trim_start();
    let kind = inner.chars().next().filter(|first| ['`', '~'].contains(first))?;
    let info = inner.trim_start_matches(kind);
    let mark = &inner[..inner.len() - info.len()];
    if mark.len() < 3 || info.contains('`') {
        return None;
    }
    let indent = text[..text.len() - inner.len()].to_string();
    let fence = Fence { line, info: info.trim().to_string(), indent, lines: Vec::new() };
    Some((mark.to_string(), fence))
}

fn is_closing(text: &str, mark: &str) -> bool {
    let text = text.trim();
    text.starts_with(mark) && text.trim_start_matches(&mark[..1]).is_empty()
}

fn heading_level(text: &str) -> Option<usize> {
    let title = text.trim_start_matches('#');
    let level = text.len() - title.len();
    ((1..=6).contains(&level) && (title.is_empty() || title.starts_with(' '))).then_some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_taken_apart() {
        let text = "# One\n\nA `# <!-- no -->` b<!-- yes -->\n\n  ```console x\n  $ a\n    b\n  ```\n<!-- c\nd -->\n## Two\n";
        let page = parse(text);
        let levels: Vec<_> = page.headings.iter().map(|one| (one.line, one.level)).collect();
        assert_eq!(levels, [(1, 1), (11, 2)]);
        let comments: Vec<_> = page
            .comments
            .iter()
            .map(|one| (one.line, one.last_line, &*one.text, one.inline))
            .collect();
        assert_eq!(comments, [(3, 3, "yes", true), (9, 10, "c\nd", false)]);
        assert_eq!(page.prose[2].text, "A ` b");
        let fence = &page.fences[0];
        assert_eq!((fence.line, fence.end(), &*fence.info), (5, 9, "console x"));
        assert_eq!(fence.text(), "$ a\n  b\n");
    }
}
