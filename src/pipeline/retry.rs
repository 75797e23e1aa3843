//! `retry`: how often a job that failed is run again, and after which failures.

use super::decode::{check_keys, integers, one_or_more, problem, suggest};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// The most retries of a job, GitLab's limit.
const RETRIES_MAX: i64 = 2;

/// Every reason that GitLab knows. Most of them cannot happen on one machine.
const REASONS: [&str; 21] = [
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
    "stale_schedule",
    "job_execution_timeout",
    "archived_failure",
    "unmet_prerequisites",
    "scheduler_failure",
    "data_integrity_failure",
];

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
        Value::Scalar(Scalar::Integer(_)) => {
            Retry { max: max(node, &path, diagnostics), reasons: always(), exit_codes: Vec::new() }
        }
        Value::Mapping(_) => {
            check_keys(node, &path, &["max", "when", "exit_codes"], diagnostics);
            let exit_codes = node.get("exit_codes").map(|codes| {
                let message = format!("{path} exit codes should be an array of integers or an integer");
                integers(codes, &message, diagnostics)
            });
            let reasons = node.get("when").map(|when| reasons(when, &path, diagnostics));
            let max = node.get("max").map_or(0, |max| self::max(max, &path, diagnostics));
            let reasons = reasons.or_else(|| exit_codes.is_none().then(always));
            Retry { max, reasons: reasons.unwrap_or_default(), exit_codes: exit_codes.unwrap_or_default() }
        }
        _ => {
            diagnostics.push(problem(node, format!("{path} config should be a hash or an integer")));
            Retry::default()
        }
    }
}

fn max(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> u32 {
    let message = match node.value {
        Value::Scalar(Scalar::Integer(number)) if number > RETRIES_MAX => {
            format!("{path} config must be less than or equal to {RETRIES_MAX}")
        }
        Value::Scalar(Scalar::Integer(number)) => match u32::try_from(number) {
            Ok(number) => return number,
            Err(_) => format!("{path} config must be greater than or equal to 0"),
        },
        _ => format!("{path} max must be an integer"),
    };
    diagnostics.push(problem(node, message));
    0
}

fn reasons(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut reasons = Vec::new();
    for item in one_or_more(node) {
        match item.as_str() {
            Some(text) if REASONS.contains(&text) => reasons.push(text.to_owned()),
            text => {
                let problem =
                    problem(item, format!("{path} when is not an allowed value: {}", item.key_text()));
                diagnostics.push(suggest(problem, text.unwrap_or_default(), REASONS, |problem| {
                    problem.help(format!("it may be one of {}", REASONS.join(", ")))
                }));
            }
        }
    }
    reasons
}
