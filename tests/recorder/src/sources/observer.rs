//! Looks on: at the packets, at the sockets, where the programs wait, and what they print. It looks 50 times a
//! second, and as fast as it can for a moment after something has happened.

use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use shared::Text;
use stage::{Fault, Output, Words};

use super::packets::{Captured, Packets};
use super::sockets::Sockets;
use super::threads::{Change, Threads};
use super::{Running, Watch, lock};
use crate::event::{By, Flag, Stream, What};
use crate::sight::{Sight, Sighted};

/// How many bytes of each output are written down each second.
const MOST_PRINTED: usize = 16 << 10;

/// Looks until the watch is over, and once after its end. Returns what was captured.
pub fn observe(
    watch: &Watch,
    mut sockets: Sockets,
    mut packets: Packets,
) -> Result<Captured, Words> {
    let mut watched: Vec<Watched> = Vec::new();
    let mut is_last = false;
    while !is_last {
        is_last = watch.is_over();
        let new: Vec<_> = lock(&watch.programs).iter().skip(watched.len()).cloned().collect();
        watched.extend(new.into_iter().map(Watched::new));
        let mut seen = Vec::new();
        for program in &mut watched {
            program.look(&mut sockets, &mut seen)?;
        }
        // After the outputs: a server that has said that it listens is then seen to listen, and both
        // are told together, however late this look is.
        let told = sockets.look(is_last)?;
        seen.extend(told.into_iter().map(|(at, socket)| (at, Sight::Socket(socket))));
        // After the sockets: the packets that have brought about their states are told with them.
        for (at, segment) in packets.take()? {
            if segment.packet.flags == [Flag::Syn] {
                sockets.add(segment.from, segment.to);
            }
            seen.push((at, Sight::Segment(segment)));
        }
        let stirs =
            |sight: &Sight| matches!(sight, Sight::Segment(_) | Sight::Plain(What::Output { .. }));
        if seen.iter().any(|(_, sight)| stirs(sight)) {
            watch.stir();
        }
        // The stream may let out at once what comes late: the earliest has to come first.
        seen.sort_by_key(|(at, _)| *at);
        seen.into_iter().for_each(|(at, sight)| watch.see(at, sight));
        watch.wait(packets.socket.as_fd())?;
    }
    Ok(packets.captured)
}

/// A program that is looked at.
struct Watched {
    program: Arc<Running>,
    threads: Threads,
    outputs: [Printed; 2],
    has_ended: bool,
}

impl Watched {
    fn new(program: Arc<Running>) -> Self {
        let threads = Threads::of(lock(&program.process).id());
        let stdout = Printed::on(Stream::Stdout, program.printed.clone());
        let outputs = [stdout, Printed::on(Stream::Stderr, program.said.clone())];
        Watched { program, threads, outputs, has_ended: false }
    }

    fn look(&mut self, sockets: &mut Sockets, seen: &mut Vec<Sighted>) -> Result<(), Fault> {
        let by = &self.program.by;
        let status = if self.has_ended { None } else { self.program.status()? };
        for printed in &mut self.outputs {
            if status.is_some() {
                // What was written last may still be in the pipe.
                printed.output.last_words();
            }
            printed.look(by, seen);
        }
        if let Some(status) = status {
            self.has_ended = true;
            let ended = What::Ended { by: by.clone(), how: ending(status) };
            seen.push((SystemTime::now(), Sight::Plain(ended)));
        }
        for change in if self.has_ended { Vec::new() } else { self.threads.look() } {
            let Change { at, thread, call, step, sockets: inodes } = change;
            let ends = inodes.into_iter().filter_map(|inode| sockets.ends_of(inode)).collect();
            // A thread that has gone on may have closed its socket, and another one have its number.
            let (call, step, ends) = match self.threads.confirm(thread) {
                true => (call, step, ends),
                false => (None, None, Vec::new()),
            };
            let wait = What::Wait { by: by.clone(), thread, call, step, on: Vec::new() };
            seen.push((at, Sight::Wait(wait, ends)));
        }
        Ok(())
    }
}

/// What was read of one output.
struct Printed {
    stream: Stream,
    output: Output,
    pieces: usize,
    length: usize,
    decoder: Text,
    /// Until when so many bytes more are written down.
    until: SystemTime,
    room: usize,
}

impl Printed {
    fn on(stream: Stream, output: Output) -> Self {
        let (decoder, until) = (Text::new("utf-8"), SystemTime::UNIX_EPOCH);
        Printed { stream, output, pieces: 0, length: 0, decoder, until, room: 0 }
    }

    fn look(&mut self, by: &By, seen: &mut Vec<Sighted>) {
        if self.output.length() == self.length {
            return;
        }
        let pieces = self.output.pieces();
        for (at, piece) in pieces.iter().skip(self.pieces) {
            if *at > self.until {
                (self.until, self.room) = (*at + Duration::from_secs(1), MOST_PRINTED);
            }
            let kept = &piece[..piece.len().min(self.room)];
            (self.room, self.length) = (self.room - kept.len(), self.length + piece.len());
            let (mut text, left_out) = (String::new(), piece.len() - kept.len());
            self.decoder.decode(kept, &mut text);
            if !text.is_empty() || left_out > 0 {
                let (by, stream) = (by.clone(), self.stream);
                let printed = What::Output { by, stream, text, left_out };
                seen.push((*at, Sight::Plain(printed)));
            }
        }
        self.pieces = pieces.len();
    }
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => format!("signal {}", status.signal().unwrap_or_default()),
    }
}
