//! The project's files on a file system. No link is followed, and none can be exchanged for a folder in time: every name is
//! looked up in the open folder that contains it.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::entry_budget::{EntryBudget, EntryLimits};
use super::tree::{NodeKind, Tree, TreeNode, split};
use crate::linux::root_folder::{RootFolder, file_type};

/// The project's folder, and the folder that was used last.
pub struct FolderTree {
    root: RootFolder,
    path: Vec<u8>,
    folder: Option<RootFolder>,
    /// The limits of the names in one folder, which are held in memory.
    pub(super) limits: EntryLimits,
}

impl FolderTree {
    /// Opens the project's folder.
    pub fn open(project_dir: &Path) -> io::Result<Self> {
        Ok(Self {
            root: RootFolder::open(project_dir)?,
            path: Vec::new(),
            folder: None,
            limits: EntryLimits::default(),
        })
    }

    fn folder(&mut self, path: &[u8]) -> io::Result<&RootFolder> {
        match self.folder.take() {
            Some(folder) if self.path == path => Ok(self.folder.insert(folder)),
            _ => {
                let folder = self.root.subfolder(Path::new(OsStr::from_bytes(path)))?;
                path.clone_into(&mut self.path);
                Ok(self.folder.insert(folder))
            }
        }
    }

    /// Calls `read` with the folder of `path` and the name in it.
    fn at<T>(
        &mut self,
        path: &[u8],
        read: impl FnOnce(&RootFolder, &OsStr) -> io::Result<T>,
    ) -> io::Result<T> {
        let (folder, name) = split(path);
        // The project's folder itself has no name.
        let name = if name.is_empty() { b"." } else { name };
        read(self.folder(folder)?, OsStr::from_bytes(name))
    }
}

impl Tree for FolderTree {
    type Content = File;

    fn node(&mut self, path: &[u8]) -> io::Result<Option<TreeNode>> {
        let metadata = match self.at(path, RootFolder::entry_metadata) {
            Ok(metadata) => metadata,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let kind = kind(file_type(&metadata)).unwrap_or(NodeKind::Special);
        let size =
            if kind == NodeKind::File { u64::try_from(metadata.st_size).unwrap_or_default() } else { 0 };
        let modified = u64::try_from(metadata.st_mtime);
        Ok(Some(TreeNode {
            kind,
            mode: metadata.st_mode & 0o777,
            uid: metadata.st_uid.into(),
            gid: metadata.st_gid.into(),
            modified: modified.unwrap_or_default(),
            modified_ns: if modified.is_ok() {
                u32::try_from(metadata.st_mtime_nsec).unwrap_or_default()
            } else {
                0
            },
            size,
        }))
    }

    fn names(&mut self, folder: &[u8]) -> io::Result<Vec<(Vec<u8>, Option<NodeKind>)>> {
        let mut budget = EntryBudget::new(self.limits);
        let check = |name: &[u8]| budget.take(name, b"").map_err(io::Error::other);
        let names = self.folder(folder)?.entry_names_while(check)?;
        Ok(names.into_iter().map(|(name, found)| (name.into_vec(), kind(found))).collect())
    }

    fn link_target(&mut self, path: &[u8]) -> io::Result<Vec<u8>> {
        self.at(path, RootFolder::entry_link).map(|target| target.into_os_string().into_vec())
    }

    fn has_target(&mut self, path: &[u8]) -> bool {
        self.at(path, RootFolder::entry_target_metadata).is_ok()
    }

    fn open(&mut self, path: &[u8]) -> io::Result<Option<(File, u64)>> {
        let file = match self.at(path, RootFolder::open_entry) {
            Ok(file) => file,
            Err(error) if is_missing(&error) || is_replaced(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let metadata = file.metadata()?;
        Ok(metadata.is_file().then_some((file, metadata.len())))
    }
}

/// `None` if the file system does not tell.
fn kind(found: FileType) -> Option<NodeKind> {
    Some(match found {
        FileType::Unknown => return None,
        FileType::RegularFile => NodeKind::File,
        FileType::Directory => NodeKind::Directory,
        FileType::Symlink => NodeKind::Link,
        _ => NodeKind::Special,
    })
}

/// Whether nothing is there, or a component of the path is no folder (any more).
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether it has become a link or a socket.
fn is_replaced(error: &io::Error) -> bool {
    [Errno::LOOP, Errno::NXIO].iter().any(|code| error.raw_os_error() == Some(code.raw_os_error()))
}
