//! How a job of a run ended, in a few words.

use crate::executor::run_report::{FailureKind, JobReport};
use crate::schedule::job_state::{JobState, StateReason};

/// The words for the state of a job, without the reason.
pub(super) fn state_word(job: &JobReport) -> String {
    match (job.state, job.failure()) {
        (JobState::Success, _) if job.reason == Some(StateReason::NotRunHere) => "not run here".to_owned(),
        (JobState::Success, _) if job.reason == Some(StateReason::Reused) => "passed before".to_owned(),
        (JobState::Success, _) => "passed".to_owned(),
        (JobState::Failed, Some(FailureKind::Timeout)) => "failed timeout".to_owned(),
        (JobState::Failed, Some(FailureKind::Script)) => {
            let code = job.outcome.as_ref().and_then(|outcome| outcome.exit_code());
            code.map_or("failed".to_owned(), |code| format!("failed {code}"))
        }
        (JobState::Failed, Some(FailureKind::System)) => "failed system".to_owned(),
        (JobState::Failed, None) => "failed".to_owned(),
        (JobState::Canceled, _) => "canceled".to_owned(),
        (JobState::Skipped, _) => "skipped".to_owned(),
        (JobState::Manual, _) => "manual".to_owned(),
        (JobState::Scheduled, _) => "delayed".to_owned(),
        (JobState::WaitingForResource, _) => "not reached".to_owned(),
        (JobState::Created | JobState::Pending | JobState::Running, _) => "not reached".to_owned(),
    }
}

/// The words for the state of a job, with the reason.
pub(super) fn state_text(job: &JobReport) -> String {
    let word = state_word(job);
    match job.reason.as_ref().and_then(reason_text) {
        Some(reason) => format!("{word}: {reason}"),
        None => word,
    }
}

/// Why a job has its state, as it follows a colon; `None` if the word for the state says it.
pub fn reason_text(reason: &StateReason) -> Option<String> {
    Some(match reason {
        StateReason::Failed(job) => format!("{job} failed"),
        StateReason::Skipped(job) => format!("{job} was skipped"),
        StateReason::NotStarted(job) => format!("nobody started {job}"),
        StateReason::Canceled(job) => format!("{job} was canceled"),
        StateReason::NothingFailed => "nothing failed".to_owned(),
        StateReason::WaitsForResource { resource, holder } if holder.is_empty() => {
            format!("resource group `{resource}` is taken")
        }
        StateReason::WaitsForResource { resource, holder } => {
            format!("resource group `{resource}` is held by {holder}")
        }
        StateReason::BlockedBy(jobs) => format!("blocked by {}", jobs.join(", ")),
        StateReason::AutoCanceled(job) => format!("{job} failed"),
        StateReason::Stopped | StateReason::NotRunHere | StateReason::Reused => return None,
    })
}
