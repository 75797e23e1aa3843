//! The asynchronous runtime.

use super::say;

/// Runs something to its end; `None`, with the reason said, where the machine refuses. One thread drives everything:
/// the work is the engine's.
pub(super) fn runtime<T>(work: impl Future<Output = T>) -> Option<T> {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => Some(runtime.block_on(work)),
        Err(error) => {
            say(&format!("error: cannot start: {error}"));
            None
        }
    }
}
