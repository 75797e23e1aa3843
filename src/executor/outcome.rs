//! The outcome of a job, as a value.

use std::time::Duration;

use super::failed_command::{FailedCommand, ScriptPosition};
use super::hint::Hint;
use super::image::pull_error::PullError;
use super::notice::ServiceLabel;
use super::shutdown::Signal;
use crate::amount;
use crate::engine::error::EngineError;
use crate::plan::job_plan::{AllowFailure, FailureReason, ScriptItem, UnknownCachePolicy};
use crate::schedule::job_state::JobState;
use crate::workspace::WorkspaceError;

/// The outcome of a job.
#[derive(Debug)]
pub enum JobOutcome {
    /// The script's exit code was 0.
    Passed,
    /// The job failed, for this reason.
    Failed(Failure, Allowed),
}

impl JobOutcome {
    /// The outcome of an attempt at a job with this `allow_failure`.
    pub fn new(result: Result<(), Failure>, rule: &AllowFailure) -> Self {
        match result {
            Ok(()) => Self::Passed,
            Err(failure) => {
                let allowed = failure.allowed(rule);
                Self::Failed(failure, allowed)
            }
        }
    }

    /// Why the job failed, also if `allow_failure` covers it.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Passed => None,
            Self::Failed(failure, _) => Some(failure),
        }
    }

    /// The state of the job: a job that the user has stopped is canceled.
    pub fn state(&self) -> JobState {
        match self.failure() {
            None => JobState::Success,
            Some(Failure::Interrupted(_)) => JobState::Canceled,
            Some(_) => JobState::Failed,
        }
    }

    /// The exit code of the scripts, if they have one.
    pub fn exit_code(&self) -> Option<i64> {
        self.failure().map_or(Some(0), Failure::exit_code)
    }
}

/// What is known of a script that no shell has reported to have received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptArrival {
    /// Its shell has seen the end of its input too early, so that no command has run.
    Cut,
    /// Nothing: commands may have run.
    Unknown,
}

/// Whether `allow_failure` covers a failure, so that a pipeline continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    Yes,
    No,
}

/// Why a job failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The script ended with another exit code than 0, or `after_script` did and `AFTER_SCRIPT_IGNORE_ERRORS` is false.
    #[error("exit code {exit_code}")]
    Script {
        /// As the engine gives it: from 1 to 255, and 128 + n after signal n.
        exit_code: i64,
        /// The command that failed, if the shell has reported it.
        command: Option<Box<FailedCommand>>,
        /// What may help.
        hint: Option<Box<Hint>>,
    },
    /// The job exceeded its `timeout`.
    #[error("execution took longer than {}", amount::duration(*after))]
    Timeout { after: Duration },
    /// The script exceeded `RUNNER_SCRIPT_TIMEOUT`, but not the job's `timeout`.
    #[error("script timeout: execution took longer than {}", amount::duration(*after))]
    ScriptTimeout { after: Duration },
    /// A service ended before the script, and the user wants that to fail the job (`--fail-on-service`).
    #[error("service {service} has exited with code {exit_code}{}", why_killed(*oom_killed))]
    ServiceEnded { service: ServiceLabel, exit_code: i64, oom_killed: bool },
    /// The user stopped the job.
    #[error("canceled")]
    Interrupted(Signal),
    /// An image is unavailable.
    #[error("failed to pull image \"{image}\" with specified policies {policies}: {error}")]
    Pull {
        image: String,
        /// `[always if-not-present]`.
        policies: String,
        /// The error under the last policy.
        error: Box<PullError>,
    },
    /// A call to the engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The sources could not be packed or uploaded.
    #[error(transparent)]
    Sources(#[from] WorkspaceError),
    /// The files of earlier jobs could not be removed from the project directory.
    #[error("cannot clear the project directory `{project_dir}`: exit code {exit_code}")]
    Clear { project_dir: String, exit_code: i64 },
    /// `HEALTHCHECK_TCP_PORT` of a service is not a port.
    #[error("getting exposed ports of service `{service}`")]
    Ports {
        /// The name of its container.
        service: String,
        source: crate::probe::ports::PortsError,
    },
    /// The container ended without a report that its shell has received the whole script.
    #[error(
        "container `{container}` ended with exit code {exit_code}, but no shell in it reported that it had \
         received the whole script: input or output of the container was closed or cut, for example by another \
         client"
    )]
    ScriptNotReceived {
        container: String,
        exit_code: i64,
        /// What is known of the script nevertheless.
        arrival: ScriptArrival,
    },
    /// A task that handled a service panicked, so that nothing is known of the service.
    #[error("cannot {step} of the services: {detail}")]
    ServiceTask {
        /// As it follows "cannot": `start one`.
        step: &'static str,
        /// The panic's message.
        detail: String,
    },
    /// The files that are kept of the job could not be selected or sent.
    #[error("cannot collect the caches, artifacts and reports of the job: {detail}")]
    Collect {
        /// Why.
        detail: String,
    },
    /// The `policy` of a cache is not one that GitLab Runner knows.
    #[error("{policy} for {key}")]
    CachePolicy {
        /// What the policy is, in GitLab Runner's words.
        policy: UnknownCachePolicy,
        /// The key of the cache.
        key: String,
    },
    /// The job could not be started: only what the jobs before it have given shows that it is invalid.
    #[error("{problem}")]
    Unplanned { problem: String },
    /// The job could not be started, because this program lacks something for it.
    #[error("the job cannot start: {detail}")]
    NotStarted { detail: String },
    /// A container disappeared, or the engine no longer reports on it.
    #[error("container `{container}` was lost: {detail}")]
    Lost { container: String, detail: String },
}

/// What follows the exit code of a service.
pub fn why_killed(oom_killed: bool) -> &'static str {
    if oom_killed { ", because the kernel killed it: out of memory" } else { "" }
}

impl Failure {
    /// The failure of a script of which only the exit code is known.
    pub fn script(exit_code: i64) -> Self {
        Self::Script { exit_code, command: None, hint: None }
    }

    /// The failure of a script that consists of `items`, and ended at `position`.
    pub(super) fn of_script(
        exit_code: i64,
        position: Option<ScriptPosition>,
        items: &[ScriptItem],
        hint: Option<Hint>,
    ) -> Self {
        let command = position.and_then(|position| FailedCommand::at(position, items));
        Self::Script { exit_code, command: command.map(Box::new), hint: hint.map(Box::new) }
    }

    /// The exit code of the script, if the failure is that it was not 0.
    pub fn exit_code(&self) -> Option<i64> {
        match self {
            Self::Script { exit_code, .. } => Some(*exit_code),
            _ => None,
        }
    }

    /// The command whose failure this is, if the shell has reported it.
    pub(super) fn into_command(self) -> Option<Box<FailedCommand>> {
        match self {
            Self::Script { command, .. } => command,
            _ => None,
        }
    }

    /// Whether the script itself failed, by its exit code, by a timeout, or together with a service.
    pub fn is_the_scripts(&self) -> bool {
        let is_timeout = matches!(self, Self::Timeout { .. } | Self::ScriptTimeout { .. });
        is_timeout || matches!(self, Self::Script { .. } | Self::ServiceEnded { .. })
    }

    /// Whether the runner or the engine failed, and not the job.
    pub fn is_system(&self) -> bool {
        match self {
            Self::Script { .. }
            | Self::Timeout { .. }
            | Self::ScriptTimeout { .. }
            | Self::ServiceEnded { .. }
            | Self::Unplanned { .. }
            | Self::Interrupted(_) => false,
            Self::Pull { error, .. } => error.is_system(),
            Self::Engine(_)
            | Self::Sources(_)
            | Self::Clear { .. }
            | Self::Ports { .. }
            | Self::ScriptNotReceived { .. }
            | Self::ServiceTask { .. }
            | Self::Collect { .. }
            | Self::CachePolicy { .. }
            | Self::NotStarted { .. }
            | Self::Lost { .. } => true,
        }
    }

    /// The failure in GitLab's words, as `retry:when` has them, and the script's exit code. `None` means that the
    /// job is never retried: the user stopped it, or it was not started.
    pub fn retry_cause(&self) -> Option<(FailureReason, Option<i64>)> {
        match self {
            Self::Interrupted(_) | Self::Unplanned { .. } | Self::NotStarted { .. } => None,
            Self::Script { exit_code, .. } => Some((FailureReason::ScriptFailure, Some(*exit_code))),
            Self::ServiceEnded { .. } => Some((FailureReason::ScriptFailure, None)),
            Self::Timeout { .. } | Self::ScriptTimeout { .. } => {
                Some((FailureReason::JobExecutionTimeout, None))
            }
            Self::Pull { .. }
            | Self::Engine(_)
            | Self::Sources(_)
            | Self::Clear { .. }
            | Self::Ports { .. }
            | Self::ScriptNotReceived { .. }
            | Self::ServiceTask { .. }
            | Self::Collect { .. }
            | Self::CachePolicy { .. }
            | Self::Lost { .. } => Some((FailureReason::RunnerSystemFailure, None)),
        }
    }

    /// Whether `rule` covers the failure. `exit_codes` apply to failures of the script only.
    pub fn allowed(&self, rule: &AllowFailure) -> Allowed {
        let covered = match (rule, self) {
            (AllowFailure::No, _) | (_, Self::Interrupted(_)) => false,
            (AllowFailure::Yes | AllowFailure::Manual, _) => true,
            (AllowFailure::ExitCodes(codes), Self::Script { exit_code, .. }) => codes.contains(exit_code),
            (AllowFailure::ExitCodes(_), _) => false,
        };
        if covered { Allowed::Yes } else { Allowed::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: AllowFailure, failure: Failure, expect: Allowed) {
        assert_eq!(failure.allowed(&rule), expect, "{rule:?} {failure:?}");
    }

    #[test]
    fn exit_codes_cover_only_a_script_that_ends_with_one_of_them() {
        let codes = || AllowFailure::ExitCodes(vec![42, 137]);
        check(codes(), Failure::script(42), Allowed::Yes);
        check(codes(), Failure::script(1), Allowed::No);
        check(codes(), Failure::Timeout { after: Duration::from_secs(1) }, Allowed::No);
        check(AllowFailure::No, Failure::script(42), Allowed::No);
        check(AllowFailure::Yes, Failure::Timeout { after: Duration::from_secs(1) }, Allowed::Yes);
    }

    #[test]
    fn a_stop_by_the_user_is_never_allowed() {
        check(AllowFailure::Yes, Failure::Interrupted(Signal::Interrupt), Allowed::No);
    }

    #[test]
    fn a_timeout_is_reported_with_its_limit() {
        let failure = Failure::Timeout { after: Duration::from_secs(3600) };
        assert_eq!(failure.to_string(), "execution took longer than 1 h");
    }
}
