//! The arguments of each command. The doc comments are the help.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::ValueHint;

use crate::cli::arguments::config_flags::RegisterFlags;
use crate::cli::arguments::engine::EngineArgs;
use crate::cli::arguments::project::ProjectArgs;
use crate::cli::arguments::run_output::{HealthCheckArgs, RunOutputArgs, ServiceArgs, ServiceLogsArgs};
use crate::cli::arguments::store::StoreArgs;
use crate::cli::arguments::values::{
    ColorArgument, CompletionShell, ExitCodeArgument, LintFormatArgument, NeedsArgument, ProbeArgument,
};

#[derive(Debug, clap::Args)]
pub struct ExecArgs {
    /// The job; without one, the jobs are listed
    pub job: Option<String>,
    #[command(flatten)]
    pub project: ProjectArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
    /// How long the job may take: 90s, 15m, 1h30m
    ///
    /// The time includes pulling images and starting services, and overrides the file's; a plain number is in seconds
    /// [default: the job's `timeout`, else 1h]
    #[arg(long, value_name = "DURATION", hide_short_help = true)]
    pub timeout: Option<String>,
    /// How to check that services are ready
    #[arg(long, value_name = "MODE", default_value = "auto", hide_short_help = true)]
    pub probe: ProbeArgument,
    #[command(flatten)]
    pub services: ServiceArgs,
    /// Print the time before each line of the log, in UTC
    #[arg(long, hide_short_help = true)]
    pub timestamps: bool,
    /// Open a shell in the container if a command fails
    ///
    /// While the shell is open, the job's time limits do not apply; `retry` has no effect. After the shell, the job ends as it
    /// would have without it.
    #[arg(short, long)]
    pub interactive: bool,
    /// Keep the job's container, services, network and volumes
    ///
    /// The log ends with the commands that inspect and remove them, also if the job is stopped.
    #[arg(long, hide_short_help = true)]
    pub keep: bool,
    /// The exit code if the job's script fails: 1, or the script's own
    #[arg(long, value_name = "CODE", default_value = "job", hide_short_help = true)]
    pub exit_code: ExitCodeArgument,
    #[command(flatten)]
    pub artifacts: JobArtifactsArgs,
    #[command(flatten)]
    pub output: RunOutputArgs,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, clap::Args)]
pub struct ShellArgs {
    /// The job; without one, the jobs are listed
    pub job: Option<String>,
    /// Open another shell in a running job
    ///
    /// The shell has the variables of the container. JOB may be left out if only one job of the project is running. The end
    /// of the shell does not end the job; the end of the script ends the shell.
    #[arg(long, conflicts_with_all = ["from", "needs", "artifacts_to", "no_cache", "artifact_max", "probe"])]
    pub running: bool,
    /// The run of the running job, as `runs list` names it
    #[arg(long, value_name = "RUN", requires = "running", hide_short_help = true)]
    pub run: Option<String>,
    #[command(flatten)]
    pub project: ProjectArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
    /// How to check that services are ready
    #[arg(long, value_name = "MODE", default_value = "auto", hide_short_help = true)]
    pub probe: ProbeArgument,
    #[command(flatten)]
    pub health: HealthCheckArgs,
    #[command(flatten)]
    pub service_logs: ServiceLogsArgs,
    #[command(flatten)]
    pub artifacts: JobArtifactsArgs,
    #[command(flatten)]
    pub store: StoreArgs,
}

/// The arguments about artifacts and caches of a job that runs.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Artifacts and caches")]
pub struct JobArtifactsArgs {
    /// The run whose artifacts the job gets
    ///
    /// `last`: the newest run of each job; `none`: no run; otherwise the name of a run from `runs list`
    #[arg(long, value_name = "RUN", default_value = "last")]
    pub from: String,
    /// First run the jobs whose artifacts the job gets
    ///
    /// They run one after another; `missing` runs only those without stored artifacts
    #[arg(long, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    #[arg(hide_possible_values = true)]
    pub needs: Option<NeedsArgument>,
    #[command(flatten)]
    pub kept: KeptFilesArgs,
}

/// The arguments about what jobs keep.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Artifacts and caches")]
pub struct KeptFilesArgs {
    /// Copy the artifacts of each job to DIR/JOB
    ///
    /// `.` puts them into the working tree.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub artifacts_to: Option<PathBuf>,
    /// Neither restore nor save caches
    #[arg(long)]
    pub no_cache: bool,
    /// The largest archive that is stored, such as 500M or 3G
    ///
    /// A larger archive fails the job [default: 1G]
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub artifact_max: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_short_help = true)]
    pub color: ColorArgument,
    #[command(flatten)]
    pub engine: EngineArgs,
}

#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// The command, such as `exec` or `include fetch`; without one, the page of the program
    pub command: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub struct ProbeArgs {
    /// The time limit in milliseconds
    #[arg(long)]
    pub within: u64,
    /// An address of the service
    #[arg(long = "address")]
    pub addresses: Vec<IpAddr>,
    /// A port of the service
    #[arg(long = "port")]
    pub ports: Vec<u16>,
    /// Listen at this port instead of checking a service
    #[arg(long)]
    pub listen: Option<u16>,
}

#[derive(Debug, clap::Args)]
pub struct CollectArgs {
    /// The JSON file that says what to collect; `-` for standard input
    pub request: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Show jobs that are not in the pipeline, too
    #[arg(short, long)]
    pub all: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub project: ProjectArgs,
}

#[derive(Debug, clap::Args)]
pub struct LintArgs {
    /// The files; without any, the project's .gitlab-ci.yml
    #[arg(value_name = "FILE", conflicts_with = "file")]
    pub files: Vec<PathBuf>,
    /// Print JSON, as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// The format of the output
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: LintFormatArgument,
    #[command(flatten)]
    pub project: ProjectArgs,
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The job; without one, the jobs are listed
    pub job: Option<String>,
    /// Show behind each value where it is written
    #[arg(long, group = "part")]
    pub origins: bool,
    /// Show the text that the container's shell reads
    #[arg(long, group = "part")]
    pub script: bool,
    /// Show the containers that the engine would create
    ///
    /// The output is the JSON that would be sent to the engine; nothing is sent.
    #[arg(long, group = "part")]
    pub container: bool,
    /// Show the files that the job receives and keeps
    ///
    /// The output is JSON, with the final keys of caches.
    #[arg(long, group = "part")]
    pub files: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub project: ProjectArgs,
}

#[derive(Debug, clap::Args)]
pub struct PullArgs {
    /// The jobs; without any, all jobs of the file
    pub jobs: Vec<String>,
    #[command(flatten)]
    pub project: ProjectArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
}

#[derive(Debug, clap::Args)]
pub struct AuthArgs {
    /// The image
    pub image: String,
    /// Use the variables of this job
    ///
    /// Without a job, the variables of the file's top level are used.
    #[arg(short, long)]
    pub job: Option<String>,
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct CleanArgs {
    /// Remove only these containers, networks and volumes
    ///
    /// Any run may have left them. The prefix that the names of all objects of a job share stands for all of them.
    #[arg(value_name = "NAME", conflicts_with_all = ["volumes", "kept", "all", "other_hosts", "artifacts", "caches"])]
    pub names: Vec<String>,
    /// Also remove volumes that are kept from job to job
    #[arg(long)]
    pub volumes: bool,
    /// Also remove objects that --keep has left
    #[arg(long)]
    pub kept: bool,
    /// Also remove objects of runs in other containers
    ///
    /// The containers are on this host. The runs may still be active.
    #[arg(short, long)]
    pub all: bool,
    /// Also remove objects of runs on other hosts
    ///
    /// The hosts use the same engine. The runs may still be active.
    #[arg(long)]
    pub other_hosts: bool,
    /// Remove the stored runs of all projects instead of leftovers
    ///
    /// Stored runs are logs, artifacts and reports.
    #[arg(long, conflicts_with_all = ["volumes", "kept", "all", "other_hosts"])]
    pub artifacts: bool,
    /// Remove the caches of all projects instead of leftovers
    #[arg(long, conflicts_with_all = ["volumes", "kept", "all", "other_hosts"])]
    pub caches: bool,
    /// Remove only what was not used for this long: 7d, 12h
    ///
    /// The option needs --artifacts or --caches.
    #[arg(long, value_name = "AGE", conflicts_with = "names")]
    pub older_than: Option<String>,
    /// Do not ask
    #[arg(short, long, visible_aliases = ["yes"], visible_short_alias = 'y')]
    pub force: bool,
    /// Only list what would be removed
    #[arg(long, conflicts_with = "force")]
    pub dry_run: bool,
    #[command(flatten)]
    pub store: StoreArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
}

#[derive(Debug, clap::Args)]
pub struct RegisterArgs {
    /// The file to add the runner to
    ///
    /// [default: RUNNER_LITE_CONFIG, else /etc/gitlab-runner/config.toml for root and ~/.gitlab-runner/config.toml for
    /// others]
    #[arg(short, long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// A file with one section `[[runners]]` to start from; flags override it
    #[arg(long, value_name = "PATH")]
    pub template_config: Option<PathBuf>,
    /// The runner's name
    #[arg(long, value_name = "TEXT", visible_alias = "description")]
    pub name: Option<String>,
    /// The server's URL, for GitLab Runner
    #[arg(short, long)]
    pub url: Option<String>,
    /// The runner's token, for GitLab Runner
    #[arg(short, long)]
    pub token: Option<String>,
    /// A token that GitLab Runner can exchange for the runner's token
    #[arg(short, long, value_name = "TOKEN", conflicts_with = "token", hide_short_help = true)]
    pub registration_token: Option<String>,
    /// The executor; only `docker` is accepted
    #[arg(long, value_name = "TEXT")]
    pub executor: Option<String>,
    /// Accepted for compatibility; never prompts
    #[arg(short, long, hide_short_help = true)]
    pub non_interactive: bool,
    #[command(flatten)]
    pub keys: RegisterFlags,
}

#[derive(Debug, clap::Args)]
pub struct CompletionArgs {
    /// The shell
    pub shell: CompletionShell,
}

#[derive(Debug, clap::Args)]
pub struct CompleteArgs {
    /// The shell
    pub shell: CompletionShell,
    /// The words that the script passes
    #[arg(last = true)]
    pub words: Vec<String>,
}
