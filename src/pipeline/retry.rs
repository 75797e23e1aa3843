//! `retry`: how often a job that failed is run again, and after which failures.

use super::decode::{check_keys, integers, misvalued, one_or_more, present, problem, suggest, unknown_word};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// The most retries of a job, GitLab's limit.
const RETRIES_MAX: i64 = 2;

/// Every reason that GitLab knows. Most of them cannot happen on one machine.
const REASONS: [&str; 52] = [
    "always",
    "unknown_failure",
    "script_failure",
    "api_failure",
    "stuck_or_timeout_failure",
    "stuck_pending_no_runners",
    "stuck_pending_no_matching_runners",
    "stuck_pending_with_matching_runners",
    "no_updates_running",
    "no_updates_canceling",
    "server_timeout_running",
    "server_timeout_canceling",
    "runner_system_failure",
    "runner_unsupported",
    "runner_interrupted",
    "runner_configuration_error",
    "runner_external_dependency_failure",
    "missing_dependency_failure",
    "stale_schedule",
    "job_execution_timeout",
    "job_execution_server_timeout",
    "archived_failure",
    "unmet_prerequisites",
    "scheduler_failure",
    "data_integrity_failure",
    "forward_deployment_failure",
    "failed_outdated_deployment_job",
    "user_blocked",
    "project_deleted",
    "ci_quota_exceeded",
    "pipeline_loop_detected",
    "no_matching_runner",
    "trace_size_exceeded",
    "builds_disabled",
    "environment_creation_failure",
    "deployment_rejected",
    "protected_environment_failure",
    "insufficient_bridge_permissions",
    "downstream_bridge_project_not_found",
    "invalid_bridge_trigger",
    "upstream_bridge_project_not_found",
    "insufficient_upstream_permissions",
    "bridge_pipeline_is_child_pipeline",
    "downstream_pipeline_creation_failed",
    "secrets_provider_not_found",
    "reached_max_descendant_pipelines_depth",
    "ip_restriction_failure",
    "reached_max_pipeline_hierarchy_size",
    "reached_downstream_pipeline_trigger_rate_limit",
    "duo_workflow_not_allowed",
    "job_router_failure",
    "job_token_expired",
];
/// Those that can happen here.
const REASONS_HERE: [&str; 4] =
    ["always", "script_failure", "runner_system_failure", "job_execution_timeout"];

/// What a job says about being run again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retry {
    /// How often it is run again at most.
    pub max: u32,
    /// `when`: GitLab's names of the failures after which it is; empty where only exit codes count.
    pub reasons: Vec<String>,
    /// `exit_codes` of the script after which it is, too.
    pub exit_codes: Vec<i64>,
}

impl Retry {
    /// Whether a failure of this reason, the script's with that exit code, is one to try again after.
    pub fn covers(&self, reason: &str, exit_code: Option<i64>) -> bool {
        self.reasons.iter().any(|known| known == "always" || known == reason)
            || exit_code.is_some_and(|code| self.exit_codes.contains(&code))
    }
}

/// Reads a `retry`. `path` is the job's.
pub fn read(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Retry {
    let path = format!("{path}:retry");
    let always = || vec!["always".to_owned()];
    match &node.value {
        Value::Scalar(Scalar::Integer(_)) => Retry {
            max: max(node, &format!("{path} config"), diagnostics),
            reasons: always(),
            exit_codes: Vec::new(),
        },
        Value::Mapping(_) => {
            check_keys(node, &path, &["max", "when", "exit_codes"], diagnostics);
            let exit_codes = present(node, "exit_codes").map(|codes| {
                let message = format!("{path} exit codes should be an array of integers or an integer");
                integers(codes, &message, diagnostics)
            });
            let reasons = present(node, "when").map(|when| reasons(when, &path, diagnostics));
            let max =
                present(node, "max").map_or(0, |max| self::max(max, &format!("{path} max"), diagnostics));
            let reasons = reasons.or_else(|| exit_codes.is_none().then(always));
            Retry { max, reasons: reasons.unwrap_or_default(), exit_codes: exit_codes.unwrap_or_default() }
        }
        _ => {
            let problem = problem(node, format!("{path} config has to be either an integer or a hash"));
            diagnostics.push(problem.help("write it as `retry: 2`"));
            Retry::default()
        }
    }
}

/// `path` is that of the number: `jobs:test:retry config`.
fn max(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> u32 {
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
    diagnostics.push(misvalued(node, message, "").help("a job is run again at most twice: 0, 1 or 2"));
    0
}

fn reasons(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut reasons = Vec::new();
    for item in one_or_more(node) {
        let message = match (item.as_str(), &node.value) {
            (Some(text), _) if REASONS.contains(&text) => {
                reasons.push(text.to_owned());
                continue;
            }
            (None, _) => format!("{path} when should be an array of strings or a string"),
            (Some(text), Value::Sequence(_)) => format!("{path} when contains unknown values: {text}"),
            (Some(_), _) => format!("{path} when is not included in the list"),
        };
        let text = item.as_str().unwrap_or_default();
        diagnostics.push(suggest(unknown_word(item, message), text, REASONS, |problem| {
            problem.help(format!("of GitLab's reasons these can happen here: {}", REASONS_HERE.join(", ")))
        }));
    }
    reasons
}
