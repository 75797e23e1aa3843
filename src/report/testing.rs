//! Streams for tests of logs.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::log_streams::LogStreams;

/// A stream that a test reads afterwards.
#[derive(Clone, Default)]
pub(super) struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Buffer {
    /// What was written to it.
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Streams that are these two.
pub(super) fn streams(
    stdout: impl Write + Send + 'static,
    stderr: impl Write + Send + 'static,
) -> LogStreams {
    LogStreams { stdout: Box::new(stdout), stderr: Box::new(stderr) }
}
