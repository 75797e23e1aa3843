//! The command line as it is typed; the doc comments are the help. No logic.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};

use super::exit;

const EXAMPLES: &str = "Examples:
  runner-lite exec                      list the jobs of .gitlab-ci.yml
  runner-lite exec test                 run the job `test`
  runner-lite exec test --docker-image alpine:3
                                        an image for a job that names none
  runner-lite exec test --variable CI_DEBUG_TRACE=true";

/// Runs the jobs of a .gitlab-ci.yml on a Docker Engine, as GitLab Runner's Docker executor does
#[derive(Debug, Parser)]
#[command(name = "runner-lite", version, after_help = exit::TABLE, disable_help_subcommand = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run one job with its services, from the working tree to its exit code
    #[command(after_help = format!("{EXAMPLES}\n\n{}", exit::TABLE))]
    Exec(ExecArgs),
}

/// `exec`.
#[derive(Debug, clap::Args)]
pub struct ExecArgs {
    /// The job; without one, the jobs are listed
    pub job: Option<String>,
    /// The pipeline file
    #[arg(short, long, value_name = "PATH", visible_alias = "cicd-config-file")]
    pub file: Option<PathBuf>,
    /// The engine's socket, such as unix:///var/run/docker.sock [default: DOCKER_HOST, else the default socket]
    #[arg(short = 'H', long, value_name = "URL", visible_alias = "docker-host")]
    pub host: Option<String>,
    /// The image of a job that names none
    #[arg(long, value_name = "IMAGE")]
    pub docker_image: Option<String>,
    /// When images are pulled: always, if-not-present, never, or several to be tried in turn, separated by commas;
    /// outranks the file's `pull_policy` [default: if-not-present]
    #[arg(long, value_name = "POLICY", value_delimiter = ',', visible_alias = "docker-pull-policy")]
    pub pull_policy: Vec<String>,
    /// Take DOCKER_AUTH_CONFIG from this process's environment where the job has no such variable
    #[arg(long)]
    pub auth_from_env: bool,
    /// Set a variable, above those of the file; may be repeated
    #[arg(long = "variable", visible_alias = "env", value_name = "KEY=VALUE", action = ArgAction::Append)]
    pub variables: Vec<String>,
    /// How long the script may take: seconds, or 90s, 15m, 1h30m [default: 1h]
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// Print only what the job's commands print, and failures
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print each call of the Engine API on standard error
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}
