//! Collects in this process, for images that cannot run this program: the answer goes through a pipe to the same reader.

use std::fmt::Display;
use std::io::{self, BufWriter};
use std::thread;

use thiserror::Error;

use super::reader::{AnswerError, AnswerSink, read_answer};
use super::request::CollectRequest;
use super::tree::Tree;
use super::{CollectError, collect};

/// Why files could not be collected in this process.
#[derive(Debug, Error)]
pub enum LocalError<E: Display> {
    #[error("{0}")]
    Collect(CollectError),
    #[error("{0}")]
    Answer(AnswerError<E>),
    #[error("cannot open a pipe: {0}")]
    Pipe(io::Error),
}

/// Selects files in `tree` and passes them on to `sink`. It blocks, and ends its own thread.
///
/// # Errors
/// What [`collect`] or [`read_answer`] fails with; of two failures the one that caused the other.
pub fn collect_locally<T: Tree + Send, S: AnswerSink>(
    tree: &mut T,
    request: &CollectRequest,
    environment_lines: &[u8],
    sink: &mut S,
) -> Result<(), LocalError<S::Error>> {
    let (answer, out) = io::pipe().map_err(LocalError::Pipe)?;
    let archives: Vec<u32> = request.archives.iter().map(|archive| archive.id).collect();
    let (collected, read) = thread::scope(|scope| {
        let collector = scope.spawn(|| collect(tree, request, environment_lines, BufWriter::new(out)));
        // The reader takes the pipe, so that a collector which still writes fails when the reader has.
        let read = read_answer(answer, &archives, sink);
        (collector.join(), read)
    });
    match (collected, read) {
        (_, Err(error @ (AnswerError::Sink(_) | AnswerError::Malformed(_)))) => {
            Err(LocalError::Answer(error))
        }
        (Ok(Err(error)), _) => Err(LocalError::Collect(error)),
        (_, Err(error)) => Err(LocalError::Answer(error)),
        (_, Ok(())) => Ok(()),
    }
}
