//! Records of an attempt at a job, which are reported however it ends.

use std::time::Duration;

use super::coverage::Coverage;
use crate::executor::event::Phase;
use crate::plan::job_plan::JobPlan;

/// The duration of each phase that was reached.
pub type Timings = Vec<(Phase, Duration)>;

/// What an attempt has recorded so far.
#[derive(Debug)]
pub struct AttemptRecord {
    pub timings: Timings,
    pub coverage: Coverage,
}

impl AttemptRecord {
    /// The empty record of an attempt at `plan`.
    pub fn new(plan: &JobPlan) -> Self {
        Self { timings: Vec::new(), coverage: Coverage::new(plan.coverage.clone()) }
    }
}
