//! `needs` and `dependencies`: the jobs that a job waits for.

use super::decode::{boolean, check_keys, one_or_more, present, problem, string};
use super::keywords::not_here;
use crate::source::diagnostic::Diagnostics;
use crate::source::map::Span;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// The most jobs that a job can need, GitLab's limit.
const NEEDS_MAX: usize = 50;

/// A job of this pipeline that another one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Its name, or that of its group: then every instance is needed.
    pub job: String,
    /// Whether its artifacts are wanted.
    pub artifacts: bool,
    /// Whether it may be missing from the pipeline.
    pub optional: bool,
    /// Where it is written.
    pub span: Span,
}

/// Reads a `needs`. `path` is the job's. Jobs of other pipelines are told of and left out.
pub fn read(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<Need> {
    let entries = flat(one_or_more(node));
    let needs: Vec<Need> = entries.flat_map(|entry| self::entry(entry, path, diagnostics)).collect();
    let name = path.rsplit(':').next().unwrap_or(path);
    if needs.len() > NEEDS_MAX {
        let count = needs.len();
        let message = format!(
            "{name}: one job can only need {NEEDS_MAX} others, but you have listed {count}. See needs keyword \
             documentation for more details"
        );
        diagnostics.push(problem(node, message));
    }
    needs
}

/// `!reference` brings lists in lists.
fn flat(entries: &[Node]) -> impl Iterator<Item = &Node> {
    entries.iter().flat_map(one_or_more)
}

fn entry(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<Need> {
    let make = |job, artifacts, optional| vec![Need { job, artifacts, optional, span: node.span }];
    match &node.value {
        Value::Mapping(_) => {
            check_keys(
                node,
                &format!("{path}:needs:need"),
                &["job", "artifacts", "optional", "parallel", "project", "ref", "pipeline"],
                diagnostics,
            );
            if let Some(elsewhere) = present(node, "project").or_else(|| present(node, "pipeline")) {
                diagnostics.push(not_here("needs of another pipeline", elsewhere.span));
                return Vec::new();
            }
            let Some(job) = present(node, "job") else {
                diagnostics.push(problem(node, format!("{path}:needs:need job can't be blank")));
                return Vec::new();
            };
            if let Some(parallel) = present(node, "parallel") {
                diagnostics.push(not_here("needs:parallel", parallel.span));
            }
            let switch = |key: &str, default| node.get(key).and_then(boolean).unwrap_or(default);
            let job = string(job, &format!("{path}:needs:need job should be a string"), diagnostics);
            job.map(|job| make(job, switch("artifacts", true), switch("optional", false))).unwrap_or_default()
        }
        Value::Scalar(scalar) if *scalar != Scalar::Null => make(scalar.to_text(), true, false),
        _ => {
            diagnostics.push(problem(node, format!("{path}:needs:need has an unsupported type")));
            Vec::new()
        }
    }
}

/// Reads `dependencies`. `path` is the job's.
pub fn dependencies(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<(String, Span)> {
    let Value::Sequence(items) = &node.value else {
        diagnostics.push(problem(node, format!("{path} dependencies should be an array of strings")));
        return Vec::new();
    };
    let message = format!("{path} dependencies should be an array of strings");
    flat(items).filter_map(|item| Some((string(item, &message, diagnostics)?, item.span))).collect()
}
