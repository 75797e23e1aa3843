//! What a log would show while a shell in a container has the user's terminal: held back, within a limit.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::log_streams::{LineStream, LogStreams};
use crate::amount;

/// The most that is held back. Of more, the end is shown, and the store has all of it.
const HELD_OUTPUT_BYTES_MAX: usize = 1 << 20;

/// The streams of a log while nothing is shown.
#[derive(Debug, Default)]
pub(super) struct HeldOutput(Arc<Mutex<HeldPieces>>);

#[derive(Debug, Default)]
struct HeldPieces {
    pieces: VecDeque<(LineStream, Vec<u8>)>,
    bytes: usize,
    dropped: u64,
}

/// One of the streams.
struct HeldStream {
    stream: LineStream,
    held: Arc<Mutex<HeldPieces>>,
}

impl HeldOutput {
    /// Streams that show nothing.
    pub(super) fn streams(&self) -> LogStreams {
        let stream = |stream| Box::new(HeldStream { stream, held: Arc::clone(&self.0) });
        LogStreams { stdout: stream(LineStream::Output), stderr: stream(LineStream::Error) }
    }

    /// Shows what is held back, behind a line about what is missing of it.
    pub(super) fn show(&self, streams: &mut LogStreams) -> io::Result<()> {
        let HeldPieces { pieces, dropped, .. } = std::mem::take(&mut *locked(&self.0));
        let mut is_cut = dropped > 0;
        if is_cut {
            let size = amount::size(dropped);
            writeln!(
                streams.stdout,
                "The first {size} written while the shell was open are left out; `runner-lite logs JOB` shows \
                 all of it."
            )?;
        }
        for (stream, piece) in pieces {
            // What is left of a line whose beginning is left out is no line of the log.
            let from = if std::mem::take(&mut is_cut) { behind_first_line(&piece) } else { 0 };
            let target = match stream {
                LineStream::Output => &mut streams.stdout,
                LineStream::Error => &mut streams.stderr,
            };
            target.write_all(piece.get(from..).unwrap_or_default())?;
            target.flush()?;
        }
        Ok(())
    }
}

fn behind_first_line(piece: &[u8]) -> usize {
    piece.iter().position(|byte| *byte == b'\n').map_or(0, |at| at.saturating_add(1))
}

impl Write for HeldStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = locked(&self.held);
        held.add(self.stream, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl HeldPieces {
    fn add(&mut self, stream: LineStream, bytes: &[u8]) {
        self.bytes = self.bytes.saturating_add(size(bytes));
        self.pieces.push_back((stream, bytes.to_vec()));
        while self.bytes > HELD_OUTPUT_BYTES_MAX {
            let Some((_, first)) = self.pieces.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(size(&first));
            self.dropped = self.dropped.saturating_add(u64::try_from(first.len()).unwrap_or(u64::MAX));
        }
    }
}

/// The bytes of a piece, with what it takes in memory itself.
fn size(piece: &[u8]) -> usize {
    piece.len().saturating_add(size_of::<(LineStream, Vec<u8>)>())
}

fn locked(held: &Mutex<HeldPieces>) -> MutexGuard<'_, HeldPieces> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{Buffer, streams};

    /// What is shown of pieces for both streams.
    fn shown(pieces: &[(LineStream, &[u8])]) -> String {
        let held = HeldOutput::default();
        let mut held_streams = held.streams();
        for (stream, piece) in pieces {
            let target = match stream {
                LineStream::Output => &mut held_streams.stdout,
                LineStream::Error => &mut held_streams.stderr,
            };
            target.write_all(piece).unwrap();
        }
        let bytes = Buffer::default();
        let mut real = streams(bytes.clone(), bytes.clone());
        held.show(&mut real).unwrap();
        bytes.text()
    }

    #[test]
    fn what_is_held_back_is_shown_in_its_order() {
        let pieces: [(LineStream, &[u8]); 3] =
            [(LineStream::Output, b"a\n"), (LineStream::Error, b"b\n"), (LineStream::Output, b"c")];
        assert_eq!(shown(&pieces), "a\nb\nc");
        assert_eq!(shown(&[]), "");
    }

    #[test]
    fn of_too_much_the_end_is_shown_from_the_beginning_of_a_line() {
        let piece = [vec![b'x'; 300_000], b"\nlast\n".to_vec()].concat();
        let text = shown(&[(LineStream::Output, &*piece); 5]);
        assert!(text.len() < HELD_OUTPUT_BYTES_MAX, "{}", text.len());
        let begin = "The first 600.0 kB written while the shell was open are left out; `runner-lite logs JOB` \
                     shows all of it.\nlast\nxxx";
        assert!(text.starts_with(begin), "{}", &text[..200]);
    }
}
