//! What a lesson prints on standard output: what the other side said.

use std::io::{self, Write};

use socket2::SockAddr;

use crate::text::{Text, push_escaped};
use crate::{Failure, ip_and_port};

/// A server's standard output: one line `CLIENT>>>TEXT` for what one recv brought.
pub struct Transcript {
    prompt: String,
    text: Text,
    line: String,
}

impl Transcript {
    /// The transcript of a call by `caller`, who speaks GBK.
    pub fn of(caller: &SockAddr) -> Self {
        Transcript {
            prompt: format!("{}>>>", ip_and_port(caller)),
            text: Text::new("gbk"),
            line: String::new(),
        }
    }

    /// Prints the characters that `bytes` complete; no line where they complete none.
    ///
    /// # Errors
    /// [`Failure::OutputClosed`] where nobody reads standard output any more.
    pub fn received(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        print_text(&mut self.line, &self.prompt, self.text.decode(bytes))
    }

    /// Ends the transcript: half a character that was never completed is printed as U+FFFD.
    ///
    /// # Errors
    /// [`Failure::OutputClosed`] where nobody reads standard output any more.
    pub fn end(mut self) -> Result<(), Failure> {
        print_text(&mut self.line, &self.prompt, self.text.finish())
    }
}

/// Puts one line together in `line`, whose memory is used again and again, and prints it.
fn print_text(line: &mut String, prompt: &str, text: &str) -> Result<(), Failure> {
    if text.is_empty() {
        return Ok(());
    }
    line.clear();
    line.push_str(prompt);
    push_escaped(line, text, &[]);
    line.push('\n');
    print(line)
}

/// The client's standard output: what the server answers, as it comes.
pub struct Replies {
    text: Text,
    in_mid_line: bool,
}

impl Replies {
    /// Replies in `encoding`, `gbk` or `utf-8`.
    pub fn new(encoding: &str) -> Self {
        Replies { text: Text::new(encoding), in_mid_line: false }
    }

    /// Prints the characters that `bytes` complete. Newlines stay newlines.
    ///
    /// # Errors
    /// [`Failure::OutputClosed`] where nobody reads standard output any more.
    pub fn received(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        print_reply(&mut self.in_mid_line, self.text.decode(bytes))
    }

    /// Ends the replies: half a character is printed as U+FFFD, and a last line without an end gets
    /// one on a terminal, so that what is said next stands on a line of its own.
    ///
    /// # Errors
    /// [`Failure::OutputClosed`] where nobody reads standard output any more.
    pub fn end(mut self) -> Result<(), Failure> {
        print_reply(&mut self.in_mid_line, self.text.finish())?;
        if self.in_mid_line && io::IsTerminal::is_terminal(&io::stdout()) {
            print("\n")?;
        }
        Ok(())
    }
}

fn print_reply(in_mid_line: &mut bool, text: &str) -> Result<(), Failure> {
    if text.is_empty() {
        return Ok(());
    }
    *in_mid_line = !text.ends_with('\n');
    let mut shown = String::new();
    push_escaped(&mut shown, text, &['\n']);
    print(&shown)
}

/// Prints one line at once.
///
/// # Errors
/// [`Failure::OutputClosed`] where nobody reads standard output any more (`println!` would panic).
pub fn print_line(line: &str) -> Result<(), Failure> {
    print(&format!("{line}\n"))
}

fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(Failure::output)
}
