//! The arguments of `pipeline`.

use std::num::NonZeroUsize;

use clap::ArgAction;

use crate::cli::arguments::commands::KeptFilesArgs;
use crate::cli::arguments::engine::EngineArgs;
use crate::cli::arguments::project::ProjectArgs;
use crate::cli::arguments::run_output::{JobLogsArgs, RunOutputArgs, ServiceArgs};
use crate::cli::arguments::store::StoreArgs;
use crate::cli::arguments::values::{DelayedArgument, GraphArgument, ProbeArgument};

#[derive(Debug, clap::Args)]
pub struct PipelineArgs {
    /// The jobs to run, with those that they wait for; without any, all
    ///
    /// The plain name of a parallel job means all of its instances; `*` in a name stands for any text. A manual job that is
    /// named without `*` is started, and so is a job with `when: on_failure`.
    #[arg(value_name = "JOB")]
    pub jobs: Vec<String>,
    /// Run only the named jobs
    ///
    /// They run as if the others were not in the pipeline.
    #[arg(long, requires = "jobs")]
    pub only: bool,
    /// Start a manual job when its turn comes
    ///
    /// The option may be repeated.
    #[arg(long, value_name = "JOB", action = ArgAction::Append, conflicts_with = "manual_all")]
    pub manual: Vec<String>,
    /// Start all manual jobs when their turn comes
    #[arg(long, hide_short_help = true)]
    pub manual_all: bool,
    /// Delayed jobs: now, wait or skip
    ///
    /// They start at once, after their `start_in`, or not at all.
    #[arg(long, value_name = "HOW", default_value = "now", hide_possible_values = true)]
    pub delayed: DelayedArgument,
    /// Repeat only what failed or did not run in an earlier run
    ///
    /// Other jobs pass on the artifacts that they stored in it. RUN is its number or name; without one, it is the latest.
    #[arg(long, value_name = "RUN", num_args = 0..=1, require_equals = true, default_missing_value = "last")]
    #[arg(conflicts_with_all = ["dry_run", "graph"], hide_short_help = true)]
    pub resume: Option<String>,
    /// Only show how the jobs would start and end
    #[arg(long, conflicts_with = "graph")]
    pub dry_run: bool,
    /// Print the dry run as JSON
    #[arg(long, requires = "dry_run", hide_short_help = true)]
    pub json: bool,
    /// Only show the graph: as text, or for mermaid
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    #[arg(hide_possible_values = true)]
    pub graph: Option<GraphArgument>,
    #[command(flatten)]
    pub running: RunningArgs,
    #[command(flatten)]
    pub project: ProjectArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
    #[command(flatten)]
    pub files: KeptFilesArgs,
    #[command(flatten)]
    pub output: RunOutputArgs,
    #[command(flatten)]
    pub store: StoreArgs,
}

fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "write a number, 1 or more".to_owned())
}

/// The arguments about how the jobs run.
#[derive(Debug, clap::Args)]
pub struct RunningArgs {
    /// How many jobs may run at the same time
    #[arg(short = 'j', long, value_name = "N", value_parser = at_least_one)]
    pub concurrency: Option<NonZeroUsize>,
    /// Stop all jobs when one has failed
    #[arg(long)]
    pub fail_fast: bool,
    /// Exit with 4 if a manual or delayed job blocks the pipeline
    #[arg(long, hide_short_help = true)]
    pub fail_blocked: bool,
    /// How long each job may take: 90s, 15m, 1h30m
    #[arg(long, value_name = "DURATION", hide_short_help = true)]
    pub timeout: Option<String>,
    /// How to check that services are ready
    #[arg(long, value_name = "MODE", default_value = "auto", hide_short_help = true)]
    pub probe: ProbeArgument,
    /// Open a shell in the container of a job if a command fails
    ///
    /// One job at a time has the terminal; the output of the others follows. While the shell is open or waited
    /// for, the job's time limits do not apply; `retry` has no effect.
    #[arg(short, long, conflicts_with_all = ["dry_run", "graph"], hide_short_help = true)]
    pub interactive: bool,
    /// Keep the containers, network and volumes of each job
    ///
    /// The log of a job ends with the commands that inspect and remove them.
    #[arg(long, hide_short_help = true)]
    pub keep: bool,
    #[command(flatten)]
    pub services: ServiceArgs,
    /// Print the time before each line of the log, in UTC
    #[arg(long, hide_short_help = true)]
    pub timestamps: bool,
    #[command(flatten)]
    pub logs: JobLogsArgs,
}
