//! Image references, pull policies, and the credentials for registries.

pub mod auth_config;
pub mod credential_source;
pub mod pull_failure;
pub mod pull_policy;
pub mod ranking;
pub mod reference;
pub mod registry_path;
