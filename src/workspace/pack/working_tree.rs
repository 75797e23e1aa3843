//! What is packed of the working tree: its files, what differs in its repository, and which submodules.

use std::collections::HashSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::repository::ReplacedFiles;
use crate::plan::job_plan::{Checkout, Submodules};
use crate::workspace::WorkspaceError;
use crate::workspace::project_files::{ProjectEntry, ProjectFiles};

/// How much of a `.gitmodules` file is read; each submodule takes about 100 bytes.
const MODULES_BYTES_MAX: u64 = 1 << 20;

/// How many submodules may be in each other.
const LEVELS_MAX: usize = 16;

/// The working tree of a project.
pub(super) struct PackedTree {
    pub(super) root: PathBuf,
    pub(super) files: ProjectFiles,
    pub(super) replaced: ReplacedFiles,
    submodules: Submodules,
}

impl PackedTree {
    /// Opens the working tree at `root`.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn open(root: &Path, checkout: &Checkout) -> Result<Self, WorkspaceError> {
        let unreadable = |source| WorkspaceError::Read { path: root.to_owned(), source };
        let repository = checkout.repository.as_ref();
        let mut files = ProjectFiles::with_repository(root, repository).map_err(unreadable)?;
        let replaced = ReplacedFiles::new(checkout, &mut files).map_err(unreadable)?;
        Ok(Self { root: root.to_owned(), files, replaced, submodules: checkout.submodules })
    }

    /// The paths of the submodules of the repository at `folder`, which lies below `level` others, as far as their files
    /// are wanted.
    ///
    /// # Errors
    /// Its `.gitmodules` cannot be read.
    pub(super) fn submodules(
        &mut self,
        folder: &Path,
        level: usize,
    ) -> Result<HashSet<PathBuf>, WorkspaceError> {
        let is_wanted = match self.submodules {
            Submodules::None => false,
            Submodules::Direct => level == 0,
            Submodules::Recursive => level < LEVELS_MAX,
        };
        if !is_wanted {
            return Ok(HashSet::new());
        }
        let path = folder.join(".gitmodules");
        let text = self
            .text(&path)
            .map_err(|source| WorkspaceError::Read { path: self.root.join(&path), source })?;
        Ok(module_paths(&text).map(|module| folder.join(module)).collect())
    }

    fn text(&mut self, path: &Path) -> io::Result<String> {
        let mut bytes = Vec::new();
        if let ProjectEntry::File(file) = self.files.entry(path)? {
            file.take(MODULES_BYTES_MAX).read_to_end(&mut bytes)?;
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The values of `path` in a `.gitmodules` file.
fn module_paths(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        key.trim().eq_ignore_ascii_case("path").then(|| value.trim().trim_matches('"').trim_end_matches('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_submodules_are_those_of_gitmodules() {
        let text = "[submodule \"a\"]\n\tpath = lib/a\n\turl = ../a.git\n[submodule \"b\"]\nPath=b/\n";
        assert_eq!(module_paths(text).collect::<Vec<_>>(), ["lib/a", "b"]);
    }
}
