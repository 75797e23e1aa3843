//! A job's variables: where they come from, which one wins, and what `$NAME` in them becomes.
//!
//! Invariant: pure; every fact about the machine comes in as a value.

pub mod env_file;
pub mod environment;
pub mod expand;
pub mod feature_flags;
pub mod layers;
pub mod predefined;
pub mod project;
pub mod run_variables;
pub mod slug;
pub mod yaml_variables;
