//! GitLab's names of the instances of a parallel job.

use super::variables::Variable;

/// The name of an instance of `parallel: COUNT`: `test 1/3`. `index` counts from 1.
pub(super) fn numbered_instance(group: &str, index: usize, total: usize) -> String {
    format!("{group} {index}/{total}")
}

/// The name of the instance of `parallel:matrix` with these values: `build: [aws, a]`.
pub(super) fn matrix_instance(group: &str, variables: &[Variable]) -> String {
    let values: Vec<&str> = variables.iter().map(|variable| &*variable.value).collect();
    format!("{group}: [{}]", values.join(", "))
}
