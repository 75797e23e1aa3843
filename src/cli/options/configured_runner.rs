//! The runner's configuration file, as the environment and the arguments choose it.

use std::env;
use std::path::PathBuf;

use crate::cli::arguments::RunnerFileArgs;
use crate::cli::host::runner_file::{RunnerFile, RunnerFileError, RunnerFileLocations};
use crate::runner_config::flag_value::FlagValue;

/// The environment variable that names a configuration file.
const RUNNER_LITE_CONFIG: &str = "RUNNER_LITE_CONFIG";

/// Loads a section of the configuration file, overridden by the `typed` values.
pub(super) fn load_runner_file(
    args: RunnerFileArgs,
    typed: &[FlagValue],
) -> Result<RunnerFile, RunnerFileError> {
    let RunnerFileArgs { config: file, runner } = args;
    let variable = env::var_os(RUNNER_LITE_CONFIG).map(PathBuf::from);
    RunnerFile::load(RunnerFileLocations { file, variable, home: env::home_dir() }, runner.as_deref(), typed)
}

/// The file that `RUNNER_LITE_CONFIG` names, unless it is unset or empty.
pub(super) fn file_of_environment() -> Option<PathBuf> {
    env::var_os(RUNNER_LITE_CONFIG).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// `host` of the runner's configuration, for commands that use nothing else of it: an invalid file counts as absent,
/// and the commands that need the file report its errors.
pub(super) fn configured_host() -> Option<String> {
    load_runner_file(RunnerFileArgs::default(), &[]).ok().and_then(|file| file.config.docker.host)
}
