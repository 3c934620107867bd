//! What a lesson prints on standard output: what the other side said.

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;

use socket2::SockAddr;

use plain::Words;

use crate::{Failure, Framing, Messages, Text, TooLong, escape, gbk, in_words, ip_and_port, say};

/// A server's standard output: one line `CLIENT>>>TEXT` for what one recv brought.
pub struct Transcript {
    text: Text,
    /// `CLIENT>>>`, and after it the text of one line.
    line: String,
    prompt: usize,
}

impl Transcript {
    /// The transcript of one connection, from a client with this address. The client sends GBK.
    pub fn of(caller: &SockAddr) -> Self {
        let line = format!("{}>>>", ip_and_port(caller));
        Transcript { text: Text::new("gbk"), prompt: line.len(), line }
    }

    /// Prints the characters that `bytes` complete; no line where they complete none.
    ///
    /// # Errors
    /// [`Failure::OutputClosed`] where no program reads standard output any more.
    pub fn received(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.text.decode(bytes, &mut self.line);
        self.print_line()
    }

    /// Ends the transcript: half a character that was never completed is printed as U+FFFD.
    ///
    /// # Errors
    /// [`Failure::OutputClosed`] where no program reads standard output any more.
    pub fn end(mut self) -> Result<(), Failure> {
        self.text.finish(&mut self.line);
        self.print_line()
    }

    fn print_line(&mut self) -> Result<(), Failure> {
        if self.line.len() == self.prompt {
            return Ok(());
        }
        escape(&mut self.line, self.prompt, &[]);
        self.line.push('\n');
        print(&self.line)?;
        self.line.truncate(self.prompt);
        Ok(())
    }
}

/// Prints one line `CLIENT>>>TEXT` for a whole message, which is decoded by itself: half a character
/// at its end is U+FFFD, and the next message begins afresh.
///
/// # Errors
/// [`Failure::OutputClosed`] if no program reads standard output.
pub fn print_message(client: SocketAddr, message: &[u8]) -> Result<(), Failure> {
    let mut line = format!("{client}>>>");
    let prompt = line.len();
    let mut text = Text::new("gbk");
    text.decode(message, &mut line);
    text.finish(&mut line);
    escape(&mut line, prompt, &[]);
    print_line(&line)
}

/// Prints each message that is complete. Returns the replies, and whether the next message fits
/// (lesson 05).
///
/// # Errors
/// [`Failure::OutputClosed`] if no program reads standard output.
pub fn reply_to_all(
    messages: &mut Messages,
    client: SocketAddr,
) -> Result<(Vec<u8>, bool), Failure> {
    let mut replies = Vec::new();
    loop {
        match messages.next() {
            Ok(Some(message)) => {
                print_message(client, &message)?;
                replies.extend(gbk(&format!("收到 {} 字节\n", message.len())));
            }
            Ok(None) => return Ok((replies, true)),
            Err(TooLong) => {
                replies.extend(gbk("消息太长\n"));
                return Ok((replies, false));
            }
        }
    }
}

/// Says how many bytes of a message have arrived whose end has not; nothing if there are none.
pub fn report_incomplete(messages: &Messages, client: SocketAddr) {
    match messages.rest() {
        0 => {}
        count => say(format!("{client}: incomplete message of {count} bytes")),
    }
}

/// The client's standard output: what the server answers, as it comes.
pub struct Replies {
    text: Text,
    /// Where each reply begins with its length: what has come of the next one.
    parcel: Option<Vec<u8>>,
    in_mid_line: bool,
}

impl Replies {
    /// Replies in `encoding`, `gbk` or `utf-8`.
    pub fn new(encoding: &str) -> Self {
        Replies { text: Text::new(encoding), parcel: None, in_mid_line: false }
    }

    /// The same replies to messages that are framed so: to one that begins with its length, the reply
    /// does too.
    pub fn to(self, framing: Framing) -> Self {
        let parcel = (framing == Framing::Length).then(Vec::new);
        Replies { parcel, ..self }
    }

    /// Prints the characters that `bytes` complete. Newlines stay newlines. A reply that begins with
    /// its length is printed when it is whole, on a separate line.
    ///
    /// # Errors
    /// [`Failure::OutputClosed`] where no program reads standard output any more.
    pub fn received(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let mut reply = String::new();
        match &mut self.parcel {
            None => self.text.decode(bytes, &mut reply),
            Some(parcel) => {
                parcel.extend_from_slice(bytes);
                while let Some(whole) = take_parcel(parcel) {
                    self.text.decode(&whole, &mut reply);
                    self.text.finish(&mut reply);
                    reply.push('\n');
                }
            }
        }
        self.print(reply)
    }

    /// Ends the replies: it prints half a character as U+FFFD. On a terminal it also ends a last
    /// line that has no end, so that the next message begins a new line.
    ///
    /// # Errors
    /// [`Failure::OutputClosed`] where no program reads standard output any more.
    pub fn end(mut self) -> Result<(), Failure> {
        let mut reply = String::new();
        self.text.finish(&mut reply);
        self.print(reply)?;
        if let Some(rest) = self.parcel.as_ref().filter(|rest| !rest.is_empty()) {
            let count = rest.len();
            say(in_words(&Words::new(
                format!("the last reply is incomplete: {count} bytes of it have arrived"),
                format!("最后一条回复不完整，只到了 {count} 个字节"),
            )));
        }
        if self.in_mid_line && io::stdout().is_terminal() {
            print("\n")?;
        }
        Ok(())
    }

    fn print(&mut self, mut reply: String) -> Result<(), Failure> {
        if reply.is_empty() {
            return Ok(());
        }
        self.in_mid_line = !reply.ends_with('\n');
        escape(&mut reply, 0, &['\n']);
        print(&reply)
    }
}

/// Takes the first reply out of `received`, without the four bytes of its length; none if it has not
/// arrived whole.
fn take_parcel(received: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = u32::from_be_bytes(*received.first_chunk()?) as usize;
    if received.len() - 4 < length {
        return None;
    }
    Some(received.drain(..4 + length).skip(4).collect())
}

/// Prints one line at once.
///
/// # Errors
/// [`Failure::OutputClosed`] where no program reads standard output any more (`println!` would
/// panic).
pub fn print_line(line: &str) -> Result<(), Failure> {
    print(&format!("{line}\n"))
}

pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(Failure::output)
}
