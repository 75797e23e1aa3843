//! The log of a container of ours, such as a service.

use std::time::Duration;

use tokio::time::timeout;

use crate::engine::Engine;
use crate::engine::container::logs::LogOptions;
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::engine::name::Name;

/// How long the reading of a log may take: it is on the engine's disk, and at most a few lines of it are read.
const LOG_WITHIN: Duration = Duration::from_secs(30);

/// Returns the first `bytes_max` bytes of what the engine has of the container's log, without blanks around it. The rest
/// is not read: a log may have no end.
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
    let mut frames = engine.container_logs(container, options).await?;
    let mut text = Vec::new();
    while text.len() < bytes_max
        && let Some(piece) = frames.next().await?
    {
        let room = bytes_max.saturating_sub(text.len());
        text.extend(piece.bytes.iter().take(room));
    }
    Ok(String::from_utf8_lossy(&text).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::engine::container::logs::{Follow, Timestamps};
    use crate::error_chain::chain;
    use crate::executor::testing::engine_deciding;

    /// Reads 10 bytes of a log that begins with `frames` and does not end.
    async fn read_endless(frames: &'static str) -> (Result<String, String>, u64) {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let length = frames.len();
        let answer = format!("{head}{length:x}\r\n{frames}\r\n");
        let (engine, _serving) = engine_deciding(None, move |_| std::future::ready(answer.clone())).await;
        let options = LogOptions { follow: Follow::No, timestamps: Timestamps::No, tail: None };
        let began = Instant::now();
        let read = read_log(&engine, &Name::new("x"), &options, 10).await;
        (read.map_err(|error| chain(&error)), began.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_of_a_log_without_an_end_is_not_read() {
        let frames = "\u{1}\0\0\0\0\0\0\u{6}\nhello\u{2}\0\0\0\0\0\0\u{6}\nworld";
        assert_eq!(read_endless(frames).await, (Ok("hello\nwor".to_owned()), 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_log_that_stalls_is_given_up() {
        let (read, took) = read_endless("\u{1}\0\0\0\0\0\0\u{6}\nhello").await;
        let expect = "cannot read the log of container `x`: not done after 30 s";
        assert_eq!((read, took), (Err(expect.to_owned()), 30));
    }
}
