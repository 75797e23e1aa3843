//! Locks that die with the process: `flock(2)` on files of the store.
//!
//! Invariant: a file that is locked is never replaced while others may wait for it; a removed lock file belongs to a
//! folder that has been renamed before.

use std::fs::{File, TryLockError};
use std::io;
use std::time::{Duration, Instant};

use super::error::StoreError;
use super::folder::StoreFolder;

/// How long a lock may be held by others. They hold it for a few system calls, and no longer even on a slow disk.
const LOCK_WITHIN: Duration = Duration::from_secs(10);

/// The pause between two tries. The kernel's own wait has no limit.
const LOCK_POLL: Duration = Duration::from_millis(2);

/// A lock on a file. Dropping it unlocks the file, and so does the end of the process, however it ends.
#[derive(Debug)]
pub(super) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Locks a file against all others, waiting for a short time.
    pub(super) fn wait(folder: &StoreFolder, name: &str) -> Result<Self, StoreError> {
        let started = Instant::now();
        loop {
            if let Some(lock) = Self::attempt(folder, name)? {
                return Ok(lock);
            }
            if started.elapsed() > LOCK_WITHIN {
                return Err(StoreError::Locked { path: folder.path().join(name) });
            }
            #[expect(clippy::disallowed_methods, reason = "the store runs on threads that may block")]
            std::thread::sleep(LOCK_POLL);
        }
    }

    /// Locks a file against all others; `None` if another one has it. The file is created if it does not exist.
    pub(super) fn attempt(folder: &StoreFolder, name: &str) -> Result<Option<Self>, StoreError> {
        let file = folder.open_or_create(name)?;
        let locked = try_lock(&file).map_err(|error| folder.failed("lock the file", name.as_ref(), error))?;
        Ok(locked.then_some(Self { _file: file }))
    }

    /// Locks a file together with others that share it; `None` if one has it alone.
    pub(super) fn share(folder: &StoreFolder, name: &str) -> Result<Option<Self>, StoreError> {
        let file = folder.open_or_create(name)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(folder.failed("lock the file", name.as_ref(), error)),
        }
    }
}

/// Locks an open file against all others for as long as it is open; `false` if another one has it.
pub(super) fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
