//! A file that gets its name when it is complete.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::StoreError;
use super::folder::{StoreFolder, TEMPORARY_PREFIX, random};
use super::lock::{LockKind, try_lock};

/// A file with a temporary name. Dropping it removes the file; if the process is killed, its lock ends, which tells
/// others that nobody writes it.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    folder: Arc<StoreFolder>,
    temporary: String,
    name: String,
    is_kept: bool,
}

impl TemporaryFile {
    /// Creates a file that becomes `name`, and locks it.
    pub(super) fn create(folder: &Arc<StoreFolder>, name: &str) -> Result<(Self, File), StoreError> {
        let temporary = format!("{TEMPORARY_PREFIX}{:016x}-{name}", random());
        let file = folder.create_new(&temporary)?;
        let created = Self { folder: folder.clone(), temporary, name: name.to_owned(), is_kept: false };
        try_lock(&file, LockKind::Exclusive).map_err(|error| created.failed("lock the file", error))?;
        Ok((created, file))
    }

    /// Gives the file its name, in place of an older file. Returns its path.
    pub(super) fn keep(mut self) -> Result<PathBuf, StoreError> {
        self.folder.rename(&self.temporary, &self.name)?;
        self.is_kept = true;
        Ok(self.path())
    }

    /// Gives the file a name in another folder of the same disk. Returns its path.
    pub(super) fn keep_in(mut self, folder: &StoreFolder, name: &str) -> Result<PathBuf, StoreError> {
        self.folder.move_to(&self.temporary, folder, name)?;
        self.is_kept = true;
        Ok(folder.path().join(name))
    }

    /// The path that the file will have.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    pub(super) fn folder_path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn failed(&self, operation: &'static str, source: impl Into<io::Error>) -> StoreError {
        self.folder.failed(operation, self.name.as_ref(), source)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // A file that stays is removed by the next start, or with its folder.
            let _ = self.folder.remove_file(&self.temporary);
        }
    }
}
