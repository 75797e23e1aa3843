//! A folder of the store, in which every file is opened, created, renamed and removed relative to an open folder.
//!
//! Invariant: no symbolic link below the store's places is ever followed, so that a planted link leads no write
//! elsewhere. Folders get the mode 0700 and files 0600.

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, mkdirat, openat, readlinkat, renameat, statat, symlinkat,
    unlinkat,
};
use rustix::io::{Errno, retry_on_intr};

use super::error::StoreError;
use super::free_space::{FREE_BYTES_MIN, check_free};
use crate::linux::process::effective_user_id;

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// How many folders may lie in each other below a stored one that is removed: the store's own depth is 3.
const REMOVED_DEPTH_MAX: usize = 8;

/// An open folder of the store.
#[derive(Debug)]
pub(super) struct StoreFolder {
    folder: OwnedFd,
    path: PathBuf,
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FolderEntry {
    pub(super) name: OsString,
    pub(super) is_folder: bool,
    /// The size of a file.
    pub(super) bytes: u64,
}

impl StoreFolder {
    /// Opens one of the store's places, and creates it with its parents. Links in this path are the user's own.
    ///
    /// # Errors
    /// The folder cannot be created, or belongs to another user.
    pub(super) fn place(path: &Path) -> Result<Self, StoreError> {
        let failed = |operation| move |source| StoreError::Io { operation, path: path.to_owned(), source };
        let create = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path);
        create.map_err(failed("create the folder"))?;
        Self::existing_place(path)
    }

    /// Opens one of the store's places.
    ///
    /// # Errors
    /// The folder does not exist, or belongs to another user.
    pub(super) fn existing_place(path: &Path) -> Result<Self, StoreError> {
        let failed = |operation| move |source| StoreError::Io { operation, path: path.to_owned(), source };
        let foreign = |owner| match effective_user_id() {
            Some(user) if user != owner && user != 0 => {
                Err(StoreError::ForeignFolder { path: path.to_owned(), owner, user })
            }
            _ => Ok(()),
        };
        let opened = retry_on_intr(|| openat(CWD, path, flags_of_folder(), Mode::empty()));
        if opened.as_ref().is_err_and(|error| *error == Errno::ACCESS)
            && let Ok(metadata) = path.metadata()
        {
            foreign(metadata.uid())?;
        }
        let folder = File::from(opened.map_err(io::Error::from).map_err(failed("open the folder"))?);
        foreign(folder.metadata().map_err(failed("read the metadata of"))?.uid())?;
        Ok(Self { folder: folder.into(), path: path.to_owned() })
    }

    /// Opens a folder that exists.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub(super) fn existing(path: &Path) -> Result<Self, StoreError> {
        let opened = retry_on_intr(|| openat(CWD, path, flags_of_folder(), Mode::empty()));
        let folder = opened.map_err(|error| StoreError::Io {
            operation: "open the folder",
            path: path.to_owned(),
            source: error.into(),
        })?;
        Ok(Self { folder, path: path.to_owned() })
    }

    /// Where the folder is, for messages.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a subfolder that exists.
    pub(super) fn subfolder(&self, name: impl AsRef<OsStr>) -> Result<Self, StoreError> {
        let name = name.as_ref();
        let flags = flags_of_folder().union(OFlags::NOFOLLOW);
        let opened = retry_on_intr(|| openat(&self.folder, name, flags, Mode::empty()));
        let folder = opened.map_err(|error| self.failed("open the folder", name, error))?;
        Ok(Self { folder, path: self.path.join(name) })
    }

    /// Opens a subfolder, and creates it if it does not exist.
    pub(super) fn create_subfolder(&self, name: impl AsRef<OsStr>) -> Result<Self, StoreError> {
        let name = name.as_ref();
        match self.create_new_folder(name) {
            Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
                self.subfolder(name)
            }
            result => result,
        }
    }

    /// Creates a subfolder, which must not exist.
    pub(super) fn create_new_folder(&self, name: impl AsRef<OsStr>) -> Result<Self, StoreError> {
        let name = name.as_ref();
        let created = mkdirat(&self.folder, name, Mode::from_raw_mode(FOLDER_MODE));
        created.map_err(|error| self.failed("create the folder", name, error))?;
        self.subfolder(name)
    }

    /// Opens a regular file for reading. It never blocks.
    pub(super) fn open(&self, name: impl AsRef<OsStr>) -> Result<File, StoreError> {
        self.open_with(name.as_ref(), OFlags::RDONLY.union(OFlags::NONBLOCK), "open the file")
    }

    /// Creates a file, which must not exist, and opens it for reading and writing.
    pub(super) fn create_new(&self, name: impl AsRef<OsStr>) -> Result<File, StoreError> {
        let flags = OFlags::RDWR.union(OFlags::CREATE).union(OFlags::EXCL);
        self.open_with(name.as_ref(), flags, "create the file")
    }

    /// Opens a file for reading and writing, and creates it if it does not exist.
    pub(super) fn open_or_create(&self, name: impl AsRef<OsStr>) -> Result<File, StoreError> {
        let flags = OFlags::RDWR.union(OFlags::CREATE).union(OFlags::NONBLOCK);
        self.open_with(name.as_ref(), flags, "open the file")
    }

    /// Opens a file that exists for reading and writing.
    pub(super) fn open_to_lock(&self, name: impl AsRef<OsStr>) -> Result<File, StoreError> {
        self.open_with(name.as_ref(), OFlags::RDWR.union(OFlags::NONBLOCK), "open the file")
    }

    /// Opens a file at whose end every write is added, and creates it if it does not exist.
    pub(super) fn append_to(&self, name: impl AsRef<OsStr>) -> Result<File, StoreError> {
        let flags = OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::APPEND).union(OFlags::NONBLOCK);
        self.open_with(name.as_ref(), flags, "open the file")
    }

    fn open_with(&self, name: &OsStr, flags: OFlags, operation: &'static str) -> Result<File, StoreError> {
        let flags = flags.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::NOCTTY);
        let mode = Mode::from_raw_mode(FILE_MODE);
        let opened = retry_on_intr(|| openat(&self.folder, name, flags, mode));
        let file = File::from(opened.map_err(|error| self.failed(operation, name, error))?);
        let metadata = file.metadata().map_err(|error| self.failed("read the metadata of", name, error))?;
        if metadata.is_file() {
            return Ok(file);
        }
        Err(self.failed(operation, name, io::Error::other("it is not a regular file")))
    }

    /// Reads a file of at most `bytes_max` bytes.
    pub(super) fn read(&self, name: &str, bytes_max: u64) -> Result<Vec<u8>, StoreError> {
        self.read_file(&self.open(name)?, name, bytes_max)
    }

    /// Reads an open file of at most `bytes_max` bytes.
    pub(super) fn read_file(&self, file: &File, name: &str, bytes_max: u64) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        let read = file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| self.failed("read the file", name.as_ref(), error))?;
        if bytes.len() as u64 > bytes_max {
            let reason = format!("it is larger than {bytes_max} bytes");
            return Err(StoreError::Record { path: self.path.join(name), reason });
        }
        Ok(bytes)
    }

    /// Replaces a file by a temporary file and a rename, so that a reader finds the old content or the new one. The
    /// caller holds the lock that keeps others from replacing the same file; what a killed process has left is replaced.
    pub(super) fn replace(&self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        let temporary = format!("{TEMPORARY_PREFIX}{name}");
        self.remove_file(&temporary)?;
        let written = self.create_new(&temporary)?.write_all(content);
        written.map_err(|error| self.failed("write the file", temporary.as_ref(), error))?;
        self.rename(&temporary, name)
    }

    /// Makes `name` a symbolic link to `target`, in place of an older link or file, under a lock as [`Self::replace`].
    pub(super) fn replace_link(&self, name: &str, target: &Path) -> Result<(), StoreError> {
        let temporary = format!("{TEMPORARY_PREFIX}{name}");
        self.remove_file(&temporary)?;
        let created = symlinkat(target, &self.folder, &*temporary);
        created.map_err(|error| self.failed("create the link", temporary.as_ref(), error))?;
        self.rename(&temporary, name)
    }

    /// The target of a symbolic link as it is written; `None` if there is no link.
    pub(super) fn link_target(&self, name: &str) -> Result<Option<PathBuf>, StoreError> {
        match readlinkat(&self.folder, name, Vec::new()) {
            Ok(target) => Ok(Some(OsString::from_vec(target.into_bytes()).into())),
            Err(Errno::NOENT | Errno::INVAL) => Ok(None),
            Err(error) => Err(self.failed("read the link", name.as_ref(), error)),
        }
    }

    pub(super) fn rename(&self, from: impl AsRef<OsStr>, to: impl AsRef<OsStr>) -> Result<(), StoreError> {
        let from = from.as_ref();
        let renamed = renameat(&self.folder, from, &self.folder, to.as_ref());
        renamed.map_err(|error| self.failed("rename", from, error))
    }

    /// Moves a file into another folder of the same disk.
    pub(super) fn move_to(&self, from: &str, folder: &Self, to: &str) -> Result<(), StoreError> {
        let renamed = renameat(&self.folder, from, &folder.folder, to);
        renamed.map_err(|error| self.failed("rename", from.as_ref(), error))
    }

    /// Removes a file or a link. It is no error if there is none.
    pub(super) fn remove_file(&self, name: impl AsRef<OsStr>) -> Result<(), StoreError> {
        let name = name.as_ref();
        match unlinkat(&self.folder, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(self.failed("remove the file", name, error)),
        }
    }

    /// Removes a subfolder with all of its content, without following a link. It is no error if there is none.
    pub(super) fn remove_folder(&self, name: impl AsRef<OsStr>) -> Result<(), StoreError> {
        self.remove_folder_within(name.as_ref(), REMOVED_DEPTH_MAX)
    }

    fn remove_folder_within(&self, name: &OsStr, depth: usize) -> Result<(), StoreError> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(self.failed("remove the folder", name, io::Error::other("it is nested too deeply")));
        };
        let folder = match self.subfolder(name) {
            Err(error) if error.is_missing() => return Ok(()),
            folder => folder?,
        };
        for entry in folder.entries()? {
            if entry.is_folder {
                folder.remove_folder_within(&entry.name, depth)?;
            } else {
                folder.remove_file(&entry.name)?;
            }
        }
        match unlinkat(&self.folder, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(self.failed("remove the folder", name, error)),
        }
    }

    /// All entries, sorted by name.
    pub(super) fn entries(&self) -> Result<Vec<FolderEntry>, StoreError> {
        let unreadable = |error: Errno| self.failed("list the folder", OsStr::new(""), error);
        let flags = flags_of_folder();
        let folder = retry_on_intr(|| openat(&self.folder, ".", flags, Mode::empty()));
        let mut entries = Vec::new();
        for entry in Dir::new(folder.map_err(unreadable)?).map_err(unreadable)? {
            let name = OsString::from_vec(entry.map_err(unreadable)?.file_name().to_bytes().to_vec());
            if name == "." || name == ".." {
                continue;
            }
            let metadata = match statat(&self.folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
                // Another process has just removed it.
                Err(Errno::NOENT) => continue,
                metadata => metadata.map_err(|error| self.failed("read the metadata of", &name, error))?,
            };
            let kind = FileType::from_raw_mode(metadata.st_mode);
            let bytes = if kind.is_file() { u64::try_from(metadata.st_size).unwrap_or(0) } else { 0 };
            entries.push(FolderEntry { name, is_folder: kind.is_dir(), bytes });
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// The names of the subfolders that are valid UTF-8, sorted. The store itself writes no other ones.
    pub(super) fn subfolder_names(&self) -> Result<Vec<String>, StoreError> {
        let folders = self.entries()?.into_iter().filter(|entry| entry.is_folder);
        Ok(folders.filter_map(|entry| entry.name.into_string().ok()).collect())
    }

    /// The size of all files in the folder and its subfolders.
    pub(super) fn bytes(&self) -> Result<u64, StoreError> {
        self.bytes_within(REMOVED_DEPTH_MAX)
    }

    fn bytes_within(&self, depth: usize) -> Result<u64, StoreError> {
        let mut bytes: u64 = 0;
        for entry in self.entries()? {
            let below = match (entry.is_folder, depth.checked_sub(1)) {
                (true, Some(depth)) => match self.subfolder(&entry.name) {
                    Err(error) if error.is_missing() => 0,
                    folder => folder?.bytes_within(depth)?,
                },
                _ => entry.bytes,
            };
            bytes = bytes.saturating_add(below);
        }
        Ok(bytes)
    }

    /// Checks that the disk of the folder is not almost full.
    pub(super) fn check_free(&self) -> Result<(), StoreError> {
        check_free(&self.folder, &self.path, 0, FREE_BYTES_MIN)
    }

    /// An error about an entry; `""` is the folder itself.
    pub(super) fn failed(
        &self,
        operation: &'static str,
        name: &OsStr,
        source: impl Into<io::Error>,
    ) -> StoreError {
        let source = source.into();
        let path = if name.is_empty() { self.path.clone() } else { self.path.join(name) };
        let user = effective_user_id().filter(|_| source.kind() == io::ErrorKind::PermissionDenied);
        let foreign = user.and_then(|user| self.foreign(operation, name, user));
        foreign.unwrap_or(StoreError::Io { operation, path, source })
    }

    /// The error about an entry that belongs to somebody else than `user`; `None` if it does not.
    fn foreign(&self, operation: &'static str, name: &OsStr, user: u32) -> Option<StoreError> {
        let (name, path) = match name.is_empty() {
            true => (OsStr::new("."), self.path.clone()),
            false => (name, self.path.join(name)),
        };
        let owner = statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?.st_uid;
        let folder = self.path.clone();
        (owner != user).then_some(StoreError::Foreign { operation, path, owner, user, folder })
    }
}

const fn flags_of_folder() -> OFlags {
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC)
}

/// The prefix of temporary files that are renamed when they are complete.
pub(super) const TEMPORARY_PREFIX: &str = ".new-";

/// A number that differs at every call: the standard library keys its hash maps with such numbers.
pub(super) fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_user_is_told_with_its_owner_and_what_gives_it_back() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = StoreFolder::place(temporary.path()).unwrap();
        folder.create_new("iid.lock").unwrap();
        let (own, operation) = (temporary.path().metadata().unwrap().uid(), "open the file");
        assert!(folder.foreign(operation, "iid.lock".as_ref(), own).is_none());
        assert!(folder.foreign(operation, "none".as_ref(), own + 1).is_none());
        let error = folder.foreign(operation, "iid.lock".as_ref(), own + 1).unwrap().to_string();
        let (place, user) = (temporary.path().display(), own + 1);
        let expect = format!(
            "cannot open the file `{place}/iid.lock`: it belongs to uid {own}; `sudo chown -R {user} '{place}'` gives it \
             back, if `sudo` has made it"
        );
        assert_eq!(error, expect);
        let of_folder = folder.foreign("list the folder", OsStr::new(""), own + 1).unwrap().to_string();
        assert!(of_folder.starts_with(&format!("cannot list the folder `{place}`: ")), "{of_folder}");
    }
}
