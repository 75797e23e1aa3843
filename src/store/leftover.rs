//! What is done with a file or folder that a killed process has left.

use super::error::StoreError;
use super::folder::{FolderEntry, StoreFolder};

/// Does something with a leftover in a folder, and returns its size.
pub(super) type LeftoverAction = fn(&StoreFolder, &FolderEntry) -> Result<u64, StoreError>;

/// Leaves it alone.
pub(super) fn measure(folder: &StoreFolder, entry: &FolderEntry) -> Result<u64, StoreError> {
    if !entry.is_folder {
        return Ok(entry.bytes);
    }
    match folder.subfolder(&entry.name) {
        // Another process has just removed it.
        Err(error) if error.is_missing() => Ok(0),
        folder => folder?.bytes(),
    }
}

/// Removes it.
pub(super) fn remove(folder: &StoreFolder, entry: &FolderEntry) -> Result<u64, StoreError> {
    let bytes = measure(folder, entry)?;
    match entry.is_folder {
        true => folder.remove_folder(&entry.name)?,
        false => folder.remove_file(&entry.name)?,
    }
    Ok(bytes)
}
