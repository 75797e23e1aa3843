//! Where a job's variables come from, which definition wins, and how `$NAME` is expanded.
//!
//! Invariant: pure; every fact about the machine is an argument.

pub mod dotenv;
pub mod env_file;
pub mod environment;
pub mod environment_scope;
pub mod event;
pub mod expand;
pub mod feature_flags;
pub mod layers;
mod merge_request;
pub mod predefined;
pub mod project;
pub mod run_variables;
pub mod slug;
pub mod yaml_variables;
