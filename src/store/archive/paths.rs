//! Whether the entries of an archive can be unpacked without leaving the folder.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::entry::{ArchiveEntry, ArchiveEntryKind, EntryError};

/// The paths of the entries so far, as keyed hashes: an archive may have millions of entries. A path that is wrong is
/// always found; that a harmless one is taken for another has a probability of about 1 in 10^7 for a million entries.
#[derive(Debug, Default)]
pub(super) struct SeenPaths {
    seen: HashMap<u64, Seen>,
    hasher: RandomState,
}

/// What is known of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// Entries lie below it.
    Parent,
    Folder,
    File(ContentPlace),
    Link,
}

/// Where the content of a file is in an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContentPlace {
    pub(super) offset: u64,
    pub(super) size: u64,
}

impl SeenPaths {
    /// Checks an entry against those before it, and remembers it.
    pub(super) fn add(&mut self, entry: &ArchiveEntry) -> Result<(), EntryError> {
        let path = || entry.path.clone();
        let bytes = entry.path.as_os_str().as_bytes();
        check_path(&entry.path)?;
        if let ArchiveEntryKind::Link { target } = &entry.kind
            && (target.as_os_str().is_empty() || target.as_os_str().as_bytes().contains(&0))
        {
            return Err(EntryError::BadTarget { path: path() });
        }
        if bytes == b"." && entry.kind != ArchiveEntryKind::Folder {
            return Err(EntryError::BadPath { path: path() });
        }
        let parents = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| &bytes[..at]);
        for parent in parents {
            let seen = self.seen.entry(self.hasher.hash_one(parent)).or_insert(Seen::Parent);
            if matches!(seen, Seen::File(_) | Seen::Link) {
                return Err(EntryError::BelowAnother { path: path() });
            }
        }
        let new = match entry.kind {
            ArchiveEntryKind::File { size } => Seen::File(ContentPlace { offset: 0, size }),
            ArchiveEntryKind::Folder => Seen::Folder,
            ArchiveEntryKind::Link { .. } => Seen::Link,
        };
        match self.seen.entry(self.hasher.hash_one(bytes)) {
            Entry::Vacant(vacant) => drop(vacant.insert(new)),
            Entry::Occupied(mut seen) => match (*seen.get(), new) {
                (Seen::Parent, Seen::Folder) => drop(seen.insert(new)),
                (Seen::Parent, _) => return Err(EntryError::AboveAnother { path: path() }),
                _ => return Err(EntryError::Twice { path: path() }),
            },
        }
        Ok(())
    }

    /// How many paths are remembered: those of the entries, and of the folders above them.
    pub(super) fn count(&self) -> u64 {
        self.seen.len() as u64
    }

    /// Remembers where the content of a file begins in the archive.
    pub(super) fn place(&mut self, entry: &ArchiveEntry, begins: u64) {
        let path = self.hasher.hash_one(entry.path.as_os_str().as_bytes());
        if let Some(Seen::File(ContentPlace { offset, .. })) = self.seen.get_mut(&path) {
            *offset = begins;
        }
    }

    /// Where the content of an earlier file is.
    pub(super) fn content(&self, path: &Path) -> Option<ContentPlace> {
        match self.seen.get(&self.hasher.hash_one(path.as_os_str().as_bytes()))? {
            Seen::File(place) => Some(*place),
            _ => None,
        }
    }
}

/// Checks that a path is relative, in its simplest form, and stays in the folder.
pub(super) fn check_path(path: &Path) -> Result<(), EntryError> {
    let bytes = path.as_os_str().as_bytes();
    if bytes.contains(&0) {
        return Err(EntryError::Nul { path: path.to_owned() });
    }
    if bytes == b"." {
        return Ok(());
    }
    for part in bytes.split(|byte| *byte == b'/') {
        match part {
            b".." => return Err(EntryError::PathOut { path: path.to_owned() }),
            b"" | b"." => return Err(EntryError::BadPath { path: path.to_owned() }),
            _ => {}
        }
    }
    Ok(())
}
