//! Registry credentials of this host, and the folder of the docker CLI's configuration.

use std::path::PathBuf;
use std::{env, io};

use crate::cli::host::text_file::read_text_file;
use crate::registry::auth_config::AuthConfigError;
use crate::registry::credential_source::{CredentialSource, DOCKER_AUTH_CONFIG};

/// The docker CLI's folder: `$DOCKER_CONFIG`, else `~/.docker`.
pub(super) fn docker_folder() -> Option<PathBuf> {
    let named = env::var_os("DOCKER_CONFIG").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(env::home_dir()?.join(".docker")))
}

/// The credentials in the environment variable `DOCKER_AUTH_CONFIG`, unless it is unset or empty.
pub(super) fn environment_auth() -> Option<CredentialSource> {
    let text = env::var(DOCKER_AUTH_CONFIG).ok().filter(|text| !text.is_empty())?;
    Some(CredentialSource::new(environment_label(), &text))
}

/// The same source without its credentials, so that messages can say that it is not read.
pub(super) fn unread_environment_auth() -> Option<CredentialSource> {
    env::var_os(DOCKER_AUTH_CONFIG).filter(|text| !text.is_empty())?;
    Some(CredentialSource { label: environment_label(), config: Err(AuthConfigError::NotRead) })
}

fn environment_label() -> String {
    format!("{DOCKER_AUTH_CONFIG} of the environment")
}

/// The credentials in `$DOCKER_CONFIG/config.json`; without that variable in `~/.docker/config.json`, else in its
/// predecessor `~/.dockercfg`.
pub(super) fn docker_config() -> Option<CredentialSource> {
    let mut files = vec![docker_folder()?.join("config.json")];
    if env::var_os("DOCKER_CONFIG").is_none_or(|folder| folder.is_empty()) {
        files.push(env::home_dir()?.join(".dockercfg"));
    }
    files.iter().find_map(|file| {
        let label = file.display().to_string();
        match read_text_file(file) {
            Ok(text) => Some(CredentialSource::new(label, &text)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                None
            }
            Err(error) => {
                let config = Err(AuthConfigError::Unreadable(error.to_string()));
                Some(CredentialSource { label, config })
            }
        }
    })
}
