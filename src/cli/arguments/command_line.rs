//! The program's commands, from which clap generates the parser. The doc comments are the help.

use clap::{Arg, Parser, Subcommand};

use crate::cli::arguments::after_help::{
    ARTIFACTS_EXAMPLES, AUTH_EXAMPLES, CACHE_EXAMPLES, CLEAN_EXAMPLES, COMPLETION_EXAMPLES, DOCTOR_CODES,
    EXEC_EXAMPLES, EXIT_CODES, INCLUDE_EXAMPLES, LINT_EXAMPLES, LIST_EXAMPLES, LOGS_EXAMPLES,
    PIPELINE_EXAMPLES, PULL_EXAMPLES, REGISTER_EXAMPLES, RUNS_EXAMPLES, SHELL_EXAMPLES, SHOW_EXAMPLES,
};
use crate::cli::arguments::commands::{
    AuthArgs, CleanArgs, CollectArgs, CompleteArgs, CompletionArgs, DoctorArgs, ExecArgs, LintArgs, ListArgs,
    ManArgs, ProbeArgs, PullArgs, RegisterArgs, ShellArgs, ShowArgs,
};
use crate::cli::arguments::config_flags::hide_settings;
use crate::cli::arguments::include::IncludeArgs;
use crate::cli::arguments::pipeline::PipelineArgs;
use crate::cli::arguments::store::{ArtifactsArgs, CacheArgs, LogsArgs, RunsArgs};

/// The parts of the program's help. Without clap's empty lines between them, the short help fits 24 lines.
const TEMPLATE: &str =
    "{about}\n{usage-heading} {usage}\nCommands:\n{subcommands}\nOptions:\n{options}{after-help}";

/// Hides the options about kept files in the short help, which fits 24 lines so.
fn hide_kept_files(arg: Arg) -> Arg {
    let is_about_files = ["artifacts_to", "no_cache"].contains(&arg.get_id().as_str());
    if is_about_files { arg.hide_short_help(true) } else { arg }
}

/// Run a GitLab CI job locally with Docker, with services, as GitLab Runner would
#[derive(Debug, Parser)]
#[command(name = "runner-lite", version, after_long_help = EXIT_CODES, help_template = TEMPLATE)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a job
    #[command(after_long_help = format!("{EXEC_EXAMPLES}\n\n{}", EXIT_CODES))]
    Exec(Box<ExecArgs>),
    /// Open a shell in a job's container, in place of its script
    ///
    /// The shell has the job's services, sources, artifacts, caches and variables; nothing is stored.
    #[command(after_long_help = SHELL_EXAMPLES)]
    Shell(Box<ShellArgs>),
    /// Run the pipeline of this branch
    ///
    /// `--dry-run` shows its jobs, what starts them and how they would end; `--graph` shows which job waits for which.
    #[command(after_long_help = PIPELINE_EXAMPLES, mut_args(hide_kept_files))]
    Pipeline(Box<PipelineArgs>),
    /// List the jobs of this branch's pipeline
    ///
    /// A job is in the pipeline if a push of this branch or tag would create it; the list says why.
    #[command(after_long_help = LIST_EXAMPLES, mut_args(hide_settings))]
    List(ListArgs),
    /// Check pipeline files for errors
    #[command(after_long_help = LINT_EXAMPLES, mut_args(hide_settings))]
    Lint(LintArgs),
    /// Show a job in full, its script or its containers
    ///
    /// `extends`, references and `default` are resolved; the containers are shown as the requests that a run would send.
    #[command(after_long_help = SHOW_EXAMPLES, mut_args(hide_settings))]
    Show(ShowArgs),
    /// Fetch files that are included from other projects
    #[command(after_long_help = INCLUDE_EXAMPLES, disable_help_subcommand = true)]
    Include(Box<IncludeArgs>),
    /// Pull all images, e.g. before going offline
    #[command(after_long_help = PULL_EXAMPLES)]
    Pull(PullArgs),
    /// Show which registry login an image uses
    ///
    /// The exit code is 1 if the image uses no login.
    #[command(after_long_help = AUTH_EXAMPLES, mut_args(hide_settings))]
    Auth(AuthArgs),
    /// List or extract stored artifacts
    #[command(after_long_help = ARTIFACTS_EXAMPLES, disable_help_subcommand = true)]
    Artifacts(ArtifactsArgs),
    /// List the stored runs of this project
    #[command(after_long_help = RUNS_EXAMPLES, disable_help_subcommand = true)]
    Runs(RunsArgs),
    /// Print the stored log of a job
    #[command(after_long_help = LOGS_EXAMPLES)]
    Logs(LogsArgs),
    /// List or clear the caches of this project
    #[command(after_long_help = CACHE_EXAMPLES, disable_help_subcommand = true)]
    Cache(CacheArgs),
    /// Remove leftovers of interrupted runs, or stored runs and caches
    #[command(after_long_help = CLEAN_EXAMPLES)]
    Clean(CleanArgs),
    /// Add a runner to GitLab Runner's configuration
    ///
    /// Flags and a template define the runner; no server is contacted.
    #[command(after_long_help = REGISTER_EXAMPLES)]
    Register(RegisterArgs),
    /// Print a script for completion in bash, zsh or fish
    #[command(after_long_help = COMPLETION_EXAMPLES)]
    Completion(CompletionArgs),
    /// Answer a completion script
    #[command(hide = true)]
    Complete(CompleteArgs),
    /// Check whether this host can run jobs
    ///
    /// Prints a line each about engine, permission, reach, disk, clock, credentials and leftovers.
    #[command(after_long_help = DOCTOR_CODES)]
    Doctor(DoctorArgs),
    /// Print the manual page
    #[command(hide = true)]
    Man(ManArgs),
    /// Probe a service from within a container and print what was found
    #[command(hide = true)]
    Probe(ProbeArgs),
    /// Write the files that a job leaves behind to standard output, from within a container
    #[command(hide = true)]
    Collect(CollectArgs),
}
