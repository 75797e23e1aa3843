//! Copies files out of the job's container, for a reader that may block.

use std::fmt::Display;
use std::io;

use tokio::sync::mpsc;

use super::piece_reader::{PIECES_MAX, PieceReader};
use crate::executor::job_context::JobContext;
use crate::executor::outcome::Failure;

/// Copies `path` out of the job's container; `read` gets the tar on a thread that may block. `None` if there is no such
/// path.
pub(super) async fn copy<T: Send + 'static>(
    context: &JobContext,
    path: &str,
    read: impl FnOnce(PieceReader) -> io::Result<T> + Send + 'static,
) -> Result<Option<T>, Failure> {
    let container = context.names.build();
    let mut archive = match context.engine.container_get_archive(&container, path).await {
        Err(error) if error.is_not_found() => {
            // The container itself must be there.
            context.engine.container_inspect(&container).await?;
            return Ok(None);
        }
        archive => archive?,
    };
    let (sender, receiver) = mpsc::channel(PIECES_MAX);
    let reading = tokio::task::spawn_blocking(move || read(PieceReader::new(receiver)));
    while let Some(piece) = archive.next().await? {
        // The reader tells why it reads no more.
        if sender.send(Ok(piece)).await.is_err() {
            break;
        }
    }
    drop(sender);
    reading.await.map_err(failed)?.map(Some).map_err(failed)
}

pub(super) fn failed(error: impl Display) -> Failure {
    Failure::Collect { detail: error.to_string() }
}
