//! Why a job has its state, as a word and the jobs that it is about.

use crate::executor::run_report::FailureKind;
use crate::schedule::job_state::StateReason;

/// The words of all reasons, and what each means.
pub(super) const REASONS: [(&str, &str); 14] = [
    ("script_failure", "failed: the script ended with `exit_code`"),
    ("timeout", "failed: the job took longer than its `timeout`, or a script longer than its own limit"),
    ("system_failure", "failed: an image, the engine or runner-lite failed"),
    ("job_failed", "skipped: a job before it has failed"),
    ("job_skipped", "skipped: a job that it needs was skipped"),
    ("job_not_started", "skipped: nobody starts an optional manual job that it needs"),
    ("job_canceled", "skipped: a job before it was canceled"),
    ("nothing_failed", "skipped: it runs after a failure only, and nothing has failed"),
    ("resource_taken", "waiting_for_resource: another job has its resource group"),
    ("blocked", "created: jobs before it wait for a person or for their time"),
    ("auto_canceled", "canceled: another job has failed, and the rest is not to go on"),
    ("stopped", "canceled: the user has stopped the run"),
    ("not_run_here", "success: it starts another pipeline (`trigger`), which does not happen here"),
    ("reused", "success: an earlier run has its artifacts"),
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
