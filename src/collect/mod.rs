//! Collects the files that a job leaves behind: its artifacts, its reports and its caches.
//!
//! `runner-lite collect` runs in a container that has the volumes of the job. It reads a [`request`], selects files as GitLab
//! Runner's helper does, and writes one tar stream, whose layout [`answer`] defines. The host reads that stream with
//! [`reader`].
//!
//! Invariant: the stream is untrusted for the host, because the job ran as root on the same volumes.

pub mod answer;
mod answer_writer;
pub mod entry_budget;
pub mod environment;
pub mod expand;
pub mod fingerprint;
pub mod folder_tree;
pub mod follow;
pub mod glob;
pub mod local;
pub mod place;
pub mod reader;
pub mod request;
pub mod select;
mod send;
mod tar_index;
pub mod tar_stream;
pub mod tar_tree;
pub mod tree;

use std::io::{self, Write};

use thiserror::Error;

use answer_writer::AnswerWriter;
use entry_budget::EntryLimitExceeded;
use environment::PathVariables;
use request::CollectRequest;
use select::select;
use send::send;
use tree::Tree;

/// Why nothing can be collected.
#[derive(Debug, Error)]
pub enum CollectError {
    #[error(transparent)]
    TooMuch(#[from] EntryLimitExceeded),
    #[error("cannot send what was collected: {0}")]
    Write(io::Error),
}

/// Selects files in `tree` and writes the answer to `out`, which should have a buffer. `environment_lines` is the content of
/// the request's `environment_file`.
///
/// # Errors
/// There are too many files, or their names are too long, or `out` cannot be written.
pub fn collect<T: Tree, W: Write>(
    tree: &mut T,
    request: &CollectRequest,
    environment_lines: &[u8],
    out: W,
) -> Result<(), CollectError> {
    let mut variables = PathVariables::new(&request.environment);
    variables.add_lines(environment_lines);
    let selected = select(tree, request, &variables)?;
    let mut answer = AnswerWriter::new(out);
    for (request, archive) in request.archives.iter().zip(selected) {
        send(tree, &mut answer, request, archive)?;
    }
    answer.finish().map(drop).map_err(CollectError::Write)
}

#[cfg(test)]
mod tests;
