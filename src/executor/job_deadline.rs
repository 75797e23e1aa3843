//! When a job's time is over.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// When the job's `timeout` ends. It counts from the beginning of the attempt, as in GitLab, but for the time in which a
/// person has a shell in the container. Clones share it.
#[derive(Debug, Clone)]
pub struct JobDeadline(Arc<Mutex<Instant>>);

impl JobDeadline {
    pub fn new(at: Instant) -> Self {
        Self(Arc::new(Mutex::new(at)))
    }

    /// When the time is over, as far as is known now.
    pub fn at(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves out a time that does not count.
    pub fn postpone(&self, by: Duration) {
        let mut at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *at += by;
    }
}
