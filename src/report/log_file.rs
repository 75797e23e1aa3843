//! The file of a stored log, with a limit.

use std::fs::File;
use std::io::{self, Write};

use crate::amount;

/// The most bytes of a stored log: GitLab's default (`ci_jobs_trace_size_limit`). A job that prints without end fills no
/// disk.
const LOG_BYTES_MAX: u64 = 100 * 1024 * 1024;

/// A file that refuses to grow beyond the limit.
pub(super) struct LogFile(File);

impl LogFile {
    /// The same open file.
    ///
    /// # Errors
    /// The system has no room for another open file.
    pub(super) fn new(file: &File) -> io::Result<Self> {
        Ok(Self(file.try_clone()?))
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.metadata()?.len() >= LOG_BYTES_MAX {
            return Err(io::Error::other(format!(
                "it has reached the limit of {}",
                amount::size(LOG_BYTES_MAX)
            )));
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
