//! Which jobs, fully resolved: configuration model and facts in, immutable plans out.

pub mod facts;
pub mod go_duration;
mod image;
pub mod job;
pub mod job_plan;
mod masked;
pub mod missing_needs;
mod problem;
pub mod selection;
mod service;
mod settings;
pub mod sheet;
#[cfg(test)]
mod testing;

pub use self::job::{credentials, plan_job};
