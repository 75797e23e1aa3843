//! The status of a set of jobs: of a stage, of the pipeline, or of the jobs that a job waits for. This is GitLab's table.

use super::job_state::JobState;

/// The state of a job as it counts for other jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedState {
    /// Its state.
    pub state: JobState,
    /// Whether its failure, or that nobody starts it, is excused. A failure may become excused by its exit code.
    pub may_fail: bool,
}

/// The status of a set of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetStatus {
    /// GitLab's one word for all of them.
    pub state: JobState,
    /// Whether a job has failed, or was canceled, that may fail.
    pub has_warnings: bool,
}

/// The words that the jobs of a set contribute, each a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Words(u16);

impl Words {
    const CREATED: Self = Self(1);
    const MANUAL: Self = Self(1 << 1);
    const SCHEDULED: Self = Self(1 << 2);
    const WAITING: Self = Self(1 << 3);
    const PENDING: Self = Self(1 << 4);
    const RUNNING: Self = Self(1 << 5);
    const SUCCESS: Self = Self(1 << 6);
    const FAILED: Self = Self(1 << 7);
    const CANCELED: Self = Self(1 << 8);
    const SKIPPED: Self = Self(1 << 9);
    /// A failure that is excused.
    const WARNING: Self = Self(1 << 10);
    /// An optional manual job.
    const IGNORED: Self = Self(1 << 11);

    /// The word of a job.
    pub(super) fn of(job: CountedState) -> Self {
        match job.state {
            JobState::Failed | JobState::Canceled if job.may_fail => Self::WARNING,
            JobState::Manual if job.may_fail => Self::IGNORED,
            JobState::Created => Self::CREATED,
            JobState::Manual => Self::MANUAL,
            JobState::Scheduled => Self::SCHEDULED,
            JobState::WaitingForResource => Self::WAITING,
            JobState::Pending => Self::PENDING,
            JobState::Running => Self::RUNNING,
            JobState::Success => Self::SUCCESS,
            JobState::Failed => Self::FAILED,
            JobState::Canceled => Self::CANCELED,
            JobState::Skipped => Self::SKIPPED,
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn has(self, word: Self) -> bool {
        self.0 & word.0 != 0
    }

    /// Whether no other word than these is in the set.
    fn only(self, words: Self) -> bool {
        self.0 & !words.0 == 0
    }

    /// The status of the set: the first line of GitLab's table that fits. The order of the lines matters.
    fn status(self) -> JobState {
        let not_needed = Self::WARNING.and(Self::IGNORED);
        let ended = not_needed.and(Self::SUCCESS).and(Self::SKIPPED);
        let not_begun = not_needed.and(Self::PENDING).and(Self::CREATED).and(Self::SKIPPED);
        match self {
            set if set == Self::default() => JobState::Success,
            set if set.only(Self::SKIPPED.and(Self::IGNORED)) => JobState::Skipped,
            set if set.only(ended) => JobState::Success,
            set if set.only(not_needed.and(Self::CREATED)) => JobState::Created,
            set if set.only(ended.and(Self::CANCELED)) => JobState::Canceled,
            set if set.only(not_begun) => JobState::Pending,
            set if set.has(Self::RUNNING) || set.has(Self::PENDING) => JobState::Running,
            set if set.has(Self::WAITING) => JobState::WaitingForResource,
            set if set.has(Self::MANUAL) => JobState::Manual,
            set if set.has(Self::SCHEDULED) => JobState::Scheduled,
            set if set.has(Self::CREATED) => JobState::Running,
            _ => JobState::Failed,
        }
    }

    /// The status as that of stages, or of the pipeline.
    pub(super) fn of_stages(self) -> SetStatus {
        SetStatus { state: self.status(), has_warnings: self.has(Self::WARNING) }
    }

    /// The status as that of the needs of a job: one job that is skipped, or that nobody has to start, skips it.
    pub(super) fn of_needs(self) -> SetStatus {
        let state = match self.has(Self::SKIPPED) || self.has(Self::IGNORED) {
            true => JobState::Skipped,
            false => self.status(),
        };
        SetStatus { state, ..self.of_stages() }
    }
}

impl FromIterator<CountedState> for Words {
    fn from_iter<I: IntoIterator<Item = CountedState>>(jobs: I) -> Self {
        jobs.into_iter().fold(Self::default(), |words, job| words.and(Self::of(job)))
    }
}

/// The status of a stage, of several, or of the pipeline.
pub fn status_of_stages(jobs: impl IntoIterator<Item = CountedState>) -> SetStatus {
    jobs.into_iter().collect::<Words>().of_stages()
}

/// The status of the jobs that a job needs.
pub fn status_of_needs(jobs: impl IntoIterator<Item = CountedState>) -> SetStatus {
    jobs.into_iter().collect::<Words>().of_needs()
}

#[cfg(test)]
mod tests;
