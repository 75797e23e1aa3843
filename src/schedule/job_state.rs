//! The states of a job, with GitLab's names.

use std::fmt;

/// The state of a job, or of a set of jobs: a stage, the needs of a job, or the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobState {
    /// It is not decided yet what becomes of the job.
    Created,
    /// Its turn has come, and it waits for a person.
    Manual,
    /// Its turn has come, and it waits until `start_in` is over.
    Scheduled,
    /// Another job has its resource group.
    WaitingForResource,
    /// It may run, and waits for a free slot.
    Pending,
    /// It runs.
    Running,
    /// It has passed.
    Success,
    /// It has failed.
    Failed,
    /// It was stopped, or never started because the run was stopped.
    Canceled,
    /// It does not run because of what became of the jobs before it.
    Skipped,
}

impl JobState {
    /// GitLab's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Manual => "manual",
            Self::Scheduled => "scheduled",
            Self::WaitingForResource => "waiting_for_resource",
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Skipped => "skipped",
        }
    }

    /// Whether the state is an end, for which later jobs wait. A manual job that nobody starts has not ended.
    pub fn is_complete(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Canceled | Self::Skipped)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Why a job has its state, if that is not its own doing. Jobs are given by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateReason {
    /// Skipped, because this job before it has failed.
    Failed(String),
    /// Skipped, because this job that it needs was skipped.
    Skipped(String),
    /// Skipped, because nobody starts this optional manual job that it needs.
    NotStarted(String),
    /// Skipped, because this job before it was canceled.
    Canceled(String),
    /// Skipped, because the job runs only after a failure, and no job before it has failed.
    NothingFailed,
    /// Waiting: another job has its resource group.
    WaitsForResource {
        /// The name of the resource group.
        resource: String,
        /// Which run of another process has it, and its job; empty if it is a job of this run.
        holder: String,
    },
    /// Created: these jobs before it wait for a person or for their time.
    BlockedBy(Vec<String>),
    /// Canceled by `workflow:auto_cancel:on_job_failure` or `--fail-fast`, because this job has failed.
    AutoCanceled(String),
    /// Canceled, because the user has stopped the run.
    Stopped,
    /// Success without having run: the job starts another pipeline (`trigger`), which does not happen here.
    NotRunHere,
    /// Success without having run again: an earlier run has its artifacts (`--resume`).
    Reused,
}
