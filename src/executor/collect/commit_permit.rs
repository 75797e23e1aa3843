//! Whether the thread that stores files may still commit them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::refusal::StorageRefusal;

/// Whether something may be committed to the store. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct CommitPermit {
    is_withdrawn: Arc<AtomicBool>,
}

impl CommitPermit {
    /// Commits something to the store, unless the permit has been withdrawn.
    pub(super) fn commit<T>(&self, commit: impl FnOnce() -> T) -> Result<T, StorageRefusal> {
        match self.is_withdrawn.load(Ordering::Acquire) {
            true => Err(StorageRefusal::Stopped),
            false => Ok(commit()),
        }
    }

    /// Forbids every later commit. One that has begun may wait for a lock or the disk: who needs its end waits for the thread.
    pub(super) fn withdraw(&self) {
        self.is_withdrawn.store(true, Ordering::Release);
    }
}
