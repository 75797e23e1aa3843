//! Names of images, and who to be for the registries that have them.

pub mod auth_config;
pub mod path;
pub mod pull_failure;
pub mod pull_policy;
pub mod ranking;
pub mod reference;
pub mod source;
