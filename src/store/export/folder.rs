//! Extracts archives into a folder.
//!
//! Invariant: nothing is written outside of the folder, whatever links lie in it already: no link is followed on the way
//! to an entry, and a link or file in its place is removed, never written to. Files belong to the caller, and have no bits
//! but those for permissions, of which the umask takes its part. Nothing is written that is named `.git` or lies below such
//! a folder: its hooks and its configuration name programs that the caller's git would run.

use std::ffi::OsStr;
use std::fs::{DirBuilder, File, FileTimes};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, mkdirat, openat, symlinkat, unlinkat};
use rustix::io::{Errno, retry_on_intr};

use super::{ExtractError, Extracted};
use crate::store::archive::{ArchiveEntry, ArchiveEntryKind, FileTime, StoredArchive};

/// The permissions of folders that the archive does not have itself.
const FOLDER_MODE: u32 = 0o777;

/// What the owner may do with each extracted folder, so that its content can be written.
const OWNER: u32 = 0o700;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// A folder that archives are extracted into.
#[derive(Debug)]
pub struct ExtractFolder {
    folder: OwnedFd,
    path: PathBuf,
}

impl ExtractFolder {
    /// Opens the folder, which is made if it is missing.
    ///
    /// # Errors
    /// The folder cannot be made or opened.
    pub fn open(path: &Path) -> Result<Self, ExtractError> {
        let failed = |operation| {
            move |source: io::Error| ExtractError::Io { operation, path: path.to_owned(), source }
        };
        DirBuilder::new().recursive(true).create(path).map_err(failed("create the folder"))?;
        let folder = retry_on_intr(|| openat(CWD, path, FOLDER, Mode::empty()));
        let folder = folder.map_err(io::Error::from).map_err(failed("open the folder"))?;
        Ok(Self { folder, path: path.to_owned() })
    }

    /// Extracts the selected entries of an archive. Existing files and links are replaced; nothing else is removed.
    ///
    /// # Errors
    /// The archive is refused or cannot be read, or an entry cannot be written. What was extracted before stays.
    pub fn extract(
        &self,
        archive: &StoredArchive,
        is_selected: impl Fn(&Path) -> bool,
    ) -> Result<Extracted, ExtractError> {
        let mut extracted = Extracted::default();
        archive.for_each(|entry, content| {
            if entry.path == Path::new(".") || !is_selected(&entry.path) {
                return Ok(());
            }
            if belongs_to_git(&entry.path) {
                extracted.of_git = extracted.of_git.saturating_add(1);
                return Ok(());
            }
            let written = self.write(entry, content)?;
            extracted.count(entry, written);
            Ok::<(), ExtractError>(())
        })?;
        Ok(extracted)
    }

    /// Writes one entry and returns the bytes of its content.
    fn write(&self, entry: &ArchiveEntry, content: &mut dyn Read) -> Result<u64, ExtractError> {
        let parent = self.parent_of(&entry.path)?;
        let parent = parent.as_ref().map_or(self.folder.as_fd(), |folder| folder.as_fd());
        let name = entry.path.file_name().unwrap_or_default();
        match &entry.kind {
            ArchiveEntryKind::Folder => {
                self.make_folder(parent, name, &entry.path, entry.mode | OWNER).map(|_| 0)
            }
            ArchiveEntryKind::Link { target } => {
                self.remove(parent, name, &entry.path)?;
                let made = symlinkat(target, parent, name);
                made.map_err(|error| self.failed("create the link", &entry.path, error)).map(|()| 0)
            }
            ArchiveEntryKind::File { .. } => {
                self.remove(parent, name, &entry.path)?;
                let flags = OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::CLOEXEC);
                let mode = Mode::from_raw_mode(entry.mode & 0o777);
                let file = retry_on_intr(|| openat(parent, name, flags, mode));
                let file = file.map_err(|error| self.failed("create the file", &entry.path, error))?;
                let mut file = File::from(file);
                let written = io::copy(content, &mut file);
                let written = written.map_err(|error| self.failed("write the file", &entry.path, error))?;
                if let Some(modified) = system_time(entry.modified) {
                    // A file system without such times has the content none the less.
                    let _ = file.set_times(FileTimes::new().set_modified(modified));
                }
                Ok(written)
            }
        }
    }

    /// Opens the folder that contains `path`, and makes those that are missing; `None` for this folder itself.
    fn parent_of(&self, path: &Path) -> Result<Option<OwnedFd>, ExtractError> {
        let (mut folder, mut so_far) = (None::<OwnedFd>, PathBuf::new());
        for name in path.parent().into_iter().flat_map(Path::components) {
            so_far.push(name);
            let parent = folder.as_ref().map_or(self.folder.as_fd(), |folder| folder.as_fd());
            folder = Some(self.make_folder(parent, name.as_os_str(), &so_far, FOLDER_MODE)?);
        }
        Ok(folder)
    }

    /// Opens a folder that is no link, and makes it if it is missing.
    fn make_folder(
        &self,
        parent: BorrowedFd<'_>,
        name: &OsStr,
        path: &Path,
        mode: u32,
    ) -> Result<OwnedFd, ExtractError> {
        match mkdirat(parent, name, Mode::from_raw_mode(mode)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(self.failed("create the folder", path, error)),
        }
        match retry_on_intr(|| openat(parent, name, FOLDER.union(OFlags::NOFOLLOW), Mode::empty())) {
            Ok(folder) => Ok(folder),
            Err(Errno::NOTDIR | Errno::LOOP) => Err(ExtractError::NotAFolder { path: self.path.join(path) }),
            Err(error) => Err(self.failed("open the folder", path, error)),
        }
    }

    /// Removes the file or link in an entry's place.
    fn remove(&self, parent: BorrowedFd<'_>, name: &OsStr, path: &Path) -> Result<(), ExtractError> {
        match unlinkat(parent, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(Errno::ISDIR) => Err(ExtractError::IsAFolder { path: self.path.join(path) }),
            Err(error) => Err(self.failed("replace", path, error)),
        }
    }

    fn failed(&self, operation: &'static str, path: &Path, source: impl Into<io::Error>) -> ExtractError {
        ExtractError::Io { operation, path: self.path.join(path), source: source.into() }
    }
}

/// Whether git would take a part of the path for a repository; a file system may ignore the case of its letters.
fn belongs_to_git(path: &Path) -> bool {
    path.components().any(|name| name.as_os_str().eq_ignore_ascii_case(".git"))
}

/// The time for the file system; `None` if it cannot be represented.
fn system_time(time: FileTime) -> Option<SystemTime> {
    let seconds = Duration::from_secs(time.seconds.unsigned_abs());
    let whole = match time.seconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(seconds),
        _ => SystemTime::UNIX_EPOCH.checked_sub(seconds),
    };
    whole?.checked_add(Duration::from_nanos(time.nanoseconds.into()))
}

#[cfg(test)]
mod tests;
