//! An archive of the store that is complete.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::entry::ArchiveEntry;
use super::reader::{ReadEntriesError, read_entries};
use crate::store::error::StoreError;

/// One read from the disk.
const BUFFER_BYTES: usize = 256 << 10;

/// How much an archive contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ArchiveSize {
    /// Files, links and folders.
    pub entries: u64,
    /// Files and links.
    pub files: u64,
    /// The bytes of all files.
    pub bytes: u64,
    /// The length of the tar.
    pub length: u64,
}

/// A stored archive, open for reading: its removal or replacement does not disturb a reader. Clones share the file.
#[derive(Debug, Clone)]
pub struct StoredArchive {
    path: PathBuf,
    file: Arc<File>,
    size: ArchiveSize,
}

impl StoredArchive {
    pub(in crate::store) fn new(path: PathBuf, file: File, size: ArchiveSize) -> Self {
        Self { path, file: Arc::new(file), size }
    }

    /// An archive that was opened, and of which a record tells the size.
    ///
    /// # Errors
    /// The file does not have the recorded length.
    pub(in crate::store) fn checked(
        path: PathBuf,
        file: File,
        size: ArchiveSize,
    ) -> Result<Self, StoreError> {
        let length = file.metadata().map(|metadata| metadata.len());
        let operation = "read the metadata of";
        match length {
            Ok(length) if length == size.length => Ok(Self::new(path, file, size)),
            Ok(length) => {
                let reason = format!("it has {length} bytes and should have {}", size.length);
                Err(StoreError::Damaged { path, reason })
            }
            Err(source) => Err(StoreError::Io { operation, path, source }),
        }
    }

    /// Where the archive lies, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn size(&self) -> ArchiveSize {
        self.size
    }

    /// The bytes of the tar, from the beginning. Several readers may read at the same time.
    pub fn reader(&self) -> impl Read {
        ArchiveReader { file: self.file.clone(), position: 0 }
    }

    /// Calls a function for every entry, with the content of a file. Every entry is checked again: somebody may have
    /// changed the archive.
    ///
    /// # Errors
    /// The archive cannot be read, is damaged, has an entry that is refused, or the function fails.
    pub fn for_each<E: From<StoreError>>(
        &self,
        each: impl FnMut(&ArchiveEntry, &mut dyn Read) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = || self.path.clone();
        let reader = BufReader::with_capacity(BUFFER_BYTES, self.reader());
        let error = match read_entries(reader, each) {
            Ok(entries) if entries == self.size.entries => return Ok(()),
            Ok(entries) => {
                let reason = format!("it has {entries} entries and should have {}", self.size.entries);
                StoreError::Damaged { path: path(), reason }
            }
            Err(ReadEntriesError::Caller(error)) => return Err(error),
            Err(ReadEntriesError::Refused(source)) => StoreError::Entry { path: path(), source },
            Err(ReadEntriesError::Read(source)) => {
                StoreError::Io { operation: "read the archive", path: path(), source }
            }
        };
        Err(error.into())
    }
}

/// Reads a file from its beginning, whatever the position of others that read it.
struct ArchiveReader {
    file: Arc<File>,
    position: u64,
}

impl Read for ArchiveReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.position)?;
        self.position = self.position.saturating_add(read as u64);
        Ok(read)
    }
}
