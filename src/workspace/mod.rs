//! The project's files as a tar stream, with the owner and modes of GitLab Runner's checkout. The archive is neither
//! held in memory nor written on the host.

pub mod list;
pub mod pack;
pub mod program;
pub mod project_files;

use std::io;
use std::path::PathBuf;

use crate::git::error::GitError;

/// Why the sources could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    #[error("cannot list the project's files")]
    Git(#[source] GitError),
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The engine no longer takes the archive. The engine's own error says why.
    #[error("cannot pack `{}`", path.display())]
    Pack { path: PathBuf, source: io::Error },
    /// The packing thread has panicked or was cancelled.
    #[error("packing the project's files was broken off")]
    BrokenOff,
}
