//! Slots: the lowest free number among the jobs of a project that run at the same time, over all processes.

use super::error::StoreError;
use super::folder::StoreFolder;
use super::lock::FileLock;

/// How many jobs of one project may run at the same time on this host.
const SLOTS_MAX: usize = 256;

/// A slot. It is free again when this value is dropped, or the process ends.
#[derive(Debug)]
pub struct SlotLock {
    number: usize,
    _lock: FileLock,
}

impl SlotLock {
    /// Takes the lowest free slot of a folder. Its lock files stay, because removing one would race with others.
    pub(super) fn take(folder: &StoreFolder) -> Result<Self, StoreError> {
        for number in 0..SLOTS_MAX {
            if let Some(lock) = FileLock::attempt(folder, &number.to_string())? {
                return Ok(Self { number, _lock: lock });
            }
        }
        Err(StoreError::NoFreeSlot { slots: SLOTS_MAX })
    }

    /// The number, from 0.
    pub fn number(&self) -> usize {
        self.number
    }
}
