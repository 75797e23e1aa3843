//! The variables that configure the runner's behaviour for a job: strategy, feature flags, time limits.
//!
//! Invariant: an invalid value causes a warning, and the default applies.

use std::time::Duration;

use super::checkout::Submodules;
use super::git_clean::GitClean;
use super::log_plan::{LogPlan, LongCommands};
use super::problem;
use crate::go_duration::{self, GoDuration};
use crate::runner_config::Runner;
use crate::secret::MaskedTokens;
use crate::source::diagnostic::Diagnostic;
use crate::source::map::Span;
use crate::vars::expand::ExpandError;
use crate::vars::feature_flags::{FeatureFlags, parse_bool};
use crate::vars::layers::ServerVariables;

/// GitLab's default of `RUNNER_AFTER_SCRIPT_TIMEOUT`.
const AFTER_SCRIPT_TIMEOUT: Duration = Duration::from_secs(300);

/// `GIT_STRATEGY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GitStrategy {
    /// `fetch`: a persistent builds directory, in which the project directory is cleaned.
    Fetch,
    /// `clone`: a new project directory. GitLab Runner's default if the server sets no strategy.
    Clone,
    /// `none`: the project directory stays as it is.
    None,
    /// `empty`: an empty project directory with a name of its own.
    Empty,
}

/// The behaviour that a job's variables ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JobSettings {
    pub(super) strategy: GitStrategy,
    /// `GIT_CLEAN_FLAGS`.
    pub(super) clean: GitClean,
    /// `CI_COMMIT_REF_PROTECTED`.
    pub(super) is_protected: bool,
    pub(super) flags: FeatureFlags,
    /// `GIT_SUBMODULE_STRATEGY`.
    pub(super) submodules: Submodules,
    pub(super) after_script_timeout: Duration,
    /// `RUNNER_SCRIPT_TIMEOUT`.
    pub(super) script_timeout: Option<Duration>,
    /// Whether `AFTER_SCRIPT_IGNORE_ERRORS` is false.
    pub(super) after_script_counts: bool,
    /// `CI_DEBUG_TRACE`.
    pub(super) debug_trace: bool,
    /// `CI_DEBUG_SERVICES`.
    pub(super) debug_services: bool,
}

impl JobSettings {
    /// Parses the values of the variables. `timeout` is the job's; `span` tells where the file defines a variable.
    pub(super) fn from_variables(
        variables: &ServerVariables,
        runner: &Runner,
        timeout: Duration,
        span: impl Fn(&str) -> Option<Span>,
        problems: &mut Vec<Diagnostic>,
    ) -> Result<Self, ExpandError> {
        let flags = FeatureFlags::resolve(|name| match runner.feature_flags.0.get(name) {
            Some(switch) => Ok(Some(switch.to_string())),
            None => variables.value(name),
        })?;
        for (name, value) in &flags.unreadable {
            let message = format!("{name}: could not parse feature flag, expected bool, got {value}");
            problems.push(problem::warning(span(name), message).help("write `\"true\"` or `\"false\"`"));
        }
        let mut limit = |name: &str| {
            let written = variables.value(name)?.unwrap_or_default();
            Ok(parse_time_limit(name, &written, timeout, span(name), problems))
        };
        let after_script_timeout = limit("RUNNER_AFTER_SCRIPT_TIMEOUT")?;
        let script_timeout = limit("RUNNER_SCRIPT_TIMEOUT")?;
        let strategy = variables.value("GIT_STRATEGY")?.unwrap_or_default();
        let submodules = variables.value("GIT_SUBMODULE_STRATEGY")?.unwrap_or_default();
        let clean = variables.value("GIT_CLEAN_FLAGS")?.unwrap_or_default();
        let mut boolean = |name: &str, default: bool| {
            let written = variables.value(name)?.unwrap_or_default();
            Ok(parse_boolean(name, &written, default, span(name), problems))
        };
        let after_script_counts = !boolean("AFTER_SCRIPT_IGNORE_ERRORS", true)?;
        let (mut debug_services, mut debug_trace) =
            (boolean("CI_DEBUG_SERVICES", false)?, boolean("CI_DEBUG_TRACE", false)?);
        if runner.debug_trace_disabled {
            for (name, is_on) in
                [("CI_DEBUG_TRACE", &mut debug_trace), ("CI_DEBUG_SERVICES", &mut debug_services)]
            {
                if std::mem::take(is_on) {
                    let message = format!("{name}: usage is disabled on this Runner");
                    problems.push(problem::warning(span(name), message));
                }
            }
        }
        Ok(Self {
            strategy: parse_strategy(&strategy, span("GIT_STRATEGY"), problems),
            clean: GitClean::parse(&clean, span("GIT_CLEAN_FLAGS"), problems),
            is_protected: variables.value("CI_COMMIT_REF_PROTECTED")?.as_deref() == Some("true"),
            flags,
            submodules: parse_submodules(&submodules, span("GIT_SUBMODULE_STRATEGY"), problems),
            after_script_timeout: after_script_timeout.unwrap_or(AFTER_SCRIPT_TIMEOUT),
            script_timeout,
            after_script_counts,
            debug_trace,
            debug_services,
        })
    }

    /// How the log is made.
    pub(super) fn log_plan(&self, runner: &Runner) -> LogPlan {
        let masks_all = self.flags.is_on("FF_MASK_ALL_DEFAULT_TOKENS");
        let has_sections = self.flags.is_on("FF_SCRIPT_SECTIONS");
        let limit = u64::try_from(runner.output_limit).ok().filter(|limit| *limit > 0);
        LogPlan {
            masked_tokens: if masks_all { MaskedTokens::All } else { MaskedTokens::PersonalAccess },
            debug_services: self.debug_services,
            output_bytes_max: limit.map(|kibibytes| kibibytes.saturating_mul(1024)),
            long_commands: if has_sections { LongCommands::AllLines } else { LongCommands::FirstLine },
        }
    }
}

/// The value of a boolean variable, which is the default unless Go parses the text as a boolean.
fn parse_boolean(
    name: &str,
    text: &str,
    default: bool,
    span: Option<Span>,
    problems: &mut Vec<Diagnostic>,
) -> bool {
    let parsed = parse_bool(text);
    if parsed.is_none() && !text.is_empty() {
        let message = format!("{name}: expected bool got \"{text}\", using default value: {default}");
        problems.push(problem::warning(span, message).help("write `\"true\"` or `\"false\"`"));
    }
    parsed.unwrap_or(default)
}

fn parse_strategy(text: &str, span: Option<Span>, problems: &mut Vec<Diagnostic>) -> GitStrategy {
    match text {
        "" | "clone" => GitStrategy::Clone,
        "fetch" => GitStrategy::Fetch,
        "none" => GitStrategy::None,
        "empty" => GitStrategy::Empty,
        _ => {
            let message =
                format!("`GIT_STRATEGY` is `{text}`, which is not a strategy; the sources are copied");
            let warning = problem::warning(span, message);
            problems.push(warning.help("write `fetch`, `clone`, `none` or `empty`"));
            GitStrategy::Clone
        }
    }
}

fn parse_submodules(text: &str, span: Option<Span>, problems: &mut Vec<Diagnostic>) -> Submodules {
    match text {
        "" | "none" => Submodules::None,
        "normal" => Submodules::Direct,
        "recursive" => Submodules::Recursive,
        _ => {
            let message = format!(
                "`GIT_SUBMODULE_STRATEGY` is `{text}`, which is not a strategy; submodules are left out"
            );
            problems.push(problem::warning(span, message).help("write `normal`, `recursive` or `none`"));
            Submodules::None
        }
    }
}

/// A time limit, at most the job's own; `None` for the default.
fn parse_time_limit(
    name: &str,
    text: &str,
    timeout: Duration,
    span: Option<Span>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Duration> {
    if text.is_empty() {
        return None;
    }
    let problem = match go_duration::parse(text) {
        Some(GoDuration::Positive(Duration::ZERO)) => return None,
        Some(GoDuration::Positive(limit)) if limit <= timeout => return Some(limit),
        Some(GoDuration::Positive(_)) => {
            let message =
                format!("`{name}` is `{text}`, longer than the job may take; the job's limit applies");
            problems.push(problem::warning(span, message));
            return Some(timeout);
        }
        Some(GoDuration::Negative) => "negative",
        None => "not a duration",
    };
    let message = format!("`{name}` is `{text}`, which is {problem}; the default applies");
    problems.push(problem::warning(span, message).help("write it as `90s` or `1h30m`"));
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::Case;
    use super::*;

    #[test]
    fn flags_and_the_runner_decide_how_the_log_is_made() {
        assert_eq!(Case::new().planned().log, LogPlan::default());
        let flags = [
            ("FF_MASK_ALL_DEFAULT_TOKENS", "false"),
            ("FF_SCRIPT_SECTIONS", "1"),
            ("CI_DEBUG_SERVICES", "T"),
        ];
        let mut case = Case::new().variables(&flags);
        case.facts.runner.runner.output_limit = 2;
        let expect = LogPlan {
            masked_tokens: MaskedTokens::PersonalAccess,
            debug_services: true,
            output_bytes_max: Some(2048),
            long_commands: LongCommands::AllLines,
        };
        assert_eq!(case.planned().log, expect);
    }
}
