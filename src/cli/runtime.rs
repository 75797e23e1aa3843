//! The asynchronous runtime. One thread drives everything: the engine does the work.

use std::io;

/// The system refuses a runtime.
#[derive(Debug, thiserror::Error)]
#[error("cannot start: {0}")]
pub struct RuntimeError(io::Error);

/// Runs `work` to its end. Blocking calls that `work` has begun and no longer waits for, such as a read of a disk that
/// does not answer, end with the process.
///
/// # Errors
/// The system refuses a runtime, for instance because the process has no file descriptor left.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, RuntimeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(RuntimeError)?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(result)
}
