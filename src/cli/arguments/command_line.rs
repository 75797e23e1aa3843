//! The program's arguments and commands, from which clap makes the parser; the doc comments are the help.

use clap::{Parser, Subcommand};

use crate::cli::arguments::after_help::{
    AUTH_EXAMPLES, CLEAN_EXAMPLES, COMPLETION_EXAMPLES, DOCTOR_CODES, EXEC_EXAMPLES, EXIT_CODES,
    LINT_EXAMPLES, LIST_EXAMPLES, PULL_EXAMPLES, REGISTER_EXAMPLES, SHOW_EXAMPLES,
};
use crate::cli::arguments::commands::{
    AuthArgs, CleanArgs, CompleteArgs, CompletionArgs, DoctorArgs, ExecArgs, LintArgs, ListArgs, ManArgs,
    ProbeArgs, PullArgs, RegisterArgs, ShowArgs,
};

/// Runs the jobs of a .gitlab-ci.yml on a Docker Engine, as GitLab Runner's Docker executor does
#[derive(Debug, Parser)]
#[command(name = "runner-lite", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run one job with its services, from the working tree to its exit code
    #[command(after_help = format!("{EXEC_EXAMPLES}\n\n{}", EXIT_CODES))]
    Exec(ExecArgs),
    /// List the jobs, and say why each is or is not in the pipeline of this branch or tag
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// Say everything that is wrong with pipeline files, at once
    #[command(after_help = LINT_EXAMPLES)]
    Lint(LintArgs),
    /// Show a job with all that it takes from elsewhere in the file, and what a run would send to the engine
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowArgs),
    /// Get the images of jobs and of their services, for a time without a network
    #[command(after_help = PULL_EXAMPLES)]
    Pull(PullArgs),
    /// Explain whose credentials an image would be pulled with; exit code 0 if there are any, 1 if not
    #[command(after_help = AUTH_EXAMPLES)]
    Auth(AuthArgs),
    /// Remove what killed runs have left on the engine, and volumes that are kept from job to job
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
}
