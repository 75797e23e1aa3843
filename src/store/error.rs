//! The errors of the store.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::archive::entry::EntryError;
use crate::amount;

/// Why the store cannot do something.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A system call failed. `operation` is a verb with its object, such as `create the file`.
    #[error("cannot {operation} `{}`: {source}", path.display())]
    Io { operation: &'static str, path: PathBuf, source: io::Error },
    /// A file or folder of the store belongs to another user, and this one may not use it: most often `sudo` has made it.
    #[error(
        "cannot {operation} `{}`: it belongs to uid {owner}; `sudo chown -R {user} '{}'` gives it back, if `sudo` has made it",
        path.display(), folder.display()
    )]
    Foreign { operation: &'static str, path: PathBuf, owner: u32, user: u32, folder: PathBuf },
    /// A record is no JSON of the known version, or too large.
    #[error("cannot read the record `{}`: {reason}", path.display())]
    Record { path: PathBuf, reason: String },
    /// Another process holds a lock for longer than is ever needed.
    #[error("another process holds the lock `{}`; end it and try again", path.display())]
    Locked { path: PathBuf },
    /// All slots are taken.
    #[error("all {slots} slots of this project are taken by running jobs; wait until one of them ends")]
    NoFreeSlot { slots: usize },
    /// The folder belongs to another user, who could exchange what the store keeps there.
    #[error(
        "the folder `{}` belongs to another user (uid {owner}); choose another one, or `sudo chown -R {user} '{}'` gives \
         it back, if `sudo` has made it",
        path.display(), path.display()
    )]
    ForeignFolder { path: PathBuf, owner: u32, user: u32 },
    /// Storing more would fill the disk.
    #[error(
        "only {} are free in `{}`, and {} must stay free; remove files, or run `runner-lite clean --artifacts \
         --caches`",
        amount::size(*available), path.display(), amount::size(*keep_free)
    )]
    DiskFull { path: PathBuf, available: u64, keep_free: u64 },
    /// The files are larger than the limit for one archive.
    #[error("the files are larger than the limit of {}", amount::size(*bytes_max))]
    TooLarge { bytes_max: u64 },
    /// There are more files than an archive may have.
    #[error("there are more than {entries_max} files and folders")]
    TooMany { entries_max: u64 },
    /// The names in an archive are too long altogether.
    #[error("the names of the files are longer than {} together", amount::size(*name_bytes_max))]
    LongNames { name_bytes_max: u64 },
    /// An entry could leave the project's folder when it is unpacked, or cannot be unpacked at all.
    #[error("the archive `{}` is refused: {source}", path.display())]
    Entry { path: PathBuf, source: EntryError },
    /// The archive on the disk is not the one that was stored.
    #[error("the archive `{}` is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
}

impl StoreError {
    /// Whether the file or folder does not exist.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}
