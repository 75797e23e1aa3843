//! The arguments of commands that work with the local store, in which runs and caches are kept.

use std::path::PathBuf;

use clap::ValueHint;

use crate::cli::arguments::runner_file::RunnerFileArgs;

#[derive(Debug, clap::Args)]
pub struct StoreArgs {
    /// The folder for runs: logs, artifacts and reports
    ///
    /// [default: RUNNER_LITE_STATE_DIR, else `runner-lite` in XDG_STATE_HOME or ~/.local/state]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, hide_short_help = true)]
    pub state_dir: Option<PathBuf>,
    /// The folder for caches
    ///
    /// [default: RUNNER_LITE_CACHE_DIR, else `runner-lite` in XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, hide_short_help = true)]
    pub cache_dir: Option<PathBuf>,
}

/// The arguments of commands that look into the store of a project.
#[derive(Debug, clap::Args)]
pub struct StoredProjectArgs {
    // The token in it tells the caches of runners apart.
    #[command(flatten)]
    pub runner: RunnerFileArgs,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, clap::Args)]
pub struct ArtifactsArgs {
    #[command(subcommand)]
    pub command: ArtifactsCommand,
}

#[derive(Debug, clap::Subcommand)]
pub enum ArtifactsCommand {
    /// List the newest artifacts of each job, or the files of one job
    List(ListArtifactsArgs),
    /// Extract stored artifacts of a job
    Get(GetArtifactsArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListArtifactsArgs {
    /// List the files of this job
    #[arg(value_name = "JOB")]
    pub stored_job: Option<String>,
    /// The run, as `runs list` names it; without one, the newest that stored something
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub project: StoredProjectArgs,
}

#[derive(Debug, clap::Args)]
pub struct GetArtifactsArgs {
    /// The job that stored the artifacts
    #[arg(value_name = "JOB")]
    pub stored_job: String,
    /// Extract only files that match these patterns, written as in `artifacts:paths`
    #[arg(value_name = "GLOB")]
    pub globs: Vec<String>,
    /// The folder to extract to; it is created if it is missing
    #[arg(short, long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub output: PathBuf,
    /// Write a zip archive instead of files
    #[arg(long, value_name = "FILE", conflicts_with = "output", value_hint = ValueHint::FilePath)]
    pub zip: Option<PathBuf>,
    /// Extract the report of this type, such as junit
    #[arg(long, value_name = "TYPE")]
    pub report: Option<String>,
    /// The run, as `runs list` names it; without one, the newest in which the job stored something
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    #[command(flatten)]
    pub project: StoredProjectArgs,
}

#[derive(Debug, clap::Args)]
pub struct RunsArgs {
    #[command(subcommand)]
    pub command: RunsCommand,
}

#[derive(Debug, clap::Subcommand)]
pub enum RunsCommand {
    /// List the stored runs of this project, the newest first
    List(ListRunsArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListRunsArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub project: StoredProjectArgs,
}

#[derive(Debug, clap::Args)]
pub struct LogsArgs {
    /// The job
    #[arg(value_name = "JOB")]
    pub stored_job: String,
    /// Print the log of this service of the job, named by its alias or image
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// The run, as `runs list` names it; without one, the newest in which the job ran
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    #[command(flatten)]
    pub project: StoredProjectArgs,
}

#[derive(Debug, clap::Args)]
pub struct CacheArgs {
    #[command(subcommand)]
    pub command: CacheCommand,
}

#[derive(Debug, clap::Subcommand)]
pub enum CacheCommand {
    /// List the caches of this project
    List(ListCachesArgs),
    /// Remove the cache with a key, or all caches of this project, like GitLab's "Clear runner caches"
    Clear(ClearCachesArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListCachesArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub project: StoredProjectArgs,
}

#[derive(Debug, clap::Args)]
pub struct ClearCachesArgs {
    /// The key of the cache; without one, all caches are removed
    #[arg(value_name = "KEY")]
    pub cache_key: Option<String>,
    #[command(flatten)]
    pub project: StoredProjectArgs,
}
