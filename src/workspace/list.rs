//! Which files belong to the project: what git tracks and does not ignore, or everything where there is no git.

use std::fs;
use std::path::{Path, PathBuf};

use super::WorkspaceError;
use crate::git::files::{self, GitFiles};

/// How the files were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// By `git ls-files`, and the repository's `.git` directory.
    Git,
    /// All that is there: this is no repository, or the host has no git.
    Everything,
}

/// Paths relative to the project's root, parents before their children.
pub struct Listing {
    method: Method,
    tracked: Option<GitFiles>,
    walk: DirectoryWalk,
}

impl Listing {
    /// Lists the project at `root`, with its repository.
    pub fn new(root: &Path) -> Result<Self, WorkspaceError> {
        let mut listing = Self::without_repository(root)?;
        // Scripts ask the repository itself too (`git describe`), so it goes along. A `.git` that is a file belongs to a
        // worktree or submodule, and points at a place of the host.
        let repository = PathBuf::from(".git");
        if listing.method == Method::Git && root.join(&repository).is_dir() {
            listing.walk.pending.push(repository);
        }
        Ok(listing)
    }

    /// Lists the files of the project at `root` alone.
    pub fn without_repository(root: &Path) -> Result<Self, WorkspaceError> {
        let (method, tracked) = match files::files(root) {
            Ok(files) => (Method::Git, Some(files)),
            Err(error) if error.is_without_repository() => (Method::Everything, None),
            Err(error) => return Err(WorkspaceError::Git(error)),
        };
        let mut walk = DirectoryWalk { root: root.to_owned(), pending: Vec::new() };
        if method == Method::Everything && root.is_dir() {
            walk.pending.push(PathBuf::new());
        }
        Ok(Self { method, tracked, walk })
    }

    /// How the files were found.
    pub fn method(&self) -> Method {
        self.method
    }
}

impl Iterator for Listing {
    type Item = Result<PathBuf, WorkspaceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(tracked) = &mut self.tracked {
            match tracked.next() {
                Some(path) => return Some(path.map_err(WorkspaceError::Git)),
                None => self.tracked = None,
            }
        }
        self.walk.next()
    }
}

/// A directory tree without following symbolic links, so it is as finite as the disk.
struct DirectoryWalk {
    root: PathBuf,
    pending: Vec<PathBuf>,
}

impl Iterator for DirectoryWalk {
    type Item = Result<PathBuf, WorkspaceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let path = self.pending.pop()?;
            let on_host = self.root.join(&path);
            if fs::symlink_metadata(&on_host).is_ok_and(|metadata| metadata.is_dir())
                && let Err(source) = self.enter(&path, &on_host)
            {
                return Some(Err(WorkspaceError::Read { path: on_host, source }));
            }
            // The root itself is the project directory, which the archive holds anyway.
            if path.as_os_str().is_empty() {
                continue;
            }
            return Some(Ok(path));
        }
    }
}

impl DirectoryWalk {
    fn enter(&mut self, path: &Path, on_host: &Path) -> std::io::Result<()> {
        let mut names = fs::read_dir(on_host)?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<Result<Vec<_>, _>>()?;
        names.sort_unstable_by(|a, b| b.cmp(a));
        self.pending.extend(names.into_iter().map(|name| path.join(name)));
        Ok(())
    }
}
