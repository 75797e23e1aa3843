//! Takes stored archives out of the store, for a person.

mod folder;
mod zip;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

pub use folder::ExtractFolder;
pub use zip::ZipFile;

use super::archive::{ArchiveEntry, ArchiveEntryKind};
use super::error::StoreError;

/// How much was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extracted {
    /// Files and links.
    pub files: u64,
    /// The bytes of the files.
    pub bytes: u64,
    /// Entries that were left out because they are named `.git` or lie below such a folder.
    pub of_git: u64,
}

impl Extracted {
    /// Counts an entry with that many bytes of content; a folder counts for nothing.
    fn count(&mut self, entry: &ArchiveEntry, bytes: u64) {
        if entry.kind != ArchiveEntryKind::Folder {
            self.files = self.files.saturating_add(1);
            self.bytes = self.bytes.saturating_add(bytes);
        }
    }
}

/// Why something cannot be taken out.
#[derive(Debug, Error)]
pub enum ExtractError {
    /// The archive cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A system call failed. `operation` is a verb with its object, such as `create the file`.
    #[error("cannot {operation} `{}`: {source}", path.display())]
    Io { operation: &'static str, path: PathBuf, source: io::Error },
    /// A component of the path is no folder: a link there could lead anywhere.
    #[error("cannot write below `{}`: it is a file or a symbolic link; remove it, or extract elsewhere with -o", path.display())]
    NotAFolder { path: PathBuf },
    /// A file or link cannot replace a folder.
    #[error("cannot replace the folder `{}` by a file; remove it, or extract elsewhere with -o", path.display())]
    IsAFolder { path: PathBuf },
}
