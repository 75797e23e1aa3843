//! The instances of a parallel job, and the needs that choose or name them.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::decode::suggest;
use super::instance_name::{matrix_instance, numbered_instance};
use super::job::Job;
use super::needs::Need;
use super::parallel::{Instance, Parallel};
use super::variables::Variable;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::Span;

/// Makes the instances of a job; a job without `parallel` is returned as it is. The error says that a need refers to a
/// variable that the matrix of the job does not have.
pub(super) fn split_into_instances(job: Job) -> Result<Vec<Job>, Diagnostics> {
    let Some(parallel) = job.parallel.clone() else { return Ok(vec![job]) };
    let total = parallel.total();
    let instance = |index: usize, name: String| {
        let mut instance = job.clone();
        instance.name.value = name;
        instance.instance = Some(Instance { index: index + 1, total });
        instance
    };
    match &parallel {
        Parallel::Count(_) => Ok((0..total)
            .map(|index| instance(index, numbered_instance(&job.group, index + 1, total)))
            .collect()),
        Parallel::Matrix(combinations) => {
            let mut diagnostics = Diagnostics::new();
            let mut instances = Vec::new();
            for (index, variables) in combinations.iter().enumerate() {
                let mut instance = instance(index, matrix_instance(&job.group, variables));
                instance.variables.extend_from_slice(variables);
                let needs = instance.needs.as_deref_mut().unwrap_or_default();
                for (missing, span) in fill_in_matrix_values(needs, variables).err().into_iter().flatten() {
                    let message =
                        format!("{} job: '{missing}' does not exist in matrix configuration", job.group);
                    let problem = Diagnostic::error(Code::InvalidConfig, message).label(span, "");
                    let names = variables.iter().map(|variable| &*variable.key);
                    diagnostics.push(suggest(problem, &missing, names, |problem| {
                        problem.help("`$[[ matrix.NAME ]]` stands for a value of this job's own matrix")
                    }));
                }
                instances.push(instance);
            }
            if diagnostics.has_errors() { Err(diagnostics) } else { Ok(instances) }
        }
    }
}

/// Replaces `$[[ matrix.NAME ]]` in the needs of an instance by the instance's own values. The error lists the names
/// that its matrix lacks.
fn fill_in_matrix_values(needs: &mut [Need], variables: &[Variable]) -> Result<(), Vec<(String, Span)>> {
    let mut missing = Vec::new();
    for need in needs {
        for text in std::iter::once(&mut need.job).chain(&mut need.group) {
            *text = replace_matrix_values(text, |name| {
                let value = variables.iter().find(|variable| variable.key == name);
                if value.is_none() {
                    missing.push((name.to_owned(), need.span));
                }
                value.map(|variable| &*variable.value)
            });
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

fn replace_matrix_values<'v>(text: &str, mut value: impl FnMut(&str) -> Option<&'v str>) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("$[[") {
        out.push_str(before);
        let inner = after.split_once("]]").and_then(|(inner, after)| {
            let name = inner.trim().strip_prefix("matrix.")?;
            let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
            is_name.then_some((name, after))
        });
        match inner {
            Some((name, after)) => {
                out.push_str(value(name).unwrap_or_default());
                rest = after;
            }
            None => {
                out.push_str("$[[");
                rest = after;
            }
        }
    }
    out + rest
}

/// Replaces needs that choose instances of a job without instances: they then mean the job itself, as in GitLab.
pub(super) fn resolve_needs_of_single_jobs(jobs: &mut IndexMap<String, Job>) {
    let all_needs = |job: &Job| -> Vec<Need> {
        let of_rules = job.rules.iter().flatten().filter_map(|rule| rule.needs.as_deref());
        job.needs.as_deref().into_iter().chain(of_rules).flatten().cloned().collect()
    };
    let groups = jobs.values().flat_map(all_needs).filter_map(|need| need.group);
    let single: HashSet<String> = groups.filter(|group| jobs.contains_key(group)).collect();
    if single.is_empty() {
        return;
    }
    for job in jobs.values_mut() {
        let of_rules = job.rules.iter_mut().flatten().filter_map(|rule| rule.needs.as_mut());
        for need in job.needs.as_mut().into_iter().chain(of_rules).flatten() {
            if need.group.as_ref().is_some_and(|group| single.contains(group)) {
                need.job = need.group.take().unwrap_or_default();
            }
        }
    }
}
