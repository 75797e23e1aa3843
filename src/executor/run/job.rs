//! A job, run as often as its `retry` allows.

use std::sync::Arc;
use std::time::Instant;

use super::attempt::attempt;
use crate::executor::notice::Notice;
use crate::executor::outcome::{Failure, JobOutcome};
use crate::executor::run_context::RunContext;
use crate::plan::job_plan::JobPlan;

/// Runs one job, and runs it again after a failure that its `retry` covers, each time from nothing, as GitLab does.
/// Returns the outcome of the last attempt.
pub async fn execute(plan: JobPlan, mut context: RunContext) -> Arc<JobOutcome> {
    context.events = context.events.for_job(&plan.name);
    let plan = Arc::new(plan);
    let (mut retries, mut pulled_since) = (0, context.pulls.created());
    loop {
        // On the heap: two attempts beside each other, unoptimized, would fill a thread's stack of 2 MiB.
        let outcome = Box::pin(attempt(Arc::clone(&plan), context.clone(), pulled_since)).await;
        let cause = outcome.failure().and_then(Failure::retry_cause);
        let is_covered = cause.is_some_and(|(reason, exit_code)| plan.retry.covers(reason, exit_code));
        if !is_covered || retries == plan.retry.max {
            return outcome;
        }
        (retries, pulled_since) = (retries + 1, Instant::now());
        context.events.notice(Notice::JobRetried { retry: retries, max: plan.retry.max }).await;
    }
}
