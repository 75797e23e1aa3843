//! A source of credentials: a variable or a file.

use super::auth_config::{AuthConfig, AuthConfigError};

/// The variable whose value is a credential configuration.
pub const DOCKER_AUTH_CONFIG: &str = "DOCKER_AUTH_CONFIG";

/// A source that is searched for credentials. For the same registry path, an earlier source outranks a later one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSource {
    /// The name in messages: `$DOCKER_AUTH_CONFIG`, or the file's path.
    pub label: String,
    /// The configuration, or why it cannot be used.
    pub config: Result<AuthConfig, AuthConfigError>,
}

impl CredentialSource {
    /// Why a source without errors has no entries, as far as it is known.
    pub fn remark(&self) -> Option<&'static str> {
        let config = self.config.as_ref().ok()?;
        config.lacks_auths.then_some("top-level `auths` is missing")
    }

    /// Decodes the text of a source.
    pub fn new(label: impl Into<String>, text: &str) -> Self {
        Self { label: label.into(), config: AuthConfig::parse(text) }
    }
}
