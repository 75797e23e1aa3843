//! How a job ended, as a value.

use std::time::Duration;

use super::image::pull_error::PullError;
use super::shutdown::Signal;
use crate::engine::error::EngineError;
use crate::go_duration;
use crate::plan::job_plan::{AllowFailure, FailureReason};
use crate::workspace::WorkspaceError;

/// How a job ended.
#[derive(Debug)]
pub enum JobOutcome {
    /// The script's exit code was 0.
    Passed,
    /// Anything else.
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
}

/// Whether the pipeline may go on all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// `allow_failure` covers it.
    Yes,
    /// It does not.
    No,
}

/// Why a job failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The script, or `after_script` where the job asks for that, ended with another exit code than 0.
    #[error("exit code {exit_code}")]
    Script {
        /// 1 to 255; 128 + n after signal n.
        exit_code: i64,
    },
    /// The job's time ran out.
    #[error("execution took longer than {} seconds", go_duration::format(*after))]
    Timeout {
        /// The limit.
        after: Duration,
    },
    /// The script took longer than `RUNNER_SCRIPT_TIMEOUT` allows; the job had time left.
    #[error("script timeout: execution took longer than {}", go_duration::format(*after))]
    ScriptTimeout {
        /// The limit.
        after: Duration,
    },
    /// The user stopped it.
    #[error("aborted: {0}")]
    Interrupted(Signal),
    /// An image is not to be had.
    #[error("failed to pull image \"{image}\" with specified policies {policies}: {error}")]
    Pull {
        /// The image.
        image: String,
        /// `[always if-not-present]`.
        policies: String,
        /// Why not, by the last of them.
        error: Box<PullError>,
    },
    /// The engine failed us.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The sources could not be put in.
    #[error(transparent)]
    Sources(#[from] WorkspaceError),
    /// The project directory, as the job before has left it, could not be cleared.
    #[error("cannot clear the project directory `{project_dir}`: exit code {exit_code}")]
    Clear {
        /// The directory.
        project_dir: String,
        /// The shell's.
        exit_code: i64,
    },
    /// A service's `HEALTHCHECK_TCP_PORT` is no port.
    #[error("getting exposed ports of service `{service}`")]
    Ports {
        /// The service's container.
        service: String,
        /// What is wrong.
        source: crate::probe::ports::PortsError,
    },
    /// The container vanished, or the engine lost track of it.
    #[error("container `{container}` was lost: {detail}")]
    Lost {
        /// The container.
        container: String,
        /// What is known.
        detail: String,
    },
}

impl Failure {
    /// Whether it is the script that failed, by its exit code or its time.
    pub fn is_the_scripts(&self) -> bool {
        matches!(self, Self::Script { .. } | Self::Timeout { .. } | Self::ScriptTimeout { .. })
    }

    /// Whether it is the runner or the engine that failed, and not the job.
    pub fn is_system(&self) -> bool {
        match self {
            Self::Script { .. }
            | Self::Timeout { .. }
            | Self::ScriptTimeout { .. }
            | Self::Interrupted(_) => false,
            Self::Pull { error, .. } => error.is_system(),
            Self::Engine(_)
            | Self::Sources(_)
            | Self::Clear { .. }
            | Self::Ports { .. }
            | Self::Lost { .. } => true,
        }
    }

    /// The failure in GitLab's words, as `retry:when` has them, and the script's exit code. `None` means that the
    /// user stopped the job, which is then never retried.
    pub fn retry_cause(&self) -> Option<(FailureReason, Option<i64>)> {
        match self {
            Self::Interrupted(_) => None,
            Self::Script { exit_code } => Some((FailureReason::ScriptFailure, Some(*exit_code))),
            Self::Timeout { .. } | Self::ScriptTimeout { .. } => {
                Some((FailureReason::JobExecutionTimeout, None))
            }
            Self::Pull { .. }
            | Self::Engine(_)
            | Self::Sources(_)
            | Self::Clear { .. }
            | Self::Ports { .. }
            | Self::Lost { .. } => Some((FailureReason::RunnerSystemFailure, None)),
        }
    }

    /// Whether `allow_failure` covers it. Exit codes can only match a script's.
    pub fn allowed(&self, rule: &AllowFailure) -> Allowed {
        let covered = match (rule, self) {
            (AllowFailure::No, _) | (_, Self::Interrupted(_)) => false,
            (AllowFailure::Yes, _) => true,
            (AllowFailure::ExitCodes(codes), Self::Script { exit_code }) => codes.contains(exit_code),
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
        check(codes(), Failure::Script { exit_code: 42 }, Allowed::Yes);
        check(codes(), Failure::Script { exit_code: 1 }, Allowed::No);
        check(codes(), Failure::Timeout { after: Duration::from_secs(1) }, Allowed::No);
        check(AllowFailure::No, Failure::Script { exit_code: 42 }, Allowed::No);
        check(AllowFailure::Yes, Failure::Timeout { after: Duration::from_secs(1) }, Allowed::Yes);
    }

    #[test]
    fn what_the_user_stopped_is_never_allowed() {
        check(AllowFailure::Yes, Failure::Interrupted(Signal::Interrupt), Allowed::No);
    }

    #[test]
    fn a_timeout_reads_as_gitlab_writes_it() {
        let failure = Failure::Timeout { after: Duration::from_secs(3600) };
        assert_eq!(failure.to_string(), "execution took longer than 1h0m0s seconds");
    }
}
