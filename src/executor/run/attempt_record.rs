//! Records of an attempt at a job, which are reported however it ends.

use std::time::Duration;

use tokio::time::Instant;

use super::coverage::Coverage;
use super::output_record::OutputRecord;
use crate::executor::event::Phase;
use crate::executor::hint::OutputTail;
use crate::executor::run_store::StoredFiles;
use crate::plan::job_plan::JobPlan;

/// The duration of each phase that was reached.
pub type Timings = Vec<(Phase, Duration)>;

/// What an attempt has recorded so far.
#[derive(Debug)]
pub struct AttemptRecord {
    pub timings: Timings,
    pub output: OutputRecord,
    /// What of the job's files is in the store.
    pub stored: StoredFiles,
    /// The phase that goes on, and its beginning.
    current: Option<(Phase, Instant)>,
}

impl AttemptRecord {
    /// The empty record of an attempt at `plan`.
    pub fn new(plan: &JobPlan) -> Self {
        Self {
            timings: Vec::new(),
            output: OutputRecord {
                coverage: Coverage::new(plan.coverage.clone()),
                tail: OutputTail::default(),
            },
            stored: StoredFiles::default(),
            current: None,
        }
    }

    /// Notes that a phase begins.
    pub fn begin(&mut self, phase: Phase) {
        self.current = Some((phase, Instant::now()));
    }

    /// Records the time of the phase that goes on, if there is one: the user may have stopped it.
    pub fn end(&mut self) {
        if let Some((phase, begun)) = self.current.take() {
            self.timings.push((phase, begun.elapsed()));
        }
    }

    /// Forgets the phase that goes on: the preparation has recorded its phases itself.
    pub fn forget(&mut self) {
        self.current = None;
    }
}
