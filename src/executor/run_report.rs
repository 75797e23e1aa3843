//! What a run consists of, how the states of its jobs change, and how it ended: one form for the summary, the JSON events and
//! the reports.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::outcome::JobOutcome;
use crate::pipeline::when::When;
use crate::schedule::job_state::{JobState, StateReason};
use crate::store::ArchiveSize;

/// What is known of a run when it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts {
    /// The name of the run in the store; `None` if nothing is stored.
    pub run: Option<String>,
    /// `CI_PIPELINE_ID`.
    pub pipeline_id: u64,
    /// The commit that is checked out; `None` outside of a repository, or before the first commit.
    pub commit: Option<String>,
    /// Whether files differ from the commit; `None` if that is not known.
    pub is_dirty: Option<bool>,
    /// When the run began.
    pub started: Timestamp,
    /// How many jobs may run at the same time.
    pub slots: usize,
    /// The jobs in the order of the pipeline. `exec` has one, or those that it runs.
    pub jobs: Vec<RunJob>,
}

/// A job of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunJob {
    /// Its name.
    pub name: String,
    /// The name of its stage.
    pub stage: String,
    /// The names of the jobs that it needs; `None` for a job that waits for all earlier stages.
    pub needs: Option<Vec<String>>,
    /// When it starts.
    pub when: When,
}

/// A job has another state now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStateChange {
    /// The number of the attempt at the job, from 1.
    pub attempt: u32,
    /// The state before.
    pub from: JobState,
    /// The state now. A failed attempt that is repeated goes from `Failed` to `Running`.
    pub to: JobState,
    /// Why, if that is not the job's own doing.
    pub reason: Option<StateReason>,
    /// The exit code of the script, if it has one.
    pub exit_code: Option<i64>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// What was known when it began.
    pub facts: Arc<RunFacts>,
    /// The state of the pipeline. `Manual` and `Scheduled` mean that a job blocks it, and nothing runs any more.
    pub status: JobState,
    /// Whether a job has failed that is allowed to.
    pub has_warnings: bool,
    /// The exit code of the program.
    pub code: u8,
    /// How long the run took.
    pub wall: Duration,
    /// The jobs, in the order of [`RunFacts::jobs`].
    pub jobs: Vec<JobReport>,
}

/// How a job of a run ended.
#[derive(Debug, Clone)]
pub struct JobReport {
    /// Its state.
    pub state: JobState,
    /// Why it has this state, if that is not its own doing.
    pub reason: Option<StateReason>,
    /// How its last attempt ended; `None` if the job has not run.
    pub outcome: Option<Arc<JobOutcome>>,
    /// Whether the pipeline goes on without it. A failure with an exit code that is allowed counts.
    pub may_fail: bool,
    /// How many attempts were made.
    pub attempts: u32,
    /// When the first attempt began.
    pub started: Option<Timestamp>,
    /// How long all attempts took together.
    pub duration: Duration,
    /// The archive of artifacts; `None` if there is none.
    pub artifacts: Option<ArchiveSize>,
    /// The figure that `coverage` found.
    pub coverage: Option<String>,
    /// The stored log.
    pub log: Option<PathBuf>,
}
