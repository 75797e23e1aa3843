//! When the jobs of a pipeline start, and what becomes of those that do not. Pure.
//!
//! The rules are GitLab's: a job with `needs` looks at these alone, and any other job at all jobs of earlier stages.
//! [`progress::Schedule`] is what a loop that runs the jobs uses; [`decision::decide`] has the rules.

#![warn(missing_docs)]

mod blocked;
pub mod decision;
pub mod graph;
pub mod job_state;
pub mod progress;
pub mod rehearsal;
mod skip_reason;
pub mod status;
#[cfg(test)]
mod testing;
