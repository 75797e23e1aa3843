//! What a job has come to, over all of its attempts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::outcome::JobOutcome;
use crate::store::ArchiveSize;

/// The result of a job.
#[derive(Debug, Clone)]
pub struct ExecutedJob {
    /// The outcome of the last attempt.
    pub outcome: Arc<JobOutcome>,
    /// How many attempts were made, from 1.
    pub attempts: u32,
    /// When the first attempt began.
    pub started: Timestamp,
    /// How long all attempts took, with the removal of what they created.
    pub took: Duration,
    /// The archive of artifacts that the last attempt has stored; `None` without one.
    pub archive: Option<ArchiveSize>,
    /// The figure that `coverage` found in the last attempt.
    pub coverage: Option<String>,
    /// Where the store has the job's log and files; `None` without a store.
    pub folder: Option<PathBuf>,
}

impl ExecutedJob {
    /// The result of a job that could not be started at this time.
    pub fn not_started(outcome: JobOutcome, at: Timestamp) -> Self {
        Self {
            outcome: Arc::new(outcome),
            attempts: 0,
            started: at,
            took: Duration::ZERO,
            archive: None,
            coverage: None,
            folder: None,
        }
    }
}
