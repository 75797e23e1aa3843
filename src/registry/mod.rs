//! Image references, pull policies, and the credentials for registries.

pub mod auth_config;
pub mod credential_source;
pub mod entry_ranking;
pub mod pull_failure;
pub mod pull_policy;
pub mod reference;
pub mod registry_path;
pub mod similar_images;
