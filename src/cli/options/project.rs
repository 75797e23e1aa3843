//! The options of commands that read the pipeline file.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::arguments::ProjectArgs;
use crate::cli::host::runner_file::RunnerFile;
use crate::cli::options::configured_runner::load_runner_file;
use crate::cli::options::docker_config::{docker_config, environment_auth, unread_environment_auth};
use crate::cli::options::output::stderr_style;
use crate::cli::options::strictness::Strictness;
use crate::cli::options::usage_error::UsageError;
use crate::cli::options::values::{
    load_variable_file, parse_event, parse_input, parse_pull_policies, parse_variable,
};
use crate::pipeline::inputs::InputArgument;
use crate::plan::job_plan::{EnvironmentVariable, VariableFile};
use crate::registry::credential_source::CredentialSource;
use crate::registry::pull_policy::PullPolicies;
use crate::report::style::Style;
use crate::vars::event::PipelineEvent;

/// Everything that decides how a pipeline file is read and its jobs are planned.
#[derive(Clone)]
pub struct ProjectOptions {
    /// `--file`
    pub file: Option<PathBuf>,
    /// The current directory, from which the repository is found.
    pub directory: PathBuf,
    pub runner: RunnerFile,
    pub pull_policies: PullPolicies,
    /// `DOCKER_AUTH_CONFIG` of the environment, which is read with `--auth-from-env` only.
    pub environment_auth: Option<CredentialSource>,
    /// Docker's configuration file.
    pub docker_config: Option<CredentialSource>,
    /// `--variable`
    pub variables: Vec<EnvironmentVariable>,
    /// `--variable-file`
    pub variable_files: Vec<VariableFile>,
    /// `--include-dir`
    pub include_dir: Option<String>,
    /// `--as`
    pub event: Option<PipelineEvent>,
    /// The folder for temporary files, with `--committed`.
    pub committed: Option<PathBuf>,
    /// `--input`
    pub inputs: Vec<InputArgument>,
    /// `--timeout`, which `exec` alone has.
    pub timeout: Option<Duration>,
    pub strictness: Strictness,
    /// The style of diagnostics on standard error.
    pub error_style: Style,
}

/// The value of `--include-dir`: a missing folder would look like missing copies.
fn existing_folder(path: String) -> Result<String, UsageError> {
    match Path::new(&path).is_dir() {
        true => Ok(path),
        false => Err(UsageError::NoFolder { option: "--include-dir", path }),
    }
}

#[expect(clippy::disallowed_methods, reason = "the files of a commit are written there (`--committed`)")]
fn temporary_folder() -> PathBuf {
    env::temp_dir()
}

impl ProjectOptions {
    /// Resolves the arguments.
    pub(super) fn resolve(args: ProjectArgs) -> Result<Self, UsageError> {
        let typed = args.config_flags.typed().map_err(UsageError::ConfigFlag)?;
        let runner = load_runner_file(args.runner, &typed)?;
        Ok(Self {
            file: args.file,
            directory: env::current_dir().map_err(UsageError::Directory)?,
            pull_policies: PullPolicies {
                typed: parse_pull_policies(&args.pull_policy)?,
                runner: runner.pull_policies(),
            },
            runner,
            environment_auth: match args.auth_from_env {
                true => environment_auth(),
                false => unread_environment_auth(),
            },
            docker_config: docker_config(),
            variables: args.variables.into_iter().map(parse_variable).collect::<Result<_, _>>()?,
            variable_files: args
                .variable_files
                .into_iter()
                .map(load_variable_file)
                .collect::<Result<_, _>>()?,
            include_dir: args.include_dir.map(existing_folder).transpose()?,
            event: args.event.map(parse_event).transpose()?,
            committed: args.committed.then(temporary_folder),
            inputs: args.inputs.into_iter().map(parse_input).collect::<Result<_, _>>()?,
            timeout: None,
            strictness: if args.strict { Strictness::Strict } else { Strictness::Lenient },
            error_style: stderr_style(args.color),
        })
    }
}
