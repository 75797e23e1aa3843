//! Pointers of Git LFS.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// How a pointer of Git LFS begins.
const LFS_START: [u8; 42] = *b"version https://git-lfs.github.com/spec/v1";

/// The size of such a pointer: at least the line with the hash, and less than 1024 bytes by its specification.
const LFS_POINTER_BYTES: std::ops::Range<u64> = 100..1024;

/// Whether a file stands for one that Git LFS has not fetched.
pub(super) fn is_lfs_pointer(file: &File) -> bool {
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let mut start = [0; LFS_START.len()];
    LFS_POINTER_BYTES.contains(&size) && file.read_exact_at(&mut start, 0).is_ok() && start == LFS_START
}
