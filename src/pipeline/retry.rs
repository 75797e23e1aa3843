//! `retry`: how often a failed job is run again, and after which failures.

use super::decode::{
    check_keys, integers, invalid_value, one_or_more, present, problem, suggest, unknown_value,
};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// The most retries of a job; GitLab's limit.
const RETRIES_MAX: i64 = 2;

macro_rules! failure_reasons {
    ($($reason:ident: $name:literal,)*) => {
        /// Why a job failed, in GitLab's words: every name that `retry:when` accepts beside `always`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum FailureReason {
            $($reason,)*
        }

        impl FailureReason {
            const ALL: &'static [Self] = &[$(Self::$reason,)*];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$reason => $name,)*
                }
            }
        }
    };
}

failure_reasons! {
    UnknownFailure: "unknown_failure",
    ScriptFailure: "script_failure",
    ApiFailure: "api_failure",
    StuckOrTimeoutFailure: "stuck_or_timeout_failure",
    StuckPendingNoRunners: "stuck_pending_no_runners",
    StuckPendingNoMatchingRunners: "stuck_pending_no_matching_runners",
    StuckPendingWithMatchingRunners: "stuck_pending_with_matching_runners",
    NoUpdatesRunning: "no_updates_running",
    NoUpdatesCanceling: "no_updates_canceling",
    ServerTimeoutRunning: "server_timeout_running",
    ServerTimeoutCanceling: "server_timeout_canceling",
    RunnerSystemFailure: "runner_system_failure",
    RunnerUnsupported: "runner_unsupported",
    RunnerInterrupted: "runner_interrupted",
    RunnerConfigurationError: "runner_configuration_error",
    RunnerExternalDependencyFailure: "runner_external_dependency_failure",
    MissingDependencyFailure: "missing_dependency_failure",
    StaleSchedule: "stale_schedule",
    JobExecutionTimeout: "job_execution_timeout",
    JobExecutionServerTimeout: "job_execution_server_timeout",
    ArchivedFailure: "archived_failure",
    UnmetPrerequisites: "unmet_prerequisites",
    SchedulerFailure: "scheduler_failure",
    DataIntegrityFailure: "data_integrity_failure",
    ForwardDeploymentFailure: "forward_deployment_failure",
    FailedOutdatedDeploymentJob: "failed_outdated_deployment_job",
    UserBlocked: "user_blocked",
    ProjectDeleted: "project_deleted",
    CiQuotaExceeded: "ci_quota_exceeded",
    PipelineLoopDetected: "pipeline_loop_detected",
    NoMatchingRunner: "no_matching_runner",
    TraceSizeExceeded: "trace_size_exceeded",
    BuildsDisabled: "builds_disabled",
    EnvironmentCreationFailure: "environment_creation_failure",
    DeploymentRejected: "deployment_rejected",
    ProtectedEnvironmentFailure: "protected_environment_failure",
    InsufficientBridgePermissions: "insufficient_bridge_permissions",
    DownstreamBridgeProjectNotFound: "downstream_bridge_project_not_found",
    InvalidBridgeTrigger: "invalid_bridge_trigger",
    UpstreamBridgeProjectNotFound: "upstream_bridge_project_not_found",
    InsufficientUpstreamPermissions: "insufficient_upstream_permissions",
    BridgePipelineIsChildPipeline: "bridge_pipeline_is_child_pipeline",
    DownstreamPipelineCreationFailed: "downstream_pipeline_creation_failed",
    SecretsProviderNotFound: "secrets_provider_not_found",
    ReachedMaxDescendantPipelinesDepth: "reached_max_descendant_pipelines_depth",
    IpRestrictionFailure: "ip_restriction_failure",
    ReachedMaxPipelineHierarchySize: "reached_max_pipeline_hierarchy_size",
    ReachedDownstreamPipelineTriggerRateLimit: "reached_downstream_pipeline_trigger_rate_limit",
    DuoWorkflowNotAllowed: "duo_workflow_not_allowed",
    JobRouterFailure: "job_router_failure",
    JobTokenExpired: "job_token_expired",
}

/// The `when` that covers every failure.
const ALWAYS: &str = "always";

/// The values of `when` that can take effect without a GitLab server.
const REASONS_HERE: [&str; 4] = [ALWAYS, "script_failure", "runner_system_failure", "job_execution_timeout"];

/// How often a failed job is run again, and after which failures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retry {
    /// The most runs after the first one.
    pub max: u32,
    pub when: RetryWhen,
    /// Exit codes of the script that are covered whatever `when` says.
    pub exit_codes: Vec<i64>,
}

/// The failures that a `retry:when` covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryWhen {
    Always,
    /// An empty list leaves only the exit codes.
    Reasons(Vec<FailureReason>),
}

impl Default for RetryWhen {
    fn default() -> Self {
        Self::Reasons(Vec::new())
    }
}

impl Retry {
    /// Whether a job that failed for `reason` is run again. `exit_code` is the script's, if the script failed.
    pub fn covers(&self, reason: FailureReason, exit_code: Option<i64>) -> bool {
        let is_covered = match &self.when {
            RetryWhen::Always => true,
            RetryWhen::Reasons(reasons) => reasons.contains(&reason),
        };
        is_covered || exit_code.is_some_and(|code| self.exit_codes.contains(&code))
    }
}

impl FailureReason {
    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.name() == name)
    }
}

/// Decodes a `retry`. `path` is the path of the job: `jobs:test`.
pub fn decode_retry(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Retry {
    let path = format!("{path}:retry");
    match &node.value {
        Value::Scalar(Scalar::Integer(_)) => Retry {
            max: decode_max(node, &format!("{path} config"), diagnostics),
            when: RetryWhen::Always,
            exit_codes: Vec::new(),
        },
        Value::Mapping(_) => {
            check_keys(node, &path, &["max", "when", "exit_codes"], diagnostics);
            let exit_codes = present(node, "exit_codes").map(|codes| {
                let message = format!("{path} exit codes should be an array of integers or an integer");
                integers(codes, &message, diagnostics)
            });
            let when = present(node, "when").map(|when| decode_when(when, &path, diagnostics));
            let max =
                present(node, "max").map_or(0, |max| decode_max(max, &format!("{path} max"), diagnostics));
            let when = when.or_else(|| exit_codes.is_none().then_some(RetryWhen::Always));
            Retry { max, when: when.unwrap_or_default(), exit_codes: exit_codes.unwrap_or_default() }
        }
        _ => {
            let problem = problem(node, format!("{path} config has to be either an integer or a hash"));
            diagnostics.push(problem.help("write it as `retry: 2`"));
            Retry::default()
        }
    }
}

/// Decodes the number of retries. `path` is the path of the number: `jobs:test:retry config`.
fn decode_max(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> u32 {
    let message = match node.value {
        Value::Scalar(Scalar::Integer(number)) if number > RETRIES_MAX => {
            format!("{path} must be less than or equal to {RETRIES_MAX}")
        }
        Value::Scalar(Scalar::Integer(number)) => match u32::try_from(number) {
            Ok(number) => return number,
            Err(_) => format!("{path} must be greater than or equal to 0"),
        },
        Value::Scalar(Scalar::Float(_)) => format!("{path} must be an integer"),
        _ => format!("{path} is not a number"),
    };
    diagnostics.push(invalid_value(node, message, "").help("a job is run again at most twice: 0, 1 or 2"));
    0
}

fn decode_when(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> RetryWhen {
    let (mut reasons, mut is_always) = (Vec::new(), false);
    for item in one_or_more(node) {
        let message = match (item.as_str(), &node.value) {
            (Some(ALWAYS), _) => {
                is_always = true;
                continue;
            }
            (Some(text), value) => match (FailureReason::parse(text), value) {
                (Some(reason), _) => {
                    reasons.push(reason);
                    continue;
                }
                (None, Value::Sequence(_)) => format!("{path} when contains unknown values: {text}"),
                (None, _) => format!("{path} when is not included in the list"),
            },
            (None, _) => format!("{path} when should be an array of strings or a string"),
        };
        let text = item.as_str().unwrap_or_default();
        let known = FailureReason::ALL.iter().map(|reason| reason.name()).chain([ALWAYS]);
        diagnostics.push(suggest(unknown_value(item, message), text, known, |problem| {
            problem.help(format!("of GitLab's reasons, these can occur here: {}", REASONS_HERE.join(", ")))
        }));
    }
    if is_always { RetryWhen::Always } else { RetryWhen::Reasons(reasons) }
}
