//! The program's commands, from which clap generates the parser. The doc comments are the help.

use clap::{Parser, Subcommand};

use crate::cli::arguments::after_help::{
    ARTIFACTS_EXAMPLES, AUTH_EXAMPLES, CACHE_EXAMPLES, CLEAN_EXAMPLES, COMPLETION_EXAMPLES, DOCTOR_CODES,
    EXEC_EXAMPLES, EXIT_CODES, LINT_EXAMPLES, LIST_EXAMPLES, LOGS_EXAMPLES, PULL_EXAMPLES, REGISTER_EXAMPLES,
    RUNS_EXAMPLES, SHOW_EXAMPLES,
};
use crate::cli::arguments::commands::{
    AuthArgs, CleanArgs, CollectArgs, CompleteArgs, CompletionArgs, DoctorArgs, ExecArgs, LintArgs, ListArgs,
    ManArgs, ProbeArgs, PullArgs, RegisterArgs, ShowArgs,
};
use crate::cli::arguments::store::{ArtifactsArgs, CacheArgs, LogsArgs, RunsArgs};

/// Run a GitLab CI job locally with Docker, with services, as GitLab Runner would
#[derive(Debug, Parser)]
#[command(name = "runner-lite", version, after_help = EXIT_CODES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a job
    #[command(after_help = format!("{EXEC_EXAMPLES}\n\n{}", EXIT_CODES))]
    Exec(ExecArgs),
    /// List the jobs, and say why each is or is not in the pipeline of this branch or tag
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// Check pipeline files for errors
    #[command(after_help = LINT_EXAMPLES)]
    Lint(LintArgs),
    /// Show a job with all that it takes from elsewhere in the file, and what a run would send to the engine
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowArgs),
    /// Pull all images, e.g. before going offline
    #[command(after_help = PULL_EXAMPLES)]
    Pull(PullArgs),
    /// Show which registry login an image uses; exit code 1 if none
    #[command(after_help = AUTH_EXAMPLES)]
    Auth(AuthArgs),
    /// List or extract stored artifacts
    #[command(after_help = ARTIFACTS_EXAMPLES, disable_help_subcommand = true)]
    Artifacts(ArtifactsArgs),
    /// List the stored runs of this project
    #[command(after_help = RUNS_EXAMPLES, disable_help_subcommand = true)]
    Runs(RunsArgs),
    /// Print the stored log of a job
    #[command(after_help = LOGS_EXAMPLES)]
    Logs(LogsArgs),
    /// List or clear the caches of this project
    #[command(after_help = CACHE_EXAMPLES, disable_help_subcommand = true)]
    Cache(CacheArgs),
    /// Remove leftovers of interrupted runs, or stored runs and caches
    #[command(after_help = CLEAN_EXAMPLES)]
    Clean(CleanArgs),
    /// Add a runner to GitLab Runner's configuration, by its flags and a template; no server is contacted
    #[command(after_help = REGISTER_EXAMPLES)]
    Register(RegisterArgs),
    /// Print a script by which a shell completes commands, options and the names of jobs
    #[command(after_help = COMPLETION_EXAMPLES)]
    Completion(CompletionArgs),
    /// Answer such a script
    #[command(hide = true)]
    Complete(CompleteArgs),
    /// Check whether this host runs jobs: engine, permission, reach, disk, clock, credentials, leftovers; a line each
    #[command(after_help = DOCTOR_CODES)]
    Doctor(DoctorArgs),
    /// Print the manual page
    Man(ManArgs),
    /// Probe a service from within a container and print what was found
    #[command(hide = true)]
    Probe(ProbeArgs),
    /// Write the files that a job leaves behind to standard output, from within a container
    #[command(hide = true)]
    Collect(CollectArgs),
}
