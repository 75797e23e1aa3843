//! When the jobs of a pipeline start, and what becomes of those that do not. Pure.
//!
//! The rules are GitLab's: a job with `needs` looks at these alone, and any other job at all jobs of earlier stages.

#![warn(missing_docs)]

pub mod graph;
pub mod job_state;
