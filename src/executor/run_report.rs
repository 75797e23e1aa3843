//! What a run consists of, how the states of its jobs change, and how it ended: one form for the summary, the JSON events and
//! the reports.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::executed_job::ExecutedJob;
use super::outcome::{Allowed, Failure, JobOutcome};
use crate::pipeline::when::When;
use crate::schedule::job_state::{JobState, StateReason};
use crate::store::{ArchiveSize, JOB_LOG};

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
    /// What failed, if something did.
    pub failure: Option<FailureKind>,
    /// The exit code of the script, if it has one.
    pub exit_code: Option<i64>,
    /// Whether the attempt has failed and another one follows.
    pub is_repeated: bool,
}

/// What made a job fail, in the words of the summary and the reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Its script, which has an exit code.
    Script,
    /// Its time limit.
    Timeout,
    /// The runner, the engine or an image.
    System,
}

impl JobStateChange {
    /// A change that no attempt at the job has brought about.
    pub fn new(from: JobState, to: JobState, reason: Option<StateReason>) -> Self {
        Self { attempt: 1, from, to, reason, failure: None, exit_code: None, is_repeated: false }
    }

    /// An attempt has ended, and the job with it. `reason` says why it was stopped.
    pub fn ended(attempt: u32, outcome: &JobOutcome, reason: Option<StateReason>) -> Self {
        let change = Self::new(JobState::Running, outcome.state(), reason);
        Self { attempt, failure: FailureKind::of(outcome), exit_code: outcome.exit_code(), ..change }
    }

    /// An attempt has ended, and another one follows.
    pub fn will_repeat(attempt: u32, outcome: &JobOutcome) -> Self {
        Self { is_repeated: true, ..Self::ended(attempt, outcome, None) }
    }

    /// A failed attempt is repeated; `attempt` is the number of the next one.
    pub fn repeated(attempt: u32) -> Self {
        Self { attempt, ..Self::new(JobState::Failed, JobState::Running, None) }
    }
}

impl FailureKind {
    /// What failed; `None` if nothing did, or the job was stopped.
    pub fn of(outcome: &JobOutcome) -> Option<Self> {
        match outcome.failure()? {
            Failure::Interrupted(_) => None,
            Failure::Script { .. } => Some(Self::Script),
            Failure::Timeout { .. } | Failure::ScriptTimeout { .. } => Some(Self::Timeout),
            _ => Some(Self::System),
        }
    }

    /// The word of the JSON events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Script => "script_failure",
            Self::Timeout => "timeout",
            Self::System => "system_failure",
        }
    }
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
    /// Whether `allow_failure` covers its failure, so that the pipeline goes on.
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

impl JobReport {
    /// The report of a job that has not run.
    pub fn not_run(state: JobState, reason: Option<StateReason>) -> Self {
        Self {
            state,
            reason,
            outcome: None,
            may_fail: false,
            attempts: 0,
            started: None,
            duration: Duration::ZERO,
            artifacts: None,
            coverage: None,
            log: None,
        }
    }

    /// The report of a job that has run. `reason` says why it was stopped.
    pub fn of(job: ExecutedJob, reason: Option<StateReason>) -> Self {
        let ExecutedJob { outcome, attempts, started, took, archive, coverage, folder } = job;
        Self {
            state: outcome.state(),
            reason,
            may_fail: matches!(&*outcome, JobOutcome::Failed(_, Allowed::Yes)),
            attempts,
            started: (attempts > 0).then_some(started),
            duration: took,
            artifacts: archive,
            coverage,
            log: folder.map(|folder| folder.join(JOB_LOG)),
            outcome: Some(outcome),
        }
    }

    /// What failed, if something did.
    pub fn failure(&self) -> Option<FailureKind> {
        FailureKind::of(self.outcome.as_deref()?)
    }

    /// Whether the job has failed, and the pipeline goes on.
    pub fn is_warning(&self) -> bool {
        self.may_fail && self.state == JobState::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::shutdown::Signal;

    #[test]
    fn a_job_that_was_stopped_is_canceled_and_only_a_failure_can_be_a_warning() {
        let report = |outcome| {
            let job = ExecutedJob {
                outcome: Arc::new(outcome),
                attempts: 2,
                started: Timestamp::UNIX_EPOCH,
                took: Duration::from_secs(3),
                archive: None,
                coverage: None,
                folder: Some("/store/job".into()),
            };
            JobReport::of(job, None)
        };
        let stopped = report(JobOutcome::Failed(Failure::Interrupted(Signal::Interrupt), Allowed::No));
        assert_eq!((stopped.state, stopped.failure()), (JobState::Canceled, None));
        let allowed = report(JobOutcome::Failed(Failure::script(7), Allowed::Yes));
        assert_eq!((allowed.state, allowed.is_warning()), (JobState::Failed, true));
        assert_eq!(allowed.log, Some("/store/job/log".into()));
        let change = JobStateChange::ended(2, allowed.outcome.as_ref().unwrap(), None);
        assert_eq!((change.exit_code, change.failure), (Some(7), Some(FailureKind::Script)));
        let timeout = report(JobOutcome::Failed(Failure::Timeout { after: Duration::ZERO }, Allowed::No));
        assert_eq!((timeout.failure(), timeout.is_warning()), (Some(FailureKind::Timeout), false));
    }
}
