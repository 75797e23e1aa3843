//! The asynchronous runtime. One thread drives everything: the engine does the work.

use std::io;

/// The system refuses a runtime.
#[derive(Debug, thiserror::Error)]
#[error("cannot start: {0}")]
pub struct RuntimeError(io::Error);

/// Runs `work` to its end.
///
/// # Errors
/// The system refuses a runtime, for instance because the process has no file descriptor left.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, RuntimeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.map_err(RuntimeError)?.block_on(work))
}
