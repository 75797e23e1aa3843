//! Whether the thread that stores files may still commit them.

use std::sync::{Arc, Mutex, PoisonError};

use super::refusal::StorageRefusal;

/// Whether something may be committed to the store. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct CommitPermit {
    is_withdrawn: Arc<Mutex<bool>>,
}

impl CommitPermit {
    /// Commits something to the store, unless the permit has been withdrawn.
    pub(super) fn commit<T>(&self, commit: impl FnOnce() -> T) -> Result<T, StorageRefusal> {
        let is_withdrawn = self.is_withdrawn.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_withdrawn {
            return Err(StorageRefusal::Stopped);
        }
        Ok(commit())
    }

    /// Forbids every later commit, and waits for the end of one that has begun: it only renames files.
    pub(super) fn withdraw(&self) {
        *self.is_withdrawn.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }
}
