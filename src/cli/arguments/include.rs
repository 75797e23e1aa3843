//! The arguments of `include`.

use crate::cli::arguments::after_help::INCLUDE_EXAMPLES;
use crate::cli::arguments::config_flags::hide_settings;
use crate::cli::arguments::project::ProjectArgs;

#[derive(Debug, clap::Args)]
pub struct IncludeArgs {
    #[command(subcommand)]
    pub command: IncludeCommand,
}

#[derive(Debug, clap::Subcommand)]
pub enum IncludeCommand {
    /// Fetch files included from other projects to the folder of --include-dir
    ///
    /// These are the files of `include:project` and `include:component`. The folder's `include-lock.json` records the commit of
    /// each project. Files that you have put there yourself stay.
    #[command(after_long_help = INCLUDE_EXAMPLES, mut_args(hide_settings))]
    #[command(mut_arg("include_dir", |arg| arg.hide_short_help(false)))]
    Fetch(FetchIncludesArgs),
}

#[derive(Debug, clap::Args)]
pub struct FetchIncludesArgs {
    /// Fetch the newest commit of each version
    #[arg(long, conflicts_with = "check")]
    pub update: bool,
    /// List what is newer or missing, with exit code 1
    #[arg(long)]
    pub check: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The URL of the server that has the other projects
    ///
    /// The scheme is https, http, ssh or git. [default: the server of the remote `origin`]
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    #[command(flatten)]
    pub project: ProjectArgs,
}
