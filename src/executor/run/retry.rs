//! A job, run as often as its `retry` allows.

use std::sync::Arc;

use super::attempt::attempt;
use crate::executor::event::Tone;
use crate::executor::outcome::Verdict;
use crate::executor::run_context::RunContext;
use crate::plan::job_plan::JobPlan;

/// Runs one job, and runs it again as often as its `retry` says: each time from nothing, as in GitLab.
pub async fn execute(plan: JobPlan, host: RunContext) -> Verdict {
    let plan = Arc::new(plan);
    let mut retries = 0;
    loop {
        let (verdict, cause) = attempt(Arc::clone(&plan), host.clone()).await;
        let covered = cause.is_some_and(|(reason, exit_code)| plan.retry.covers(reason, exit_code));
        if !covered || retries == plan.retry.max {
            return verdict;
        }
        retries += 1;
        host.events.line(Tone::Plain, format!("Retrying the job ({retries} of {})", plan.retry.max)).await;
    }
}
