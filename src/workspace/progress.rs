//! How far a packing is.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of a running packing, for the live line.
#[derive(Debug, Default)]
pub struct PackProgress {
    pub(super) files: AtomicU64,
    pub(super) bytes: AtomicU64,
}

impl PackProgress {
    /// The number of files and bytes that have been packed.
    pub fn so_far(&self) -> (u64, u64) {
        (self.files.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }
}

/// A file that counts the bytes which are read from it.
pub(super) struct CountedFile<'a, R> {
    pub(super) file: R,
    pub(super) progress: &'a PackProgress,
}

impl<R: Read> Read for CountedFile<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.progress.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
