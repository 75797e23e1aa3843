//! The log of a container of ours as the engine sends it, without times amid its lines.

use bytes::{Buf, Bytes};

use crate::engine::Engine;
use crate::engine::container::logs::{LogOptions, Timestamps};
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::stream::frames::Frames;
use crate::engine::stream::stdcopy::{Channel, OutputChunk};

/// The log of a container that is being read.
pub(super) struct LogChunks {
    frames: Frames,
    timestamps: Timestamps,
    stdout: LineTimes,
    stderr: LineTimes,
}

impl LogChunks {
    /// Asks for a log.
    ///
    /// # Errors
    /// The engine refuses it, or does not answer.
    pub(super) async fn open(
        engine: &Engine,
        container: &Name,
        options: &LogOptions,
    ) -> Result<Self, EngineError> {
        let (frames, timestamps) = (engine.container_logs(container, options).await?, options.timestamps);
        Ok(Self { frames, timestamps, stdout: LineTimes::default(), stderr: LineTimes::default() })
    }

    /// The stream and the bytes of the next chunk, which may end anywhere in a line; `None` at the end of the log.
    ///
    /// # Errors
    /// The connection or the stream breaks.
    pub(super) async fn next(&mut self) -> Result<Option<(Channel, Bytes)>, EngineError> {
        while let Some(chunk) = self.frames.next().await? {
            let times = if chunk.channel == Channel::Stderr { &mut self.stderr } else { &mut self.stdout };
            let (channel, bytes) = match self.timestamps {
                Timestamps::Shown => (chunk.channel, times.only_first(chunk)),
                Timestamps::No => (chunk.channel, chunk.bytes),
            };
            if !bytes.is_empty() {
                return Ok(Some((channel, bytes)));
            }
        }
        Ok(None)
    }
}

/// Takes out the times that are amid a line: Docker stores a line in pieces of 16 KiB, Podman in those in which it is printed,
/// and both put a time before each piece. A secret with a time in it would not be masked.
#[derive(Debug, Default)]
struct LineTimes {
    /// Whether the last frame has no line break at its end.
    is_inside_line: bool,
    /// Whether the rest of a time follows.
    is_inside_time: bool,
}

impl LineTimes {
    /// The bytes of a chunk without a time that continues a line.
    fn only_first(&mut self, chunk: OutputChunk) -> Bytes {
        let OutputChunk { mut bytes, begins_frame, .. } = chunk;
        if begins_frame {
            self.is_inside_time = self.is_inside_line;
        }
        if self.is_inside_time {
            match bytes.iter().position(|byte| *byte == b' ') {
                Some(blank) => {
                    bytes.advance(blank.saturating_add(1));
                    self.is_inside_time = false;
                }
                None => bytes.clear(),
            }
        }
        if let Some(last) = bytes.last() {
            self.is_inside_line = *last != b'\n';
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_of_a_line_keeps_its_time() {
        let mut times = LineTimes::default();
        let mut text = String::new();
        let pieces = [
            (true, "t1 begin"),
            (true, "t2 mid"),
            (false, "dle "),
            (true, "t"),
            (false, "3 en"),
            (false, "d\n"),
            (true, "t4 next\n"),
        ];
        for (begins_frame, piece) in pieces {
            let bytes = Bytes::from_static(piece.as_bytes());
            let shown = times.only_first(OutputChunk { channel: Channel::Stdout, bytes, begins_frame });
            text.push_str(std::str::from_utf8(&shown).unwrap());
        }
        assert_eq!(text, "t1 beginmiddle end\nt4 next\n");
    }
}
