//! Why a job has its state, as a word and the jobs that it is about.

use crate::executor::run_report::FailureKind;
use crate::schedule::job_state::StateReason;

/// The words of all reasons, and what each means.
pub(super) const REASONS: [(&str, &str); 14] = [
    ("script_failure", "failed: the script ended with `exit_code`"),
    ("timeout", "failed: the job took longer than its `timeout`, or a script took longer than its own limit"),
    ("system_failure", "failed: an image, the engine or runner-lite failed"),
    ("job_failed", "skipped: an earlier job failed"),
    ("job_skipped", "skipped: a job that it needs was skipped"),
    ("job_not_started", "skipped: it needs an optional manual job that nobody starts"),
    ("job_canceled", "skipped: an earlier job was canceled"),
    ("nothing_failed", "skipped: it only runs after a failure, and no job failed"),
    ("resource_taken", "waiting_for_resource: another job has its resource group"),
    ("blocked", "created: an earlier job is manual or delayed, and has not started yet"),
    (
        "auto_canceled",
        "canceled: another job failed, and `--fail-fast` or `workflow:auto_cancel` stops the others",
    ),
    ("stopped", "canceled: the user stopped the run"),
    ("not_run_here", "success: it would trigger another pipeline, which is not supported"),
    ("reused", "success: it did not run again, because an earlier run has its artifacts"),
];

/// The words alone.
pub(super) const WORDS: [&str; REASONS.len()] = {
    let mut words = [""; REASONS.len()];
    let mut at = 0;
    while at < REASONS.len() {
        words[at] = REASONS[at].0;
        at += 1;
    }
    words
};

/// The word for a reason, or for what failed if there is no other reason; and the jobs that the reason names.
pub(super) fn reason(
    reason: Option<&StateReason>,
    failure: Option<FailureKind>,
) -> (Option<&'static str>, Vec<String>) {
    let Some(reason) = reason else { return (failure.map(FailureKind::as_str), Vec::new()) };
    let (word, jobs) = match reason {
        StateReason::Failed(job) => ("job_failed", vec![job.clone()]),
        StateReason::Skipped(job) => ("job_skipped", vec![job.clone()]),
        StateReason::NotStarted(job) => ("job_not_started", vec![job.clone()]),
        StateReason::Canceled(job) => ("job_canceled", vec![job.clone()]),
        StateReason::NothingFailed => ("nothing_failed", Vec::new()),
        StateReason::WaitsForResource { .. } => ("resource_taken", Vec::new()),
        StateReason::BlockedBy(jobs) => ("blocked", jobs.clone()),
        StateReason::AutoCanceled(job) => ("auto_canceled", vec![job.clone()]),
        StateReason::Stopped => ("stopped", Vec::new()),
        StateReason::NotRunHere => ("not_run_here", Vec::new()),
        StateReason::Reused => ("reused", Vec::new()),
    };
    (Some(word), jobs)
}
