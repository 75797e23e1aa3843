//! Reads the entries of the project's folder. No symbolic link is followed, and none can be exchanged in time: every
//! entry is read from the open folder that contains it.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Stat};

use super::linked_repository::{LinkedRepository, RepositoryPart};
use crate::linux::root_folder::{RootFolder, file_type, unless_missing};
use crate::plan::job_plan::RepositoryFolders;

/// The repository, relative to the project.
const REPOSITORY: &str = ".git";

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
    repository: Option<LinkedRepository>,
    /// The folder in which `parent` lies.
    within: Within,
    parent: PathBuf,
    /// `None` if there is no folder at `parent`.
    folder: Option<RootFolder>,
}

/// The folder in which an entry of the project lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Project,
    Repository(RepositoryPart),
}

impl ProjectFiles {
    /// Opens the project's folder.
    pub fn open(root: &Path) -> io::Result<Self> {
        let root = RootFolder::open(root)?;
        let folder = Some(root.subfolder(Path::new(""))?);
        Ok(Self { root, repository: None, within: Within::Project, parent: PathBuf::new(), folder })
    }

    /// Opens the project's folder, whose `.git` stands for a repository with these folders, if there are any.
    pub(super) fn with_repository(root: &Path, folders: Option<&RepositoryFolders>) -> io::Result<Self> {
        let repository = folders.map(LinkedRepository::open).transpose()?;
        Ok(Self { repository, ..Self::open(root)? })
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
        unless_missing(folder.entry_metadata(&name))
    }

    /// The names in the folder at `path` with their types; `None` if there is no folder.
    pub(super) fn entry_names(&self, path: &Path) -> io::Result<Option<Vec<(PathBuf, FileType)>>> {
        if let (Some(repository), Ok(below)) = (&self.repository, path.strip_prefix(REPOSITORY)) {
            let names = repository.entry_names(below)?.into_iter();
            return Ok(Some(names.map(|(name, kind)| (path.join(name), kind)).collect()));
        }
        let Some(folder) = unless_missing(self.root.subfolder(path))? else { return Ok(None) };
        let names = folder.entry_names()?;
        Ok(Some(names.into_iter().map(|(name, kind)| (path.join(name), kind)).collect()))
    }

    /// Opens what is at `path`.
    pub(super) fn entry(&mut self, path: &Path) -> io::Result<ProjectEntry> {
        let Some((folder, name)) = self.place(path)? else { return Ok(ProjectEntry::Missing) };
        let Some(metadata) = unless_missing(folder.entry_metadata(&name))? else {
            return Ok(ProjectEntry::Missing);
        };
        match file_type(&metadata) {
            FileType::Directory => Ok(ProjectEntry::Directory),
            FileType::RegularFile => open_file(folder, &name),
            FileType::Symlink => {
                let modified = metadata.st_mtime;
                let target = folder.entry_link(&name);
                Ok(unless_changed(target)?
                    .map_or(ProjectEntry::Changed, |target| ProjectEntry::Link { target, modified }))
            }
            _ => Ok(ProjectEntry::Special),
        }
    }

    /// The open folder that contains `path`, and the name in it; `None` without such a folder.
    fn place(&mut self, path: &Path) -> io::Result<Option<(&RootFolder, OsString)>> {
        let (within, path) = self.resolve(path);
        let parent = path.parent().unwrap_or(Path::new(""));
        if within != self.within || parent != self.parent {
            let root = match (within, &self.repository) {
                (Within::Repository(part), Some(repository)) => repository.folder(part),
                (Within::Repository(_), None) | (Within::Project, _) => &self.root,
            };
            self.folder = unless_missing(root.subfolder(parent))?;
            parent.clone_into(&mut self.parent);
            self.within = within;
        }
        Ok(self.folder.as_ref().zip(path.file_name().map(OsStr::to_owned)))
    }

    /// The folder in which the entry lies, and its path there.
    fn resolve<'p>(&self, path: &'p Path) -> (Within, Cow<'p, Path>) {
        match (&self.repository, path.strip_prefix(REPOSITORY)) {
            (Some(repository), Ok(below)) => {
                let (part, path) = repository.resolve(below);
                (Within::Repository(part), Cow::Owned(path))
            }
            (None, _) | (_, Err(_)) => (Within::Project, Cow::Borrowed(path)),
        }
    }
}

/// Opens a file that was regular when it was looked at.
fn open_file(folder: &RootFolder, name: &OsStr) -> io::Result<ProjectEntry> {
    match unless_changed(folder.open_entry(name))? {
        Some(file) if file.metadata()?.is_file() => Ok(ProjectEntry::File(file)),
        _ => Ok(ProjectEntry::Changed),
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
