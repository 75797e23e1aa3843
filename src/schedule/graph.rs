//! The jobs of a pipeline, and which of them wait for which.

use crate::pipeline::when::When;

/// The jobs of a pipeline in its order: by their stages, then by their places in the file, then by their instances.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    /// The jobs. Others name them by their places in this list.
    pub jobs: Vec<Node>,
}

/// A job as far as the order of the jobs depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The place of its stage in the pipeline.
    pub stage: usize,
    /// When it starts.
    pub when: When,
    /// The places of the jobs that it needs, as far as the pipeline has them; `None` for a job that waits for all
    /// earlier stages.
    pub needs: Option<Vec<usize>>,
    /// Whether the pipeline goes on without it: `allow_failure`, which `when: manual` of the job implies. Exit codes that
    /// are allowed do not count before the job has ended with one of them.
    pub may_fail: bool,
}
