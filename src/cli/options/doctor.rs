//! The options of `doctor`.

use crate::cli::arguments::DoctorArgs;
use crate::cli::options::configured_runner::configured_host;
use crate::cli::options::docker_config::{docker_config, environment_auth};
use crate::cli::options::engine::EngineOptions;
use crate::cli::options::output::{Format, stdout_style};
use crate::cli::options::usage_error::UsageError;
use crate::registry::credential_source::CredentialSource;
use crate::report::style::Style;

pub struct DoctorOptions {
    /// The engine, or the reason why no engine can be chosen: `doctor` reports it as a failed check.
    pub engine: Result<EngineOptions, UsageError>,
    /// Credentials of this host: `DOCKER_AUTH_CONFIG` of the environment and Docker's configuration file.
    pub credentials: Vec<CredentialSource>,
    pub format: Format,
    pub style: Style,
}

impl DoctorOptions {
    /// Resolves the arguments of `doctor`.
    pub fn resolve(args: DoctorArgs) -> Self {
        Self {
            engine: EngineOptions::resolve(args.engine, configured_host(), args.color),
            credentials: environment_auth().into_iter().chain(docker_config()).collect(),
            format: Format::chosen_by_json_flag(args.json),
            style: stdout_style(args.color),
        }
    }
}
