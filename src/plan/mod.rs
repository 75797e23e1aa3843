//! Which jobs, fully resolved: configuration model and facts in, immutable plans out.

mod allowed;
mod container;
pub mod container_plan;
pub mod facts;
mod git_clean;
pub mod identity;
mod image;
pub mod job;
pub mod job_plan;
mod masked;
pub mod needs;
mod problem;
mod project_dir;
mod runner;
pub mod selection;
mod service;
pub mod service_name;
mod settings;
pub mod sheet;
#[cfg(test)]
pub(crate) mod testing;
mod volumes;

pub use self::job::{credentials, plan_job};
