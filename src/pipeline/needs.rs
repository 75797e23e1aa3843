//! `needs` and `dependencies`: the jobs that a job waits for.

use super::decode::{boolean, flatten_fully, one_or_more, present, problem, string, warn_about_nested_lists};
use super::instance_name::matrix_instance;
use super::keywords::server_only;
use super::need_kind::{NeedsOwner, check_keys_of_need, check_kinds, check_list};
use super::parallel::{self, Parallel};
use super::variables::Variable;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::Span;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// An entry of `needs` that names a job of this pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The name of a job, or of a group, which means all its instances.
    pub job: String,
    /// The group, if `parallel:matrix` chooses one of its instances.
    pub group: Option<String>,
    /// Whether the artifacts of the needed job are used.
    pub artifacts: bool,
    /// Whether the needed job may be absent from the pipeline.
    pub optional: bool,
    pub span: Span,
}

/// Decodes `needs`. `path` is the path of the job: `jobs:test`. Needs of other pipelines cause a warning and are
/// ignored.
pub fn decode_needs(node: &Node, path: &str, owner: NeedsOwner, diagnostics: &mut Diagnostics) -> Vec<Need> {
    if let Some(problem) = check_list(node, path) {
        diagnostics.push(problem);
        return Vec::new();
    }
    let entries = flatten_fully(node);
    check_kinds(&entries, path, owner, diagnostics);
    entries.into_iter().flat_map(|entry| decode_need(entry, path, diagnostics)).collect()
}

fn decode_need(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<Need> {
    let whole = |job| Need { job, group: None, artifacts: true, optional: false, span: node.span };
    match &node.value {
        Value::Mapping(_) => {
            let path = format!("{path}:needs:need");
            check_keys_of_need(node, &path, diagnostics);
            if let Some(elsewhere) = present(node, "project").or_else(|| present(node, "pipeline")) {
                diagnostics.push(server_only("needs of another pipeline", elsewhere.span));
                return Vec::new();
            }
            let Some(job) = present(node, "job") else {
                let problem = problem(node, format!("{path} job can't be blank"));
                diagnostics.push(problem.help("name the job that is needed: `job: build`"));
                return Vec::new();
            };
            let Some(job) = string(job, &format!("{path} job should be a string"), diagnostics) else {
                return Vec::new();
            };
            let mut switch = |key: &str, default| match present(node, key) {
                None => default,
                Some(value) => boolean(value).unwrap_or_else(|| {
                    let problem = problem(value, format!("{path} {key} should be a boolean value"));
                    diagnostics.push(problem.help("write `true` or `false`"));
                    default
                }),
            };
            let (artifacts, optional) = (switch("artifacts", true), switch("optional", false));
            let need = Need { artifacts, optional, ..whole(job) };
            match present(node, "parallel") {
                None => vec![need],
                Some(parallel) => chosen_instances(&need, parallel, &path, diagnostics),
            }
        }
        Value::Scalar(Scalar::String(job)) => vec![whole(job.clone())],
        _ => {
            let problem = problem(node, format!("{path}:needs:need has an unsupported type"));
            diagnostics.push(match &node.value {
                Value::Scalar(scalar) if *scalar != Scalar::Null => {
                    problem.help(format!("put the name of the job in quotes: `[\"{}\"]`", scalar.to_text()))
                }
                _ => problem.help("name a job: `[build]`; `[]` waits for no job"),
            });
            Vec::new()
        }
    }
}

/// The instances that `parallel:matrix` chooses, named by the values of their variables.
fn chosen_instances(need: &Need, parallel: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<Need> {
    match parallel::decode_parallel(parallel, path, diagnostics) {
        Some(Parallel::Matrix(combinations)) => {
            let instance = |variables: &Vec<Variable>| Need {
                job: matrix_instance(&need.job, variables),
                group: Some(need.job.clone()),
                ..need.clone()
            };
            combinations.iter().map(instance).collect()
        }
        Some(Parallel::Count(_)) => {
            let problem =
                problem(parallel, format!("{path}:parallel config cannot use \"parallel: <number>\"."));
            diagnostics.push(problem.help("without `parallel` all instances are needed"));
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// Checks that every job in `dependencies` is also in `needs`, if the job has needs.
pub fn check_dependencies(
    dependencies: &[(String, Span)],
    needs: &[Need],
    path: &str,
    diagnostics: &mut Diagnostics,
) {
    let is_needed = |name: &str| needs.iter().any(|need| need.group.as_ref().unwrap_or(&need.job) == name);
    let missing: Vec<_> = dependencies.iter().filter(|(name, _)| !is_needed(name)).collect();
    let Some((_, span)) = missing.first() else { return };
    if needs.is_empty() {
        return;
    }
    let names: Vec<&str> = missing.iter().map(|(name, _)| &**name).collect();
    let message = format!("{path} dependencies the {} should be part of needs", names.join(", "));
    let problem = Diagnostic::error(Code::InvalidConfig, message).label(*span, "not among the needs");
    diagnostics
        .push(problem.help("add it to `needs`, or leave `dependencies` out: a job gets what it needs"));
}

/// Decodes `dependencies`. `path` is the path of the job: `jobs:test`.
pub fn decode_dependencies(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<(String, Span)> {
    let Value::Sequence(items) = &node.value else {
        let problem = problem(node, format!("{path} dependencies should be an array of strings"));
        diagnostics.push(problem.help("write it as a list of jobs: `[build]`"));
        return Vec::new();
    };
    let message = format!("{path} dependencies should be an array of strings");
    warn_about_nested_lists(node, &message, diagnostics);
    let items = items.iter().flat_map(one_or_more);
    items.filter_map(|item| Some((string(item, &message, diagnostics)?, item.span))).collect()
}

#[cfg(test)]
mod tests;
