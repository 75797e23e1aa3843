//! Writes an archive into a temporary file that gets its name when it is complete.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use tar::Builder;

use super::entry::{ArchiveEntry, ArchiveEntryKind, EntryError};
use super::index::IndexWriter;
use super::paths::{ContentPlace, SeenPaths};
use super::stored::{ArchiveSize, StoredArchive};
use crate::store::error::StoreError;
use crate::store::folder::StoreFolder;
use crate::store::free_space::{FREE_BYTES_MIN, check_free};
use crate::store::temporary::TemporaryFile;

/// The most entries of an archive with the folders above them, which bounds the memory for their paths to about 300 MB.
const ENTRIES_MAX: u64 = 5_000_000;

/// The most bytes of paths and targets of links in an archive: they take room on the disk beside the files.
const NAME_BYTES_MAX: u64 = 512 << 20;

/// How many bytes are written between two looks at the free space.
const UNCHECKED_BYTES_MAX: u64 = 16 << 20;

/// The size of tar's blocks.
const BLOCK: u64 = 512;

/// One write to the disk.
const BUFFER_BYTES: usize = 256 << 10;

/// The limits of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// The most bytes that its files may have.
    pub bytes_max: u64,
    /// The bytes that must stay free on the disk.
    pub keep_free: u64,
    /// The most bytes that its paths and the targets of its links may have.
    pub name_bytes_max: u64,
}

impl ArchiveLimits {
    /// Limits the size, and keeps 1 GB of the disk free. The names have their usual limit.
    pub const fn new(bytes_max: u64) -> Self {
        Self { bytes_max, keep_free: FREE_BYTES_MIN, name_bytes_max: NAME_BYTES_MAX }
    }
}

/// An archive that is being written. Dropping it removes what was written.
pub struct ArchiveWriter {
    tar: Builder<CountingWriter>,
    /// The same open file, to read earlier content again.
    file: File,
    temporary: TemporaryFile,
    index: Option<IndexWriter>,
    limits: ArchiveLimits,
    seen: SeenPaths,
    size: ArchiveSize,
    /// The bytes of paths and targets of links.
    name_bytes: u64,
    /// Bytes that were written since the last look at the free space.
    unchecked: u64,
    /// Whether an entry was begun and not completed.
    is_broken: bool,
}

/// The file behind the tar, and how much was written to it.
struct CountingWriter {
    file: BufWriter<File>,
    written: u64,
}

impl Write for CountingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.written = self.written.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl ArchiveWriter {
    /// Begins the archive `name` in a folder, without an index.
    pub(in crate::store) fn create(
        folder: &Arc<StoreFolder>,
        name: &str,
        limits: ArchiveLimits,
    ) -> Result<Self, StoreError> {
        let (temporary, file) = TemporaryFile::create(folder, name)?;
        Self::over(temporary, file, None, limits)
    }

    /// Begins the archive `name` in a folder, with the index `index` beside it.
    pub(in crate::store) fn create_with_index(
        folder: &Arc<StoreFolder>,
        name: &str,
        index: &str,
        limits: ArchiveLimits,
    ) -> Result<Self, StoreError> {
        let index = IndexWriter::create(folder, index)?;
        let (temporary, file) = TemporaryFile::create(folder, name)?;
        Self::over(temporary, file, Some(index), limits)
    }

    fn over(
        temporary: TemporaryFile,
        file: File,
        index: Option<IndexWriter>,
        limits: ArchiveLimits,
    ) -> Result<Self, StoreError> {
        let writer = file.try_clone().map_err(|error| temporary.failed("open again the file", error))?;
        let file_writer = BufWriter::with_capacity(BUFFER_BYTES, writer);
        let tar = Builder::new(CountingWriter { file: file_writer, written: 0 });
        let archive = Self {
            tar,
            file,
            temporary,
            index,
            limits,
            seen: SeenPaths::default(),
            size: ArchiveSize::default(),
            name_bytes: 0,
            unchecked: 0,
            is_broken: false,
        };
        archive.check_disk(0)?;
        Ok(archive)
    }

    /// Adds an entry; `content` is that of a file, and must have the entry's size.
    ///
    /// # Errors
    /// The entry is refused, exceeds a limit, or cannot be written. The archive cannot be finished afterwards.
    pub fn entry(&mut self, entry: &ArchiveEntry, content: impl Read) -> Result<(), StoreError> {
        let was_broken = std::mem::replace(&mut self.is_broken, true);
        let size = entry.size();
        self.seen.add(entry).map_err(|source| self.refused(source))?;
        self.check_limits(entry)?;
        let appended = entry.append_to(&mut self.tar, Path::new(""), content);
        appended.map_err(|error| self.temporary.failed("write the file", error))?;
        let offset = self.tar.get_ref().written.saturating_sub(size.next_multiple_of(BLOCK));
        self.seen.place(entry, offset);
        if let Some(index) = &mut self.index {
            index.add(entry, offset)?;
        }
        self.size.entries = self.size.entries.saturating_add(1);
        self.size.bytes = self.size.bytes.saturating_add(size);
        let is_file = entry.kind != ArchiveEntryKind::Folder;
        self.size.files = self.size.files.saturating_add(u64::from(is_file));
        self.is_broken = was_broken;
        Ok(())
    }

    /// Adds a file with the content of an earlier one: a hard link becomes a file of its own, as in GitLab Runner's
    /// archives. The size is that of the earlier file.
    ///
    /// # Errors
    /// As for [`Self::entry`], or there is no such earlier file.
    pub fn copy_of(&mut self, entry: &ArchiveEntry, earlier: &Path) -> Result<(), StoreError> {
        let Some(place) = self.seen.content(earlier) else {
            self.is_broken = true;
            let (path, target) = (entry.path.clone(), earlier.to_owned());
            return Err(self.refused(EntryError::UnknownTarget { path, target }));
        };
        let flushed = self.tar.get_mut().flush();
        flushed.map_err(|error| self.temporary.failed("write the file", error))?;
        let file =
            self.file.try_clone().map_err(|error| self.temporary.failed("open again the file", error))?;
        let entry = ArchiveEntry { kind: ArchiveEntryKind::File { size: place.size }, ..entry.clone() };
        self.entry(&entry, ContentReader { file: &file, place })
    }

    /// The size so far.
    pub fn size(&self) -> ArchiveSize {
        self.size
    }

    /// Completes the archive and gives it its name.
    ///
    /// # Errors
    /// It cannot be written, or an entry failed.
    pub fn finish(self) -> Result<StoredArchive, StoreError> {
        let CompleteArchive { file, temporary, size } = self.complete()?;
        Ok(StoredArchive::new(temporary.keep()?, file, size))
    }

    /// Completes the archive, which has no name yet.
    pub(in crate::store) fn complete(self) -> Result<CompleteArchive, StoreError> {
        let Self { tar, file, temporary, index, mut size, is_broken, .. } = self;
        if is_broken {
            let reason = "an entry could not be stored".to_owned();
            return Err(StoreError::Damaged { path: temporary.path(), reason });
        }
        let ended = tar.into_inner().and_then(|mut writer| writer.flush().map(|()| writer.written));
        size.length = ended.map_err(|error| temporary.failed("write the file", error))?;
        if let Some(index) = index {
            index.finish()?;
        }
        Ok(CompleteArchive { file, temporary, size })
    }

    fn check_limits(&mut self, entry: &ArchiveEntry) -> Result<(), StoreError> {
        let (size, name_bytes) = (entry.size(), entry.name_bytes());
        let ArchiveLimits { bytes_max, name_bytes_max, .. } = self.limits;
        if self.size.bytes.saturating_add(size) > bytes_max {
            return Err(StoreError::TooLarge { bytes_max });
        }
        self.name_bytes = self.name_bytes.saturating_add(name_bytes);
        if self.name_bytes > name_bytes_max {
            return Err(StoreError::LongNames { name_bytes_max });
        }
        if self.seen.count() > ENTRIES_MAX {
            return Err(StoreError::TooMany { entries_max: ENTRIES_MAX });
        }
        self.unchecked = self.unchecked.saturating_add(size).saturating_add(name_bytes).saturating_add(BLOCK);
        if self.unchecked > UNCHECKED_BYTES_MAX {
            self.check_disk(size)?;
            self.unchecked = 0;
        }
        Ok(())
    }

    /// Checks that enough of the disk stays free after `more` bytes.
    fn check_disk(&self, more: u64) -> Result<(), StoreError> {
        check_free(&self.file, self.temporary.folder_path(), more, self.limits.keep_free)
    }

    fn refused(&self, source: EntryError) -> StoreError {
        StoreError::Entry { path: self.temporary.path(), source }
    }
}

/// An archive that is complete and has no name yet. Dropping it removes the file.
#[derive(Debug)]
pub(in crate::store) struct CompleteArchive {
    file: File,
    temporary: TemporaryFile,
    size: ArchiveSize,
}

impl CompleteArchive {
    pub(in crate::store) fn size(&self) -> ArchiveSize {
        self.size
    }

    /// Gives the archive a name in another folder.
    pub(in crate::store) fn keep_in(
        self,
        folder: &StoreFolder,
        name: &str,
    ) -> Result<StoredArchive, StoreError> {
        Ok(StoredArchive::new(self.temporary.keep_in(folder, name)?, self.file, self.size))
    }
}

/// Reads a part of a file without moving the position at which it is written.
struct ContentReader<'f> {
    file: &'f File,
    place: ContentPlace,
}

impl Read for ContentReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.place.size).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.file.read_at(&mut buffer[..wanted], self.place.offset)?;
        self.place.offset = self.place.offset.saturating_add(read as u64);
        self.place.size = self.place.size.saturating_sub(read as u64);
        Ok(read)
    }
}
