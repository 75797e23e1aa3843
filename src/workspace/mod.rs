//! The project's files as a tar stream, with the owner and modes of GitLab Runner's checkout. The archive is neither
//! held in memory nor written on the host.

pub mod fingerprint;
mod linked_repository;
pub mod list;
pub mod pack;
pub mod program;
mod progress;
pub mod project_files;

use std::io;
use std::path::PathBuf;

use crate::git::error::GitError;
use crate::store::StoreError;

/// Why the sources could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    #[error("cannot list the project's files")]
    Git(#[source] GitError),
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// An archive of the store cannot be read, or is damaged.
    #[error(transparent)]
    Archive(#[from] StoreError),
    /// An entry of an archive. GitLab Runner does not replace a folder by a file either.
    #[error("`{}` is a file where `{}` is a directory", path.display(), folder.display())]
    InTheWay { path: PathBuf, folder: PathBuf },
    /// The artifacts of a job cannot be packed.
    #[error("cannot deliver the artifacts of job `{job}`")]
    Artifacts { job: String, source: Box<WorkspaceError> },
    /// The engine no longer takes the archive. The engine's own error says why.
    #[error("cannot pack `{}`", path.display())]
    Pack { path: PathBuf, source: io::Error },
    /// The packing thread has panicked or was cancelled.
    #[error("packing the project's files was broken off")]
    BrokenOff,
}

impl WorkspaceError {
    /// The error for the artifacts of `job`, of which this one is the cause.
    pub fn of_artifacts(self, job: &str) -> Self {
        Self::Artifacts { job: job.to_owned(), source: Box::new(self) }
    }
}
