//! `parallel`: how many instances a job has, and which values each instance gets.

use super::decode::{invalid_value, one_or_more, problem};
use super::variables::{Expansion, Variable};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// The most instances of a job; GitLab's limit.
const INSTANCES_MAX: usize = 200;

const RANGE_HELP: &str = "leave `parallel` out for a single job";
const MATRIX_HELP: &str = "write a list of mappings: `- NAME: [a, b]`";

/// The instances that `parallel` requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parallel {
    Count(usize),
    /// One instance for each combination of values.
    Matrix(Vec<Vec<Variable>>),
}

/// The number of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    /// Counts from 1.
    pub index: usize,
    /// The number of instances of the job.
    pub total: usize,
}

impl Parallel {
    /// The number of instances.
    pub fn total(&self) -> usize {
        match self {
            Self::Count(count) => *count,
            Self::Matrix(combinations) => combinations.len(),
        }
    }
}

/// Decodes a `parallel`. `path` is the path of the job: `jobs:test`.
pub fn decode_parallel(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Parallel> {
    match &node.value {
        Value::Scalar(Scalar::Integer(count)) => {
            let count = usize::try_from(*count).ok().filter(|count| (1..=INSTANCES_MAX).contains(count));
            if count.is_none() {
                let message = format!("{path}:parallel config must be between 1 and {INSTANCES_MAX}");
                diagnostics.push(invalid_value(node, message, "").help(RANGE_HELP));
            }
            count.map(Parallel::Count)
        }
        Value::Mapping(pairs) => {
            let unknown = pairs.iter().find(|(key, _)| !key.is_key("matrix"));
            if let Some((key, _)) = unknown {
                let message = format!("{path}:parallel config contains unknown keys: {}", key.key_text());
                diagnostics.push(problem(key, message).help("the only allowed key is `matrix`"));
            }
            decode_matrix(node.get("matrix")?, &format!("{path}:parallel:matrix"), diagnostics)
        }
        _ => {
            let problem = problem(node, format!("{path}:parallel should be an integer or a hash"));
            diagnostics.push(problem.help("write a number without quotes, or `matrix:` below it"));
            None
        }
    }
}

fn decode_matrix(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Parallel> {
    let Value::Sequence(entries) = &node.value else {
        let problem = problem(node, format!("{path} config should be an array of hashes"));
        diagnostics.push(problem.help(MATRIX_HELP));
        return None;
    };
    let mut all = Vec::new();
    for entry in entries {
        let axes = decode_axes(entry, path, diagnostics)?;
        let product = axes.iter().try_fold(1_usize, |product, values| product.checked_mul(values.len()));
        if product.is_none_or(|product| all.len() + product > INSTANCES_MAX) {
            let message = format!("{path} config generates too many jobs (maximum is {INSTANCES_MAX})");
            let problem = invalid_value(entry, message, "this exceeds the limit");
            diagnostics.push(problem.help("every combination is a job: remove some of the values"));
            return None;
        }
        all.extend(combinations(&axes));
    }
    if all.is_empty() {
        diagnostics.push(problem(node, format!("{path} config can't be blank")).help(MATRIX_HELP));
        return None;
    }
    Some(Parallel::Matrix(all))
}

/// The values of each variable in an entry of the matrix. A single value needs no list.
fn decode_axes(entry: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Vec<Vec<Variable>>> {
    let Value::Mapping(pairs) = &entry.value else {
        let problem = problem(entry, format!("{path} config should be an array of hashes"));
        diagnostics.push(problem.help(MATRIX_HELP));
        return None;
    };
    let mut axes = Vec::new();
    for (key, value) in pairs {
        let values = one_or_more(value);
        let variable = |value: &Node| match &value.value {
            Value::Scalar(scalar) if *scalar != Scalar::Null => Some(Variable {
                key: key.key_text(),
                value: scalar.to_text(),
                expansion: Expansion::Expanded,
                span: value.span,
            }),
            _ => None,
        };
        let values: Option<Vec<Variable>> = values.iter().map(variable).collect();
        let Some(values) = values.filter(|values| !values.is_empty()) else {
            let message =
                format!("{path}:variables config should be a hash of key value pairs, value can be an array");
            diagnostics.push(problem(value, message).help("write each as `NAME: [a, b]`"));
            return None;
        };
        axes.push(values);
    }
    Some(axes)
}

/// Every combination of values. The last variable changes fastest.
fn combinations(axes: &[Vec<Variable>]) -> Vec<Vec<Variable>> {
    let mut all = vec![Vec::new()];
    for values in axes {
        let longer = |known: &Vec<Variable>| {
            let known = known.clone();
            values
                .iter()
                .map(move |value| [&known[..], std::slice::from_ref(value)].concat())
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}
