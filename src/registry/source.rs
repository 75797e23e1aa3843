//! Where credentials come from.

use super::auth_config::{AuthConfig, AuthConfigError};

/// The variable whose value is such a configuration.
pub const DOCKER_AUTH_CONFIG: &str = "DOCKER_AUTH_CONFIG";

/// One place where credentials are looked for. Earlier ones outrank later ones for the same path of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSource {
    /// As it is shown: `$DOCKER_AUTH_CONFIG`, or the file's path.
    pub label: String,
    /// What it says.
    pub config: Result<AuthConfig, AuthConfigError>,
}

impl CredentialSource {
    /// Reads the text of a source.
    pub fn new(label: impl Into<String>, text: &str) -> Self {
        Self { label: label.into(), config: AuthConfig::parse(text) }
    }
}
