//! The repository of a working tree whose `.git` is not a folder: what the job needs as one lies in two folders here.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::FileType;

use crate::linux::root_folder::{RootFolder, unless_missing};
use crate::plan::job_plan::RepositoryFolders;

/// What all working trees of a repository share, as git has it (`gitrepository-layout`).
const SHARED: [&str; 14] = [
    "branches",
    "common",
    "config",
    "gc.pid",
    "info",
    "logs",
    "lost-found",
    "objects",
    "packed-refs",
    "refs",
    "remotes",
    "rr-cache",
    "shallow",
    "svn",
];

/// What lies in folders that are shared, and still belongs to a working tree.
const OF_WORKING_TREE: [&str; 8] = [
    "info/sparse-checkout",
    "logs/HEAD",
    "logs/refs/bisect",
    "logs/refs/rewritten",
    "logs/refs/worktree",
    "refs/bisect",
    "refs/rewritten",
    "refs/worktree",
];

/// What ties a working tree to the repository, and means nothing in a copy.
const TIES: [&str; 3] = ["commondir", "gitdir", "locked"];

/// The open folders of a repository.
pub(super) struct LinkedRepository {
    /// The folder that contains the one of the working tree.
    above_own: RootFolder,
    own: OsString,
    common: RootFolder,
}

/// A part of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RepositoryPart {
    /// Belongs to the working tree.
    Own,
    /// All working trees share it.
    Common,
}

impl LinkedRepository {
    /// Opens the folders.
    ///
    /// # Errors
    /// One of them cannot be opened.
    pub(super) fn open(folders: &RepositoryFolders) -> io::Result<Self> {
        let RepositoryFolders { own, common } = folders;
        let (Some(above), Some(name)) = (own.parent(), own.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let (above_own, common) = (RootFolder::open(above)?, RootFolder::open(common)?);
        Ok(Self { above_own, own: name.to_owned(), common })
    }

    /// Where the paths of a part begin.
    pub(super) fn folder(&self, part: RepositoryPart) -> &RootFolder {
        match part {
            RepositoryPart::Own => &self.above_own,
            RepositoryPart::Common => &self.common,
        }
    }

    /// The part that has the entry, whose path is relative to the repository, and its path there.
    pub(super) fn resolve(&self, path: &Path) -> (RepositoryPart, PathBuf) {
        match part_of(path) {
            RepositoryPart::Own => (RepositoryPart::Own, self.own_path(path)),
            RepositoryPart::Common => (RepositoryPart::Common, path.to_owned()),
        }
    }

    /// The names in the folder at `path`, which is relative to the repository, with their types.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(super) fn entry_names(&self, path: &Path) -> io::Result<Vec<(OsString, FileType)>> {
        let mut names = Vec::new();
        for (part, inside) in
            [(RepositoryPart::Own, self.own_path(path)), (RepositoryPart::Common, path.to_owned())]
        {
            let folder = unless_missing(self.folder(part).subfolder(&inside))?;
            let found = folder.map(|folder| folder.entry_names()).transpose()?.unwrap_or_default();
            names.extend(found.into_iter().filter(|(name, _)| {
                let path = path.join(name);
                part_of(&path) == part && !TIES.iter().any(|tie| path == Path::new(tie))
            }));
        }
        Ok(names)
    }

    fn own_path(&self, path: &Path) -> PathBuf {
        match path.as_os_str().is_empty() {
            true => PathBuf::from(&self.own),
            false => Path::new(&self.own).join(path),
        }
    }
}

/// The part to which an entry belongs.
fn part_of(path: &Path) -> RepositoryPart {
    let begins = |names: &[&str]| names.iter().any(|name| path.starts_with(name));
    if begins(&SHARED) && !begins(&OF_WORKING_TREE) { RepositoryPart::Common } else { RepositoryPart::Own }
}
