//! Reads the entries of the project's folder. No symbolic link is followed, and none can be exchanged in time: every
//! entry is read from the open folder that contains it.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Stat};

use crate::linux::root_folder::{RootFolder, file_type};

/// What lies at a path of the project.
pub(super) enum ProjectEntry {
    Directory,
    File(File),
    Link {
        target: PathBuf,
        /// When the link was made, in seconds since 1970.
        modified: i64,
    },
    /// A socket, a pipe or a device.
    Special,
    /// Something was there, and was removed or replaced before it could be opened.
    Changed,
    /// Nothing. Git also lists files that are deleted in the working tree, or whose folder is no folder any more.
    Missing,
}

/// The project's folder, and the folder of the entry that was read last.
pub struct ProjectFiles {
    root: RootFolder,
    parent: PathBuf,
    /// `None` if there is no folder at `parent`.
    folder: Option<RootFolder>,
}

impl ProjectFiles {
    /// Opens the project's folder.
    pub fn open(root: &Path) -> io::Result<Self> {
        let root = RootFolder::open(root)?;
        let folder = Some(root.subfolder(Path::new(""))?);
        Ok(Self { root, parent: PathBuf::new(), folder })
    }

    /// Whether there is something at `path`.
    pub fn contains(&mut self, path: &Path) -> bool {
        matches!(self.entry_type(path), Ok(Some(_)))
    }

    /// The type of the entry at `path`; `None` without one.
    pub(super) fn entry_type(&mut self, path: &Path) -> io::Result<Option<FileType>> {
        Ok(self.metadata(path)?.map(|metadata| file_type(&metadata)))
    }

    /// The metadata of the entry at `path`, of a symbolic link its own; `None` without an entry.
    pub(super) fn metadata(&mut self, path: &Path) -> io::Result<Option<Stat>> {
        let Some((folder, name)) = self.place(path)? else { return Ok(None) };
        unless_missing(folder.entry_metadata(name))
    }

    /// The names in the folder at `path` with their types; `None` if there is no folder.
    pub(super) fn entry_names(&self, path: &Path) -> io::Result<Option<Vec<(PathBuf, FileType)>>> {
        let Some(folder) = unless_missing(self.root.subfolder(path))? else { return Ok(None) };
        let names = folder.entry_names()?;
        Ok(Some(names.into_iter().map(|(name, kind)| (path.join(name), kind)).collect()))
    }

    /// Opens what is at `path`.
    pub(super) fn entry(&mut self, path: &Path) -> io::Result<ProjectEntry> {
        let Some((folder, name)) = self.place(path)? else { return Ok(ProjectEntry::Missing) };
        let Some(metadata) = unless_missing(folder.entry_metadata(name))? else {
            return Ok(ProjectEntry::Missing);
        };
        match file_type(&metadata) {
            FileType::Directory => Ok(ProjectEntry::Directory),
            FileType::RegularFile => open_file(folder, name),
            FileType::Symlink => {
                let modified = metadata.st_mtime;
                let target = folder.entry_link(name);
                Ok(unless_changed(target)?
                    .map_or(ProjectEntry::Changed, |target| ProjectEntry::Link { target, modified }))
            }
            _ => Ok(ProjectEntry::Special),
        }
    }

    /// The open folder that contains `path`, and the name in it; `None` without such a folder.
    fn place<'p>(&mut self, path: &'p Path) -> io::Result<Option<(&RootFolder, &'p OsStr)>> {
        let parent = path.parent().unwrap_or(Path::new(""));
        if parent != self.parent {
            self.folder = unless_missing(self.root.subfolder(parent))?;
            parent.clone_into(&mut self.parent);
        }
        Ok(self.folder.as_ref().zip(path.file_name()))
    }
}

/// Opens a file that was regular when it was looked at.
fn open_file(folder: &RootFolder, name: &OsStr) -> io::Result<ProjectEntry> {
    match unless_changed(folder.open_entry(name))? {
        Some(file) if file.metadata()?.is_file() => Ok(ProjectEntry::File(file)),
        _ => Ok(ProjectEntry::Changed),
    }
}

/// `None` if there is nothing, or a component of the path is no folder.
fn unless_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `None` if the entry is gone, or has become something that cannot be opened so: a link (`ELOOP`), a socket (`ENXIO`),
/// no link (`EINVAL`).
fn unless_changed<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    use rustix::io::Errno;
    let changed = [Errno::LOOP, Errno::NXIO, Errno::INVAL].map(|code| Some(code.raw_os_error()));
    match result {
        Err(error) if changed.contains(&error.raw_os_error()) => Ok(None),
        result => unless_missing(result),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_that_vanishes_or_is_replaced_before_it_is_opened_has_changed() {
        let directory = tempfile::tempdir().unwrap();
        let folder = RootFolder::open(directory.path()).unwrap();
        let path = directory.path().join("file");
        let open = || open_file(&folder, OsStr::new("file")).unwrap();
        assert!(matches!(open(), ProjectEntry::Changed), "it is gone");
        symlink("/etc/passwd", &path).unwrap();
        assert!(matches!(open(), ProjectEntry::Changed), "it is a link");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(open(), ProjectEntry::Changed), "it is a directory");
        fs::remove_dir(&path).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert!(matches!(open(), ProjectEntry::Changed), "it is a socket");
        drop(socket);
        fs::remove_file(&path).unwrap();
        fs::write(&path, "x").unwrap();
        assert!(matches!(open(), ProjectEntry::File(_)), "it is back");
    }
}
