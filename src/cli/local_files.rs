//! The project's files, for `include: local`.

use std::path::{Component, Path, PathBuf};

use super::text_file;
use crate::pipeline::glob::matches;
use crate::pipeline::include::ProjectFiles;
use crate::workspace::list::Listing;

/// Files below a folder, uncommitted ones included.
pub struct LocalFiles {
    root: PathBuf,
}

impl LocalFiles {
    /// Of the project at `root`.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }
}

impl ProjectFiles for LocalFiles {
    fn read(&mut self, path: &str) -> Option<String> {
        let path = Path::new(path);
        let is_inside =
            path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if is_inside { text_file::read(&self.root.join(path)).ok() } else { None }
    }

    fn matching(&mut self, pattern: &str) -> Vec<String> {
        let mut found = paths(&self.root);
        found.retain(|path| matches(pattern, path));
        found.sort();
        found
    }
}

/// The paths of the project's files, without its repository; none where they cannot be listed.
pub fn paths(root: &Path) -> Vec<String> {
    let listing = Listing::without_repository(root).into_iter().flatten().flatten();
    listing.map(|path| path.to_string_lossy().into_owned()).collect()
}
