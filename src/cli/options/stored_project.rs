//! The options of commands that look into the store of a project.

use std::env;
use std::path::PathBuf;

use crate::cli::arguments::StoredProjectArgs;
use crate::cli::options::configured_runner::load_runner_file;
use crate::cli::options::store::store_places;
use crate::cli::options::usage_error::UsageError;
use crate::runner_config::RunnerConfig;
use crate::store::StorePlaces;

/// The project of the current directory, and its store.
pub struct StoredProjectOptions {
    /// The current directory, from which the repository is found.
    pub directory: PathBuf,
    pub places: StorePlaces,
    /// The configuration whose token tells the caches of runners apart.
    pub runner: RunnerConfig,
}

impl StoredProjectOptions {
    /// Resolves the arguments.
    pub(super) fn resolve(args: StoredProjectArgs) -> Result<Self, UsageError> {
        Ok(Self {
            directory: env::current_dir().map_err(UsageError::Directory)?,
            places: store_places(args.store)?,
            runner: load_runner_file(args.runner, &[])?.config,
        })
    }
}
