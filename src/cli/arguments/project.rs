//! The arguments of commands that read the pipeline file.

use std::path::PathBuf;

use clap::{ArgAction, ValueHint};

use crate::cli::arguments::config_flags::ConfigFlags;
use crate::cli::arguments::runner_file::RunnerFileArgs;
use crate::cli::arguments::values::ColorArgument;

#[derive(Debug, clap::Args)]
pub struct ProjectArgs {
    /// The pipeline file
    #[arg(short, long, value_name = "PATH", visible_alias = "cicd-config-file")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub runner: RunnerFileArgs,
    #[command(flatten)]
    pub config_flags: ConfigFlags,
    /// When to pull: always, if-not-present, never
    ///
    /// Several policies, separated by commas, are tried in turn. They override the file's `pull_policy` [default: if-not-present]
    #[arg(long, value_name = "POLICY", value_delimiter = ',', visible_alias = "docker-pull-policy")]
    #[arg(hide_short_help = true)]
    pub pull_policy: Vec<String>,
    /// Treat ignored keywords as errors
    #[arg(long, hide_short_help = true)]
    pub strict: bool,
    /// Take DOCKER_AUTH_CONFIG from this process's environment if the job has no such variable
    #[arg(long, hide_short_help = true)]
    pub auth_from_env: bool,
    /// Set a variable
    ///
    /// It overrides variables of the file. The option may be repeated. A name has letters, digits and `_` only.
    #[arg(long = "variable", visible_alias = "env", value_name = "KEY=VALUE", action = ArgAction::Append)]
    pub variables: Vec<String>,
    /// Plan the pipeline of another event: branch:NAME, tag:NAME, mr, mr:TARGET, schedule, web, push
    ///
    /// All predefined variables fit the event, so that rules decide as in GitLab. `mr` is a merge request into the
    /// default branch, or into TARGET. The files remain those of the working tree.
    #[arg(long = "as", value_name = "EVENT", hide_short_help = true)]
    pub event: Option<String>,
    /// Use the files of the commit, without uncommitted changes
    ///
    /// The pipeline file, files that it includes, `rules` and the sources of jobs use the files of HEAD, as in GitLab. These
    /// are in a temporary folder (TMPDIR) meanwhile.
    #[arg(long, hide_short_help = true)]
    pub committed: bool,
    /// Set a value of the file's `spec:inputs`
    ///
    /// The option may be repeated. Numbers, booleans and arrays are written as JSON.
    #[arg(long = "input", value_name = "KEY=VALUE", action = ArgAction::Append, hide_short_help = true)]
    pub inputs: Vec<String>,
    /// A folder with copies of included files from elsewhere
    ///
    /// It has `group/project[@ref]/path` for other projects, `host/path` for remote files, `templates/name`, and
    /// `host/group/project@version/templates/name.yml` for components.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, hide_short_help = true)]
    pub include_dir: Option<String>,
    /// Set a variable of type file
    ///
    /// In the job, the variable names a file with the content of PATH.
    #[arg(long = "variable-file", value_name = "KEY=PATH", action = ArgAction::Append, hide_short_help = true)]
    pub variable_files: Vec<String>,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_short_help = true)]
    pub color: ColorArgument,
}
