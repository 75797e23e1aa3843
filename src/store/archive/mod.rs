//! Archives of the store: a plain tar that the engine takes as it is, with checks when it is written and when it is read.
//!
//! Invariant: no entry that could leave the folder in which the archive is unpacked gets in or out: names are relative
//! without `..`, and no entry lies below another one that is a file or a link. So their order does not matter for the
//! links; the times of folders stay right in any order, because engines set them when everything is unpacked.

pub(super) mod entry;
mod index;
mod paths;
mod reader;
mod stored;
mod writer;

pub use entry::{ArchiveEntry, ArchiveEntryKind, EntryError, FileTime};
pub use index::IndexEntry;
pub(super) use index::read_index;
pub use reader::{ReadEntriesError, read_entries};
pub use stored::{ArchiveSize, StoredArchive};
pub use writer::{ArchiveLimits, ArchiveWriter};

#[cfg(test)]
mod tests;
