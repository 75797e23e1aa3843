//! The log of a container of ours, such as a service.

use crate::engine::Engine;
use crate::engine::container::logs::LogOptions;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

/// Returns the first `bytes_max` bytes of what the engine has of the container's log, without blanks around it.
pub(super) async fn read_log(
    engine: &Engine,
    container: &Name,
    options: &LogOptions,
    bytes_max: usize,
) -> Result<String, EngineError> {
    let mut frames = engine.container_logs(container, options).await?;
    let mut text = Vec::new();
    while let Some(piece) = frames.next().await? {
        let room = bytes_max.saturating_sub(text.len());
        text.extend(piece.bytes.iter().take(room));
    }
    Ok(String::from_utf8_lossy(&text).trim().to_owned())
}
