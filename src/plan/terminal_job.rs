//! A job in whose container a person gets a terminal.

use super::job_plan::{AllowFailure, ArtifactsPlan, CachePolicy, JobPlan, TERMINAL_TIMEOUT, TerminalUse};

impl JobPlan {
    /// The same job with a terminal. It runs once, because a person looks at it. Where the terminal takes the place of the
    /// script, no time limit of the file counts and nothing of the job is kept: it has done nothing.
    pub fn with_terminal(self, terminal: TerminalUse) -> Self {
        let mut plan = Self { terminal, ..self };
        if terminal == TerminalUse::Never {
            return plan;
        }
        plan.retry.max = 0;
        if terminal == TerminalUse::InPlaceOfScript {
            plan.timeout = plan.timeout.max(TERMINAL_TIMEOUT);
            plan.script_timeout = None;
            plan.allow_failure = AllowFailure::No;
            plan.script.clear();
            plan.after_script.clear();
            plan.coverage = None;
            plan.artifacts = ArtifactsPlan::default();
            plan.caches.retain(|cache| cache.policy.as_ref().is_ok_and(|policy| policy.restores()));
            plan.caches.iter_mut().for_each(|cache| cache.policy = Ok(CachePolicy::Pull));
        }
        plan
    }
}
