//! The configuration model: what the YAML means, before anything is chosen or expanded.

pub mod image;
pub mod job;
pub mod variables;

use indexmap::IndexMap;

/// A `.gitlab-ci.yml` as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Jobs in the order of the file, hidden ones (`.name`) left out.
    pub jobs: IndexMap<String, job::Job>,
    /// Global `variables`.
    pub variables: Vec<variables::Variable>,
}
