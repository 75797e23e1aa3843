//! The log of a container of ours, such as a service.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::timeout;

use super::log_chunks::LogChunks;
use crate::engine::Engine;
use crate::engine::container::logs::LogOptions;
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::engine::name::Name;

/// How long the reading of a log may take: it is on the engine's disk, and at most a few lines of it are read.
const LOG_WITHIN: Duration = Duration::from_secs(30);

/// How many bytes of a log are read at most. The last lines of a log are asked for, of which Docker stores none longer than
/// 16 KiB, so that 200 of them are shorter than this.
const READ_BYTES_MAX: usize = 8 << 20;

/// Returns the last `bytes_max` bytes of what the engine has of the container's log, from the beginning of a line, without
/// blanks around them. What follows [`READ_BYTES_MAX`] is not read: a log may have no end.
///
/// # Errors
/// The engine cannot read the log, or does not send it within [`LOG_WITHIN`].
pub(super) async fn read_log(
    engine: &Engine,
    container: &Name,
    options: &LogOptions,
    bytes_max: usize,
) -> Result<String, EngineError> {
    match timeout(LOG_WITHIN, read(engine, container, options, bytes_max)).await {
        Ok(read) => read,
        Err(_) => {
            let (operation, subject) = ("read the log of container", container.to_string());
            Err(EngineError { operation, subject, kind: EngineErrorKind::TimedOut { after: LOG_WITHIN } })
        }
    }
}

async fn read(
    engine: &Engine,
    container: &Name,
    options: &LogOptions,
    bytes_max: usize,
) -> Result<String, EngineError> {
    let mut log = LogChunks::open(engine, container, options).await?;
    let (mut end, mut room) = (LogTail::default(), READ_BYTES_MAX);
    while room > 0
        && let Some((_, bytes)) = log.next().await?
    {
        room = room.saturating_sub(bytes.len());
        end.push(&bytes, bytes_max);
    }
    Ok(end.text())
}

/// The end of a log.
#[derive(Debug, Default)]
struct LogTail {
    bytes: VecDeque<u8>,
    /// Whether the first line lacks its beginning.
    begins_inside_line: bool,
}

impl LogTail {
    /// Appends bytes, and drops the first ones beyond `bytes_max`.
    fn push(&mut self, bytes: &[u8], bytes_max: usize) {
        self.bytes.extend(bytes);
        let excess = self.bytes.len().saturating_sub(bytes_max);
        if let Some(dropped) = self.bytes.drain(..excess).next_back() {
            self.begins_inside_line = dropped != b'\n';
        }
    }

    /// The text, without the rest of the first line; of a line that is alone, without the rest of its first word, so that no
    /// part of a secret is left, which no mask would find. GitLab masks no values with blanks.
    fn text(self) -> String {
        let text = String::from_utf8_lossy(&Vec::from(self.bytes)).trim_end().to_owned();
        if !self.begins_inside_line {
            return text.trim().to_owned();
        }
        let whole = text.split_once('\n').or_else(|| text.split_once(char::is_whitespace));
        whole.map_or_else(String::new, |(_, whole)| whole.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::engine::container::logs::{Follow, Timestamps};
    use crate::error_chain::chain;
    use crate::executor::testing::engine_deciding;

    /// Reads 10 bytes of a log that begins with `frames` and does not end.
    async fn read_endless(frames: String) -> (Result<String, String>, u64) {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let length = frames.len();
        let answer = format!("{head}{length:x}\r\n{frames}\r\n");
        let (engine, _serving) = engine_deciding(None, move |_| std::future::ready(answer.clone())).await;
        let options = LogOptions { follow: Follow::No, timestamps: Timestamps::No, tail: None };
        let began = Instant::now();
        let read = read_log(&engine, &Name::new("x"), &options, 10).await;
        (read.map_err(|error| chain(&error)), began.elapsed().as_secs())
    }

    fn end_of(pieces: &[&str], bytes_max: usize) -> String {
        let mut end = LogTail::default();
        pieces.iter().for_each(|piece| end.push(piece.as_bytes(), bytes_max));
        end.text()
    }

    #[test]
    fn the_end_of_a_log_is_kept_from_the_beginning_of_a_line() {
        assert_eq!(end_of(&["first\nsecond\n", "th", "ird\n"], 100), "first\nsecond\nthird");
        assert_eq!(end_of(&["first\nsecond\n", "th", "ird\n"], 15), "second\nthird");
        assert_eq!(end_of(&["first\nsecond\n", "th", "ird\n"], 12), "third");
        assert_eq!(end_of(&["one line without an end"], 6), "end");
        assert_eq!(end_of(&["the password is hunter22"], 5), "");
        assert_eq!(end_of(&[], 6), "");
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_of_a_log_without_an_end_is_not_read() {
        let frame = format!("\u{1}\0\0\0\0\0@\0{}\nlast line\n", "a".repeat(16 * 1024 - 11));
        let (read, took) = read_endless(frame.repeat(READ_BYTES_MAX / (16 * 1024) + 1)).await;
        assert_eq!((read, took), (Ok("last line".to_owned()), 0));
    }

    #[tokio::test(start_paused = true)]
    async fn the_pieces_of_a_line_are_put_together() {
        let frame = |text: &str| format!("\u{1}\0\0\0\0\0\0{}{text}", char::from(text.len() as u8));
        let frames = [frame("t1 hunter2"), frame("t2 hunter2\n"), frame("t3 end\n")].concat();
        let length = frames.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{frames}\r\n0\r\n\r\n"
        );
        let (engine, _serving) = engine_deciding(None, move |_| std::future::ready(answer.clone())).await;
        let options = LogOptions { follow: Follow::No, timestamps: Timestamps::Shown, tail: Some(20) };
        let log = read_log(&engine, &Name::new("x"), &options, 100).await.unwrap();
        assert_eq!(log, "t1 hunter2hunter2\nt3 end");
    }

    #[tokio::test(start_paused = true)]
    async fn a_log_that_stalls_is_given_up() {
        let (read, took) = read_endless("\u{1}\0\0\0\0\0\0\u{6}\nhello".to_owned()).await;
        let expect = "cannot read the log of container `x`: not done after 30 s";
        assert_eq!((read, took), (Err(expect.to_owned()), 30));
    }
}
