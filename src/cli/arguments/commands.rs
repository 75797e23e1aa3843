//! The command line as it is typed; the doc comments are the help. No logic.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ArgAction, Parser, Subcommand, ValueEnum, ValueHint};

use crate::cli::arguments::config_flags::{ConfigFlags, RegisterFlags};
use crate::cli::arguments::examples::{
    AUTH_EXAMPLES, CLEAN_EXAMPLES, COMPLETION_EXAMPLES, DOCTOR_CODES, EXAMPLES, LINT_EXAMPLES, LIST_EXAMPLES,
    PULL_EXAMPLES, REGISTER_EXAMPLES, SHOW_EXAMPLES,
};
use crate::cli::exit_code;

/// Runs the jobs of a .gitlab-ci.yml on a Docker Engine, as GitLab Runner's Docker executor does
#[derive(Debug, Parser)]
#[command(name = "runner-lite", version, after_help = exit_code::TABLE, disable_help_subcommand = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run one job with its services, from the working tree to its exit code
    #[command(after_help = format!("{EXAMPLES}\n\n{}", exit_code::TABLE))]
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

/// `exec`.
#[derive(Debug, clap::Args)]
pub struct ExecArgs {
    /// The job; without one, the jobs are listed
    pub job: Option<String>,
    /// The file and what it is read with.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// The engine and the log.
    #[command(flatten)]
    pub engine: EngineArgs,
    /// How long the script may take, whatever the file says: seconds, or 90s, 15m, 1h30m [default: the job's
    /// `timeout`, else 1h]
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// From where services are probed: direct, inside (a container of the job's image on its network), off, or auto:
    /// inside where they cannot be reached directly
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub probe: String,
}

/// `doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The engine.
    #[command(flatten)]
    pub engine: EngineArgs,
}

/// `man`.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// The command; without one, the page of the program
    pub command: Option<String>,
}

/// `probe`: the prober in a container.
#[derive(Debug, clap::Args)]
pub struct ProbeArgs {
    /// Milliseconds.
    #[arg(long)]
    pub within: u64,
    /// Addresses.
    #[arg(long = "address")]
    pub addresses: Vec<IpAddr>,
    /// Ports.
    #[arg(long = "port")]
    pub ports: Vec<u16>,
    /// Do not dial, but listen at this port.
    #[arg(long)]
    pub listen: Option<u16>,
}

/// `list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Show jobs that are not in the pipeline, too
    #[arg(short, long)]
    pub all: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The file and what it is read with.
    #[command(flatten)]
    pub project: ProjectArgs,
}

/// `lint`.
#[derive(Debug, clap::Args)]
pub struct LintArgs {
    /// The files; without any, the project's .gitlab-ci.yml
    #[arg(value_name = "FILE", conflicts_with = "file")]
    pub files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The file and what it is read with.
    #[command(flatten)]
    pub project: ProjectArgs,
}

/// `show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The job; without one, the jobs are listed
    pub job: Option<String>,
    /// Say behind each value where it is written
    #[arg(long, group = "part")]
    pub origins: bool,
    /// Show the text that the container's shell reads
    #[arg(long, group = "part")]
    pub script: bool,
    /// Show the containers, as JSON: what would be sent to the engine; nothing is
    #[arg(long, group = "part")]
    pub container: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The file and what it is read with.
    #[command(flatten)]
    pub project: ProjectArgs,
}

/// `pull`.
#[derive(Debug, clap::Args)]
pub struct PullArgs {
    /// The jobs; without any, all jobs of the file
    pub jobs: Vec<String>,
    /// The file and what it is read with.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// The engine and the log.
    #[command(flatten)]
    pub engine: EngineArgs,
}

/// `auth`.
#[derive(Debug, clap::Args)]
pub struct AuthArgs {
    /// The image
    pub image: String,
    /// Look as this job would, with its variables; without one, the file's own variables count
    #[arg(short, long)]
    pub job: Option<String>,
    /// The file and what it is read with.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `clean`.
#[derive(Debug, clap::Args)]
pub struct CleanArgs {
    /// Remove volumes that are kept from job to job, too
    #[arg(long)]
    pub volumes: bool,
    /// Remove what may belong to a run in another container, too
    #[arg(short, long)]
    pub all: bool,
    /// Do not ask
    #[arg(short, long, visible_aliases = ["yes"], visible_short_alias = 'y')]
    pub force: bool,
    /// Only list what would be removed
    #[arg(long, conflicts_with = "force")]
    pub dry_run: bool,
    /// The engine.
    #[command(flatten)]
    pub engine: EngineArgs,
}

/// `register`.
#[derive(Debug, clap::Args)]
pub struct RegisterArgs {
    /// The file to add to [default: RUNNER_LITE_CONFIG, else /etc/gitlab-runner/config.toml for root and
    /// ~/.gitlab-runner/config.toml for others]
    #[arg(short, long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// A file with one section `[[runners]]` to begin from; flags outrank it
    #[arg(long, value_name = "PATH")]
    pub template_config: Option<PathBuf>,
    /// What the runner is called
    #[arg(long, value_name = "TEXT", visible_alias = "description")]
    pub name: Option<String>,
    /// The server, for GitLab Runner
    #[arg(short, long)]
    pub url: Option<String>,
    /// The runner's token, for GitLab Runner
    #[arg(short, long)]
    pub token: Option<String>,
    /// A token that GitLab Runner can exchange for the runner's
    #[arg(short, long, value_name = "TOKEN", conflicts_with = "token")]
    pub registration_token: Option<String>,
    /// `docker`; others are refused
    #[arg(long, value_name = "TEXT")]
    pub executor: Option<String>,
    /// Ask nothing, as is always so here
    #[arg(short, long)]
    pub non_interactive: bool,
    /// Keys of the configuration.
    #[command(flatten)]
    pub keys: RegisterFlags,
}

/// `completion`.
#[derive(Debug, clap::Args)]
pub struct CompletionArgs {
    /// The shell
    pub shell: Shell,
}

/// `complete`.
#[derive(Debug, clap::Args)]
pub struct CompleteArgs {
    /// The shell
    pub shell: Shell,
    /// What its script says of the command line
    #[arg(last = true)]
    pub words: Vec<String>,
}

/// A shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash
    Bash,
    /// The Z shell
    Zsh,
    /// The friendly interactive shell
    Fish,
}

/// What every command takes that reads the pipeline file.
#[derive(Debug, clap::Args)]
pub struct ProjectArgs {
    /// The pipeline file
    #[arg(short, long, value_name = "PATH", visible_alias = "cicd-config-file")]
    pub file: Option<PathBuf>,
    /// GitLab Runner's configuration; "" for none [default: RUNNER_LITE_CONFIG, ~/.gitlab-runner/config.toml or
    /// /etc/gitlab-runner/config.toml]
    // A path could not be empty.
    #[arg(long, value_name = "PATH", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    #[arg(value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// The section of the configuration by its name [default: the first one for Docker]
    #[arg(long, value_name = "NAME")]
    pub runner: Option<String>,
    /// Keys of the configuration.
    #[command(flatten)]
    pub config_flags: ConfigFlags,
    /// When images are pulled: always, if-not-present, never, or several to be tried in turn, separated by commas;
    /// outranks the file's `pull_policy` [default: if-not-present]
    #[arg(long, value_name = "POLICY", value_delimiter = ',', visible_alias = "docker-pull-policy")]
    pub pull_policy: Vec<String>,
    /// Make it an error where the file says something that has no effect here
    #[arg(long)]
    pub strict: bool,
    /// Take DOCKER_AUTH_CONFIG from this process's environment where the job has no such variable
    #[arg(long)]
    pub auth_from_env: bool,
    /// Set a variable, above those of the file; may be repeated
    #[arg(long = "variable", visible_alias = "env", value_name = "KEY=VALUE", action = ArgAction::Append)]
    pub variables: Vec<String>,
    /// Give the file's `spec:inputs` a value; may be repeated. Numbers, booleans and arrays are written as JSON
    #[arg(long = "input", value_name = "KEY=VALUE", action = ArgAction::Append)]
    pub inputs: Vec<String>,
    /// A folder with copies of included files from elsewhere: `group/project[@ref]/path` of other projects,
    /// `host/path` of remote ones, `templates/name`, `host/group/project@version/templates/name.yml` of components
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub include_dir: Option<String>,
    /// Set a variable of type file: the job finds the content of PATH in a file that the variable names
    #[arg(long = "variable-file", value_name = "KEY=PATH", action = ArgAction::Append)]
    pub variable_files: Vec<String>,
}

/// What every command takes that works with the engine.
#[derive(Debug, clap::Args)]
pub struct EngineArgs {
    /// The engine's socket, such as unix:///var/run/docker.sock [default: DOCKER_HOST, else the docker CLI's context,
    /// else the first of Docker's and Podman's sockets that answers; -v says which and why]
    #[arg(short = 'H', long, value_name = "URL", visible_alias = "docker-host")]
    pub host: Option<String>,
    /// Print only what the job's commands print, and failures
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print each call of the Engine API on standard error
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}
