//! Decides which jobs the pipeline has, and turns a job into a plan with nothing left to look up.
//!
//! Invariant: pure; every fact about the machine comes in as a value.

mod allowed_images;
pub mod artifacts;
mod cache_key;
pub mod caches;
pub mod checkout;
pub mod container_plan;
pub mod credential_sources;
pub mod decision;
mod docker_in_docker;
pub mod engine_socket;
mod environment_variables;
pub mod facts;
pub mod full_configuration;
mod git_clean;
pub mod identity;
mod image;
pub mod job;
pub mod job_inputs;
pub mod job_plan;
mod job_settings;
pub mod key_hashes;
mod link_variables;
pub mod log_plan;
mod masked;
pub mod needs;
pub mod pipeline_graph;
mod problem;
pub mod producers;
mod project_dir;
pub mod project_identity;
pub mod resource_group;
mod runner;
pub mod script_item;
pub mod selection;
mod server_variables;
mod service;
pub mod service_name;
mod shared_settings;
pub mod terminal_job;
pub mod terminal_use;
#[cfg(test)]
pub(crate) mod testing;
mod volumes;

pub use self::job::plan_job;
