//! The files of the project: those that git tracks or does not ignore, or all files outside of a repository.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::FileType;

use super::WorkspaceError;
use super::project_files::ProjectFiles;
use crate::git::files::{self, GitFiles};
use crate::plan::job_plan::RepositoryFolders;

/// What the repository's owner has set up to run on the host. A clone has none of it, and neither has GitLab Runner's.
const HOOKS: &str = ".git/hooks";

/// How the files are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// With `git ls-files`, plus the repository's `.git` folder.
    Git,
    /// With git, in a folder that has the files of a commit alone.
    Commit,
    /// All files, because the project is no repository or the host has no git.
    Everything,
}

/// The paths of the project's files, relative to its root. A folder comes before its files.
pub struct Listing {
    method: Method,
    tracked: Option<GitFiles>,
    walk: DirectoryWalk,
}

impl Listing {
    /// Lists the files of the project at `root`, and those of its repository, which has the given folders if it is not the
    /// folder `.git`.
    pub(super) fn new(root: &Path, repository: Option<&RepositoryFolders>) -> Result<Self, WorkspaceError> {
        let mut listing = Self::without_repository(root)?;
        listing.walk.files =
            ProjectFiles::with_repository(root, repository).map_err(|source| unreadable(root, source))?;
        // Scripts use the repository as well (`git describe`), so it is copied. Another `.git` file belongs to a submodule,
        // or refers to any folder of the host, so it is not.
        let repository = PathBuf::from(".git");
        if listing.method == Method::Git {
            let found =
                listing.walk.files.entry_type(&repository).map_err(|source| unreadable(root, source))?;
            let found = found.filter(|kind| *kind != FileType::RegularFile);
            listing.walk.pending.extend(found.map(|kind| (repository, kind)));
        }
        Ok(listing)
    }

    /// Lists the files of the project at `root`, without its repository.
    pub fn without_repository(root: &Path) -> Result<Self, WorkspaceError> {
        let (method, tracked) = match files::files(root) {
            Ok(files) => (Method::Git, Some(files)),
            Err(error) if error.is_without_repository() => (Method::Everything, None),
            Err(error) => return Err(WorkspaceError::Git(error)),
        };
        let files = ProjectFiles::open(root).map_err(|source| unreadable(root, source))?;
        let mut walk = DirectoryWalk { root: root.to_owned(), files, pending: Vec::new() };
        if method == Method::Everything {
            walk.pending.push((PathBuf::new(), FileType::Directory));
        }
        Ok(Self { method, tracked, walk })
    }

    /// How the files are found.
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

fn unreadable(path: &Path, source: io::Error) -> WorkspaceError {
    WorkspaceError::Read { path: path.to_owned(), source }
}

/// The files of a directory tree. It does not follow symbolic links, so the walk ends.
struct DirectoryWalk {
    root: PathBuf,
    files: ProjectFiles,
    pending: Vec<(PathBuf, FileType)>,
}

impl Iterator for DirectoryWalk {
    type Item = Result<PathBuf, WorkspaceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (path, kind) = self.pending.pop()?;
            if path == Path::new(HOOKS) {
                continue;
            }
            if matches!(kind, FileType::Directory | FileType::Unknown)
                && let Err(source) = self.push_children(&path)
            {
                return Some(Err(unreadable(&self.root.join(path), source)));
            }
            // The archive contains the project directory anyway.
            if path.as_os_str().is_empty() {
                continue;
            }
            return Some(Ok(path));
        }
    }
}

impl DirectoryWalk {
    fn push_children(&mut self, path: &Path) -> io::Result<()> {
        let children = self.files.entry_names(path)?;
        self.pending.extend(children.into_iter().flatten().rev());
        Ok(())
    }
}
