//! `rules`: the first rule that matches decides whether a job is in the pipeline.

use std::time::Duration;

use super::allow_failure::AllowFailure;
use super::auto_cancel::{OnJobFailure, decode_auto_cancel};
use super::decode::{
    boolean, check_keys, flatten, invalid_value, present, problem, string, warn_about_nested_lists,
};
use super::duration;
use super::expression::{Expression, ExpressionErrorKind};
use super::keywords::server_only;
use super::need_kind::NeedsOwner;
use super::needs::{self, Need};
use super::rule_context::{self, RuleFiles, RuleVariables, any_changed};
use super::variables::{self, Variable, VariablesOwner};
use super::when::{self, When};
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};

/// The most paths of a `changes` or an `exists`; GitLab's limit.
const PATHS_MAX: usize = 50;

/// The longest `start_in`; GitLab's limit.
const DELAY_MAX: Duration = Duration::from_secs(7 * 86_400);

/// A rule. It matches if all its clauses hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub condition: Option<Expression>,
    pub changes: Option<Changes>,
    /// At least one of these patterns must match a file.
    pub exists: Option<Vec<String>>,
    pub when: Option<When>,
    pub start_in: Option<Duration>,
    /// A rule takes only a boolean, no exit codes.
    pub allow_failure: Option<AllowFailure>,
    pub variables: Vec<Variable>,
    /// Replaces the needs of the job.
    pub needs: Option<Vec<Need>>,
    /// `auto_cancel:on_job_failure`, which only a rule of `workflow` may have.
    pub on_job_failure: Option<OnJobFailure>,
}

/// The clause `changes`: one of these files must have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    pub paths: Vec<String>,
    /// The branch, tag or commit to compare with.
    pub compare_to: Option<String>,
}

/// The owner of the rules, which decides which keywords they may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulesOwner {
    Job,
    Workflow,
    Include,
}

impl Rule {
    /// Evaluates the rule and describes its clauses in words. `None` means that a clause does not hold.
    pub fn matching_clauses(&self, variables: &dyn RuleVariables, files: &dyn RuleFiles) -> Option<String> {
        let mut clauses = Vec::new();
        let expand = |paths: &[String]| paths.iter().map(|path| variables.expand(path)).collect::<Vec<_>>();
        if let Some(condition) = &self.condition {
            let holds = condition.is_true(&|name| variables.variable(name));
            holds.then(|| clauses.push(format!("if {condition}")))?;
        }
        if let Some(changes) = &self.changes {
            let compare_to = changes.compare_to.as_deref().map(|to| variables.expand(to));
            let holds = any_changed(files, &expand(&changes.paths), compare_to.as_deref());
            holds.then(|| clauses.push(format!("changes {}", changes.paths.join(", "))))?;
        }
        if let Some(paths) = &self.exists {
            let holds = rule_context::any_exists(&expand(paths), &files.all_files());
            holds.then(|| clauses.push(format!("exists {}", paths.join(", "))))?;
        }
        Some(clauses.join(", "))
    }
}

impl RulesOwner {
    fn allowed_keys(self) -> &'static [&'static str] {
        match self {
            Self::Job => &[
                "if",
                "changes",
                "exists",
                "when",
                "start_in",
                "allow_failure",
                "variables",
                "needs",
                "interruptible",
            ],
            Self::Workflow => &["if", "changes", "exists", "when", "variables", "auto_cancel"],
            Self::Include => &["if", "changes", "exists", "when"],
        }
    }

    fn not_a_list(self, path: &str) -> String {
        match (self, path.strip_suffix(":rules")) {
            (Self::Job, Some(job)) => {
                format!("{job} rules should be an array containing hashes and arrays of hashes")
            }
            _ => format!("{path} config should be a array"),
        }
    }

    fn allowed_whens(self) -> &'static [When] {
        match self {
            Self::Job => &when::RULE_VALUES,
            Self::Workflow | Self::Include => &when::ALWAYS_OR_NEVER,
        }
    }
}

/// Decodes `rules`. `path` is the path in GitLab's messages: `jobs:test:rules`.
pub fn decode_rules(node: &Node, owner: RulesOwner, path: &str, diagnostics: &mut Diagnostics) -> Vec<Rule> {
    let Value::Sequence(items) = &node.value else {
        let message = owner.not_a_list(path);
        diagnostics.push(problem(node, message).help("write it as a list: `- if: $CI_COMMIT_TAG`"));
        return Vec::new();
    };
    if items.is_empty() {
        let problem = invalid_value(node, format!("{path} config can't be blank"), "no rule");
        diagnostics.push(problem.help("leave `rules` out, or write `- when: always`"));
    }
    flatten(node).into_iter().filter_map(|item| decode_rule(item, owner, path, diagnostics)).collect()
}

fn decode_rule(node: &Node, owner: RulesOwner, path: &str, diagnostics: &mut Diagnostics) -> Option<Rule> {
    let path = &format!("{path}:rule");
    if !matches!(node.value, Value::Mapping(_)) {
        let problem = problem(node, format!("{path} config should be a hash"));
        diagnostics.push(problem.help("a rule is a mapping: `- if: $CI_COMMIT_TAG`"));
        return None;
    }
    check_keys(node, path, owner.allowed_keys(), diagnostics);
    let when = present(node, "when")
        .and_then(|when| when::decode_rule_when(when, owner.allowed_whens(), path, diagnostics));
    Some(Rule {
        condition: present(node, "if").and_then(|text| decode_condition(text, path, diagnostics)),
        changes: present(node, "changes").and_then(|changes| decode_changes(changes, path, diagnostics)),
        exists: present(node, "exists").and_then(|exists| decode_exists(exists, path, diagnostics)),
        start_in: decode_rule_start_in(node, when, path, diagnostics),
        when,
        allow_failure: present(node, "allow_failure")
            .and_then(|value| decode_rule_allow_failure(value, path, diagnostics)),
        variables: match present(node, "variables") {
            Some(node) => variables::decode_variables(
                node,
                VariablesOwner::Rule,
                &format!("{path}:variables"),
                diagnostics,
            ),
            None => Vec::new(),
        },
        needs: present(node, "needs")
            .map(|node| needs::decode_needs(node, path, NeedsOwner::Rule, diagnostics)),
        on_job_failure: present(node, "auto_cancel")
            .and_then(|node| decode_auto_cancel(node, path, diagnostics)),
    })
}

/// Decodes an expression of `rules:if` or `only:variables`.
pub fn decode_condition(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Expression> {
    let message = format!("{path} if invalid expression syntax");
    let Some(text) = node.as_str() else {
        diagnostics.push(problem(node, message).help("an expression is a string: put it in quotes"));
        return None;
    };
    match Expression::parse(text) {
        Ok(expression) => Some(expression),
        Err(error) => {
            let (code, message) = match error.kind {
                ExpressionErrorKind::Invalid => (Code::InvalidConfig, message),
                ExpressionErrorKind::Unsupported => {
                    (Code::UnsupportedPattern, format!("{path} if has a pattern that is not supported here"))
                }
            };
            let problem = Diagnostic::error(code, message).label(node.span, error.to_string());
            diagnostics.push(problem.help(error.advice()));
            None
        }
    }
}

/// Decodes the `start_in` of a job, which requires `when: delayed`.
pub fn decode_start_in(
    node: &Node,
    when: When,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Duration> {
    let written = present(node, "start_in");
    match (written, when) {
        (Some(written), When::Delayed) => decode_delay(written, path, diagnostics),
        (Some(written), _) => {
            let problem = invalid_value(written, format!("{path} start in must be blank"), "");
            diagnostics.push(problem.help("it belongs to `when: delayed`"));
            None
        }
        (None, When::Delayed) => {
            let written = present(node, "when").unwrap_or(node);
            let problem = problem(written, format!("{path} start in should be a duration"));
            diagnostics.push(problem.help("write the delay: `start_in: 30 minutes`"));
            None
        }
        (None, _) => None,
    }
}

/// Decodes the `start_in` of a rule.
fn decode_rule_start_in(
    node: &Node,
    when: Option<When>,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Duration> {
    let written = present(node, "start_in");
    match (written, when) {
        (Some(written), Some(When::Delayed)) => decode_delay(written, path, diagnostics),
        (Some(written), _) => {
            let problem =
                invalid_value(written, format!("{path} config contains disallowed keys: start_in"), "");
            diagnostics.push(problem.help("it belongs to `when: delayed`"));
            None
        }
        (None, Some(When::Delayed)) => {
            let written = present(node, "when").unwrap_or(node);
            let problem = problem(written, format!("{path} start in can't be blank"));
            diagnostics.push(problem.help("write the delay: `start_in: 30 minutes`"));
            None
        }
        (None, _) => None,
    }
}

fn decode_delay(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Duration> {
    let found = node.as_str().and_then(duration::parse);
    match found {
        None => {
            let problem = problem(node, format!("{path} start in should be a duration"));
            diagnostics
                .push(problem.help("write it as `30 minutes`, in quotes if it is a number of seconds"));
        }
        Some(found) if found > DELAY_MAX => {
            let problem = invalid_value(
                node,
                format!("{path} start in should not exceed the limit"),
                "longer than the limit",
            );
            diagnostics.push(problem.help("the maximum is a week"));
        }
        Some(_) => {}
    }
    found.filter(|found| *found <= DELAY_MAX)
}

fn decode_rule_allow_failure(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<AllowFailure> {
    let allowed = boolean(node).map(AllowFailure::from);
    if allowed.is_none() {
        let problem = problem(node, format!("{path} allow failure should be a boolean value"));
        diagnostics
            .push(problem.help("write `true` or `false`; exit codes belong to the job's `allow_failure`"));
    }
    allowed
}

/// Decodes a `changes`, also of `only` and `except`: a list, or a mapping with `paths`.
pub fn decode_changes(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Changes> {
    let path = &format!("{path}:changes");
    let compare_to = match &node.value {
        Value::Mapping(_) => {
            check_keys(node, path, &["paths", "compare_to", "regexp"], diagnostics);
            if let Some(regexp) = present(node, "regexp") {
                diagnostics.push(regexp_ignored("rules:changes:regexp", regexp));
                return None;
            }
            present(node, "compare_to")
                .and_then(|to| string(to, &format!("{path} compare to should be a string"), diagnostics))
        }
        _ => None,
    };
    let list = path_list(node, path, diagnostics)?;
    Some(Changes { paths: decode_paths(list, path, diagnostics)?, compare_to })
}

/// Decodes an `exists`: a list, a single name, or a mapping with `paths`.
fn decode_exists(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
    let path = &format!("{path}:exists");
    if let Some(name) = node.as_str() {
        return Some(vec![name.to_owned()]);
    }
    if let Value::Mapping(_) = &node.value {
        check_keys(node, path, &["paths", "project", "ref", "regexp"], diagnostics);
        if let Some(regexp) = present(node, "regexp") {
            diagnostics.push(regexp_ignored("rules:exists:regexp", regexp));
            return None;
        }
        if let Some(project) = present(node, "project") {
            diagnostics.push(server_only("exists:project", project.span));
        }
    }
    decode_paths(path_list(node, path, diagnostics)?, path, diagnostics)
}

/// The list of a clause: the node itself, or `paths` of a mapping.
fn path_list<'n>(node: &'n Node, path: &str, diagnostics: &mut Diagnostics) -> Option<&'n Node> {
    if !matches!(node.value, Value::Mapping(_)) {
        return Some(node);
    }
    let paths = present(node, "paths");
    if paths.is_none() {
        let problem = problem(node, format!("{path} config missing required keys: paths"));
        diagnostics.push(problem.help("write the patterns below it: `paths: [docs/**/*]`"));
    }
    paths
}

/// Warns that a `regexp` is ignored. GitLab supports it behind a feature flag that is off by default; then the clause
/// holds for every file.
fn regexp_ignored(keyword: &str, node: &Node) -> Diagnostic {
    let message = format!("keyword `{keyword}` is not supported: the rule matches, as in GitLab by default");
    Diagnostic::warning(Code::Unsupported, message).label(node.span, "ignored")
}

fn decode_paths(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
    let message = format!("{path} config should be an array of strings");
    if !matches!(node.value, Value::Sequence(_)) {
        diagnostics.push(problem(node, message).help("write it as a list: `[a.txt]`"));
        return None;
    }
    warn_about_nested_lists(node, &message, diagnostics);
    let all: Vec<String> =
        flatten(node).into_iter().filter_map(|item| string(item, &message, diagnostics)).collect();
    if all.len() > PATHS_MAX {
        let message = format!("{path} config has too many entries (maximum {PATHS_MAX})");
        let problem = invalid_value(node, message, "");
        diagnostics.push(problem.help("a pattern such as `docs/**/*` stands for many files"));
    }
    Some(all)
}
