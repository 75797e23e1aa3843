//! What is recorded of an attempt, however it ends.

use std::time::Duration;

use super::coverage::Coverage;
use crate::executor::event::Phase;
use crate::plan::job_plan::JobPlan;

/// How long each phase took.
pub type Timings = Vec<(Phase, Duration)>;

/// What is known of a job's run, however it ends.
#[derive(Debug)]
pub struct Record {
    /// How long each phase took.
    pub timings: Timings,
    /// What the output has for `coverage`.
    pub coverage: Coverage,
}

impl Record {
    /// Of a job that is about to run.
    pub fn new(plan: &JobPlan) -> Self {
        Self { timings: Vec::new(), coverage: Coverage::new(plan.coverage.clone()) }
    }
}
