//! The free space of the disks.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::fstatvfs;

use super::error::StoreError;

/// The space that stays free on the disk: a full disk breaks more than one job.
pub(super) const FREE_BYTES_MIN: u64 = 1_000_000_000;

/// Checks that `keep_free` bytes of the disk with the open `file` stay free after `more` bytes.
///
/// # Errors
/// They would not, or the disk cannot be asked. The error names `folder`.
pub(super) fn check_free(
    file: impl AsFd,
    folder: &Path,
    more: u64,
    keep_free: u64,
) -> Result<(), StoreError> {
    let available = free_bytes(file, folder)?;
    if available.saturating_sub(more) >= keep_free {
        return Ok(());
    }
    Err(StoreError::DiskFull { path: folder.to_owned(), available, keep_free })
}

/// The bytes that this user may still write on the disk with the open `file`.
///
/// # Errors
/// The disk cannot be asked. The error names `folder`.
pub(super) fn free_bytes(file: impl AsFd, folder: &Path) -> Result<u64, StoreError> {
    let disk = fstatvfs(file).map_err(|error| StoreError::Io {
        operation: "read the free space of",
        path: folder.to_owned(),
        source: io::Error::from(error),
    })?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
