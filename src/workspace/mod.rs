//! The project's files as a stream of tar: listed, packed with the owner and modes that GitLab Runner's checkout
//! gives them, never held in memory and never written on the host.

pub mod list;
pub mod pack;
pub mod program;

use std::io;
use std::path::PathBuf;

use crate::git::error::GitError;

/// Why the sources could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// git could not list the files.
    #[error("cannot list the project's files")]
    Git(#[source] GitError),
    /// A file or directory could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Its path on the host.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The archive could not be written on; the engine's own error is the one that matters then.
    #[error("cannot pack `{}`", path.display())]
    Pack {
        /// Its path on the host.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The packing thread ended without a result.
    #[error("packing the project's files was broken off")]
    BrokenOff,
}
