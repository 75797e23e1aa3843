//! Locks that die with the process: `flock(2)` on files of the store.
//!
//! Invariant: a lock file is removed only together with its folder, by a process that holds all of the folder's locks.

use std::fs::{File, TryLockError};
use std::io;
use std::time::{Duration, Instant};

use super::error::StoreError;
use super::folder::StoreFolder;

/// How long a lock may be held by others. They hold it for a few system calls, and no longer even on a slow disk.
const LOCK_WITHIN: Duration = Duration::from_secs(10);

/// How long a lock may be held by others that only look whether somebody has it.
const LOOK_WITHIN: Duration = Duration::from_millis(20);

/// The pause between two tries. The kernel's own wait has no limit.
const LOCK_POLL: Duration = Duration::from_millis(2);

/// A lock on a file. Dropping it unlocks the file, and so does the end of the process, however it ends.
#[derive(Debug)]
pub(super) struct FileLock {
    file: File,
}

/// Who may lock the same file meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockKind {
    Exclusive,
    Shared,
}

impl FileLock {
    /// Locks a file against all others, waiting for a short time. The file is created if it does not exist.
    pub(super) fn wait(folder: &StoreFolder, name: &str) -> Result<Self, StoreError> {
        let locked =
            Self::within(folder, name, folder.open_or_create(name)?, LockKind::Exclusive, LOCK_WITHIN)?;
        locked.ok_or_else(|| StoreError::Locked { path: folder.path().join(name) })
    }

    /// Locks a file against all others; `None` if another one has it. The file is created if it does not exist.
    pub(super) fn attempt(folder: &StoreFolder, name: &str) -> Result<Option<Self>, StoreError> {
        let file = folder.open_or_create(name)?;
        Self::within(folder, name, file, LockKind::Exclusive, Duration::ZERO)
    }

    /// Locks a file that exists; `None` if another one has it, and does not only look.
    ///
    /// # Errors
    /// There is no such file, or it cannot be opened.
    pub(super) fn existing(
        folder: &StoreFolder,
        name: &str,
        kind: LockKind,
    ) -> Result<Option<Self>, StoreError> {
        Self::within(folder, name, folder.open_to_lock(name)?, kind, LOOK_WITHIN)
    }

    /// Whether somebody has locked a file against all others. `false` if there is no such file.
    pub(super) fn is_held(folder: &StoreFolder, name: &str) -> Result<bool, StoreError> {
        match folder.open_to_lock(name) {
            Err(error) if error.is_missing() => Ok(false),
            file => {
                let lock = Self::within(folder, name, file?, LockKind::Shared, Duration::ZERO)?;
                Ok(lock.is_none())
            }
        }
    }

    /// The locked file.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    fn within(
        folder: &StoreFolder,
        name: &str,
        file: File,
        kind: LockKind,
        limit: Duration,
    ) -> Result<Option<Self>, StoreError> {
        let started = Instant::now();
        loop {
            let locked = try_lock(&file, kind);
            if locked.map_err(|error| folder.failed("lock the file", name.as_ref(), error))? {
                return Ok(Some(Self { file }));
            }
            if started.elapsed() >= limit {
                return Ok(None);
            }
            #[expect(clippy::disallowed_methods, reason = "the store runs on threads that may block")]
            std::thread::sleep(LOCK_POLL);
        }
    }
}

/// Locks an open file for as long as it is open; `false` if another one has it.
pub(super) fn try_lock(file: &File, kind: LockKind) -> io::Result<bool> {
    let locked = match kind {
        LockKind::Exclusive => file.try_lock(),
        LockKind::Shared => file.try_lock_shared(),
    };
    match locked {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
