//! What the coach prints, laid out for the terminal that shows it.

use std::io::{self, IsTerminal};

use console::Term;
use stage::print;
use textwrap::{Options, WordSplitter};

/// Lines that are longer are hard to read, however wide the terminal is.
const WIDEST: usize = 100;

/// Prints `text` on standard output: on a terminal in lines that fit, elsewhere as it is.
///
/// # Errors
/// Where standard output can't be written to.
pub fn show(text: &str) -> io::Result<()> {
    if !io::stdout().is_terminal() {
        return print(text);
    }
    let columns = usize::from(Term::stdout().size().1);
    print(&wrapped(text, columns.min(WIDEST)))
}

/// Breaks the lines of `text`; what is left of a line stands two columns further in.
fn wrapped(text: &str, columns: usize) -> String {
    let lines = text.split('\n').map(|line| {
        let indent = line.len() - line.trim_start_matches(' ').len() + 2;
        let indent = " ".repeat(indent.min(columns / 2));
        // No command breaks at its hyphens.
        let options = Options::new(columns).word_splitter(WordSplitter::NoHyphenation);
        textwrap::fill(line, options.subsequent_indent(&indent))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_between_chinese_characters() {
        let english = wrapped("      cause: flush the output after each line\n", 30);
        assert_eq!(english, "      cause: flush the output\n        after each line\n");
        let chinese = wrapped("      原因：连接期间什么也没打印，一行也没有", 30);
        assert_eq!(chinese, "      原因：连接期间什么也没打\n        印，一行也没有");
    }
}
