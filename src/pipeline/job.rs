//! A job as written, with `default:` and the keywords of the top level applied. Its variables are not yet expanded.

use std::time::Duration;

use super::allow_failure::{self, AllowFailure};
use super::artifacts::{self, Artifacts};
use super::cache::{self, Cache};
use super::decode::{check_keys, invalid_value, present, problem, string};
use super::defaults::Defaults;
use super::environment::{self, Environment};
use super::expression::{Pattern, PatternError};
use super::image::{self, Image, Service};
use super::inherit::{self, Inherit};
use super::need_kind::{NeedsOwner, takes_over_a_status};
use super::needs::{self, Need};
use super::only::{self, Policy};
use super::parallel::{self, Instance, Parallel};
use super::retry::{self, Retry};
use super::rules::{self, Rule, RulesOwner};
use super::variables::{self, Variable, VariablesOwner};
use super::when::{self, When};
use super::{duration, keywords, misplaced, script, server_keywords};
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::{Span, Spanned};
use crate::source::node::{Node, Value};

#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The key in the file, for parallel jobs with the suffix of the instance.
    pub name: Spanned<String>,
    /// The key in the file.
    pub group: String,
    pub parallel: Option<Parallel>,
    /// The number of this instance among all instances of a parallel job.
    pub instance: Option<Instance>,
    pub stage: String,
    /// The position of `stage`; `None` means the default, `test`.
    pub stage_span: Option<Span>,
    /// `None` means that neither the job nor the defaults name an image.
    pub image: Option<Image>,
    pub services: Vec<Service>,
    /// The variables of the job alone, without the global ones.
    pub variables: Vec<Variable>,
    /// One item for each command.
    pub before_script: Vec<Spanned<String>>,
    /// One item for each command. Only jobs of another kind have none.
    pub script: Vec<Spanned<String>>,
    /// One item for each command.
    pub after_script: Vec<Spanned<String>>,
    /// At most one month.
    pub timeout: Option<Duration>,
    pub allow_failure: AllowFailure,
    pub when: When,
    /// The delay of a job with `when: delayed`.
    pub start_in: Option<Duration>,
    pub rules: Option<Vec<Rule>>,
    pub only: Option<Policy>,
    pub except: Option<Policy>,
    /// `None` means that the job waits for all earlier stages.
    pub needs: Option<Vec<Need>>,
    pub dependencies: Option<Vec<(String, Span)>>,
    pub artifacts: Artifacts,
    /// At most four.
    pub caches: Vec<Cache>,
    pub retry: Retry,
    pub environment: Option<Environment>,
    /// Of all jobs with this name, which may contain variables, one runs at a time.
    pub resource_group: Option<String>,
    pub coverage: Option<Pattern>,
    /// The commands of `hooks:pre_get_sources_script`.
    pub pre_get_sources: Vec<Spanned<String>>,
    pub inherit: Inherit,
    pub kind: JobKind,
    /// Problems that GitLab accepts.
    pub warnings: Diagnostics,
}

/// What a job does when it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Runs its `script`.
    Script,
    /// Starts another pipeline, or takes over the status of one.
    Trigger,
    /// Runs GitLab's steps.
    Run,
}

/// The longest name of a job; GitLab's limit.
const NAME_CHARS_MAX: usize = 255;

/// The longest timeout; GitLab's limit, which is a month as Rails counts it.
const TIMEOUT_MAX: Duration = Duration::from_secs(2_629_746);

/// A job with errors.
#[derive(Debug)]
pub struct BrokenJob {
    /// Everything that is wrong with it.
    pub problems: Diagnostics,
    /// What could be decoded of it, so that it can be checked against other jobs. `None` if that is nothing.
    pub decoded: Option<Box<Job>>,
}

impl From<Diagnostics> for BrokenJob {
    fn from(problems: Diagnostics) -> Self {
        Self { problems, decoded: None }
    }
}

impl From<Diagnostic> for BrokenJob {
    fn from(problem: Diagnostic) -> Self {
        Diagnostics::from(problem).into()
    }
}

/// Decodes a job.
pub fn decode_job(key: &Node, node: &Node, defaults: &Defaults) -> Result<Job, BrokenJob> {
    let mut diagnostics = Diagnostics::new();
    let name = key.key_text();
    let path = format!("jobs:{name}");
    if !matches!(node.value, Value::Mapping(_)) {
        return Err(misplaced::not_a_job(key, node).into());
    }
    if let Some(problem) = misplaced::jobs_in_a_mapping(key, node) {
        return Err(problem.into());
    }
    check_name(key, &path, &mut diagnostics);
    keywords::check_job(node, &path, &mut diagnostics);
    server_keywords::check_server_keywords(key, node, &path, &mut diagnostics);
    let job = decode_keywords(key, node, defaults, &path, &mut diagnostics);
    let (dependencies, needs) = (job.dependencies.as_deref(), job.needs.as_deref());
    needs::check_dependencies(
        dependencies.unwrap_or_default(),
        needs.unwrap_or_default(),
        &path,
        &mut diagnostics,
    );
    match diagnostics.has_errors() {
        true => Err(BrokenJob { problems: diagnostics, decoded: Some(Box::new(job)) }),
        false => Ok(Job { warnings: diagnostics, ..job }),
    }
}

fn decode_keywords(key: &Node, node: &Node, defaults: &Defaults, path: &str, found: &mut Diagnostics) -> Job {
    let inherit =
        present(node, "inherit").map(|node| inherit::decode_inherit(node, path, found)).unwrap_or_default();
    let own_or_default = |keyword: &str| {
        let default = || defaults.get(keyword).filter(|_| inherit.default.has(keyword));
        present(node, keyword).or_else(default)
    };
    let commands = |keyword: &str, found: &mut Diagnostics| match own_or_default(keyword) {
        Some(node) => script::decode_script(node, &format!("{path}:{keyword}"), found),
        None => Vec::new(),
    };
    check_no_rules_conflict(node, path, found);
    check_single_kind(node, path, found);
    let when = present(node, "when").and_then(|node| when::decode_job_when(node, path, found));
    let when = when.unwrap_or(When::OnSuccess);
    let kind = job_kind(node);
    let name = key.key_text();
    Job {
        name: Spanned { value: name.clone(), span: key.span },
        group: name,
        parallel: present(node, "parallel").and_then(|node| parallel::decode_parallel(node, path, found)),
        instance: None,
        stage: decode_stage(node, path, found),
        stage_span: present(node, "stage").map(|stage| stage.span),
        image: own_or_default("image")
            .and_then(|node| image::decode_image(node, &format!("{path}:image"), found)),
        services: match own_or_default("services") {
            Some(node) => image::decode_services(node, &format!("{path}:services"), found),
            None => Vec::new(),
        },
        variables: match present(node, "variables") {
            Some(node) => {
                variables::decode_variables(node, VariablesOwner::Job, &format!("{path}:variables"), found)
            }
            None => Vec::new(),
        },
        before_script: commands("before_script", found),
        script: if kind == JobKind::Script { decode_main_script(key, node, path, found) } else { Vec::new() },
        after_script: commands("after_script", found),
        timeout: own_or_default("timeout").and_then(|node| decode_timeout(node, path, found)),
        allow_failure: allow_failure_or_default(node, when, path, found),
        start_in: rules::decode_start_in(node, when, path, found),
        when,
        rules: present(node, "rules")
            .map(|node| rules::decode_rules(node, RulesOwner::Job, &format!("{path}:rules"), found)),
        only: present(node, "only").map(|node| only::decode_only(node, &format!("{path}:only"), found)),
        except: present(node, "except").map(|node| only::decode_only(node, &format!("{path}:except"), found)),
        needs: present(node, "needs").map(|node| needs::decode_needs(node, path, needs_owner(kind), found)),
        dependencies: present(node, "dependencies").map(|node| needs::decode_dependencies(node, path, found)),
        artifacts: own_or_default("artifacts")
            .map(|node| artifacts::decode_artifacts(node, path, found))
            .unwrap_or_default(),
        caches: own_or_default("cache")
            .map(|node| cache::decode_caches(node, path, found))
            .unwrap_or_default(),
        retry: own_or_default("retry").map(|node| retry::decode_retry(node, path, found)).unwrap_or_default(),
        environment: present(node, "environment")
            .and_then(|node| environment::decode_environment(node, path, found)),
        resource_group: present(node, "resource_group").and_then(|node| node.as_str()).map(str::to_owned),
        coverage: present(node, "coverage").and_then(|node| decode_coverage(node, path, found)),
        pre_get_sources: own_or_default("hooks")
            .map(|node| decode_hooks(node, path, found))
            .unwrap_or_default(),
        inherit,
        kind,
        warnings: Diagnostics::new(),
    }
}

fn check_name(key: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Some(name) = key.as_str() else {
        let problem = problem(key, format!("{path} name should be a symbol"));
        diagnostics.push(problem.help("put the name in quotes"));
        return;
    };
    if name.trim().is_empty() {
        let problem = invalid_value(key, "jobs:job name can't be blank", "no name");
        diagnostics.push(problem.help("give the job a name"));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        let message = format!("jobs:job name is too long (maximum is {NAME_CHARS_MAX} characters)");
        let problem = invalid_value(key, message, "");
        diagnostics.push(problem.help("shorten it"));
    }
}

fn job_kind(node: &Node) -> JobKind {
    if present(node, "trigger").is_some() {
        return JobKind::Trigger;
    }
    if present(node, "run").is_some() {
        return JobKind::Run;
    }
    let takes_over = present(node, "needs").is_some_and(takes_over_a_status);
    if takes_over && present(node, "script").is_none() { JobKind::Trigger } else { JobKind::Script }
}

fn needs_owner(kind: JobKind) -> NeedsOwner {
    match kind {
        JobKind::Trigger => NeedsOwner::Trigger,
        JobKind::Script | JobKind::Run => NeedsOwner::Job,
    }
}

fn decode_stage(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> String {
    let stage = present(node, "stage")
        .and_then(|stage| string(stage, &format!("{path} stage should be a string"), diagnostics));
    stage.unwrap_or_else(|| "test".to_owned())
}

fn decode_main_script(
    key: &Node,
    node: &Node,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<Spanned<String>> {
    let Some(written) = node.get("script") else {
        let name = key.key_text();
        let message = format!("jobs {name} config should implement the script:, run:, or trigger: keyword");
        let problem =
            Diagnostic::error(Code::MissingScript, message).label(key.span, "this job has no `script`");
        diagnostics
            .push(problem.help("write one; a template, which does not run, has a name that begins with `.`"));
        return Vec::new();
    };
    let mut found = Diagnostics::new();
    let commands = match written.is_null() {
        true => Vec::new(),
        false => script::decode_script(written, &format!("{path}:script"), &mut found),
    };
    // An item of a list may be empty.
    let is_blank_text = written.as_str().is_some_and(|text| text.trim().is_empty());
    let blank = commands.is_empty() || is_blank_text;
    if blank && !found.has_errors() {
        let problem = invalid_value(written, format!("{path} script can't be blank"), "no command");
        found.push(problem.help("write a command; `true` does nothing"));
    }
    diagnostics.append(found);
    commands
}

fn decode_timeout(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Duration> {
    let found = node.as_str().and_then(duration::parse);
    match found {
        None => {
            let problem = problem(node, format!("{path} timeout should be a duration"));
            diagnostics.push(problem.help("write it as `1h 30m`, in quotes if it is a number of seconds"));
        }
        Some(found) if found > TIMEOUT_MAX => {
            diagnostics.push(
                invalid_value(
                    node,
                    format!("{path} timeout should not exceed the limit"),
                    "longer than the limit",
                )
                .help("the maximum is a month"),
            );
        }
        Some(_) => {}
    }
    found.filter(|found| *found <= TIMEOUT_MAX)
}

/// The default for a job that says itself that somebody starts it by hand is to allow a failure. That a rule says so is not
/// enough.
fn allow_failure_or_default(
    node: &Node,
    when: When,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> AllowFailure {
    match present(node, "allow_failure") {
        Some(value) => allow_failure::decode_allow_failure(value, path, diagnostics),
        None if when == When::Manual => AllowFailure::Manual,
        None => AllowFailure::No,
    }
}

const NO_PATTERN: &str = "config must be a regular expression with re2 syntax";

/// Decodes `coverage`: the last match of the pattern in the log contains the figure.
fn decode_coverage(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Pattern> {
    let found = node.as_str().and_then(Pattern::parse);
    let (code, message, reason) = match found {
        Some(Ok(pattern)) => return Some(pattern),
        Some(Err(PatternError::Unsupported(reason))) => {
            (Code::UnsupportedPattern, "config has a pattern that is not supported here", reason)
        }
        Some(Err(PatternError::Invalid(reason))) => (Code::InvalidConfig, NO_PATTERN, reason),
        None => (Code::InvalidConfig, NO_PATTERN, "it has to stand between two `/`".to_owned()),
    };
    let problem = Diagnostic::error(code, format!("{path}:coverage {message}")).label(node.span, reason);
    diagnostics.push(problem.help("write it as `'/Coverage: \\d+%/'`"));
    None
}

fn decode_hooks(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<Spanned<String>> {
    let path = format!("{path}:hooks");
    check_keys(node, &path, &["pre_get_sources_script"], diagnostics);
    match present(node, "pre_get_sources_script") {
        Some(node) => script::decode_script(node, &format!("{path}:pre_get_sources_script"), diagnostics),
        None => Vec::new(),
    }
}

/// Reports a job that has a `script` and also another kind of work.
fn check_single_kind(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Some(script) = present(node, "script") else { return };
    for keyword in ["run", "trigger"] {
        if let Some(other) = present(node, keyword) {
            let message = format!("{path} config these keys cannot be used together: script, {keyword}");
            let problem = invalid_value(other, message, "").label(script.span, "the script");
            diagnostics.push(problem.help("split it into two jobs, the second one with `needs: [FIRST]`"));
        }
    }
}

/// Reports keywords that cannot be used together with `rules`.
fn check_no_rules_conflict(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    if present(node, "rules").is_none() {
        return;
    }
    for keyword in ["only", "except", "start_in"] {
        if let Some(other) = present(node, keyword) {
            let message = format!("{path} config key may not be used with `rules`: {keyword}");
            diagnostics.push(invalid_value(other, message, "").help(format!(
                "use either `{keyword}` or `rules`; `{keyword}: null` removes what a template sets"
            )));
        }
    }
}

#[cfg(test)]
mod tests;
