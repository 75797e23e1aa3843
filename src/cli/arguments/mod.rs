//! The command line as the user types it. It holds no logic: `options/` resolves what the arguments mean.

mod after_help;
mod command_line;
mod commands;
mod config_flags;
mod engine;
mod include;
mod pipeline;
mod project;
mod run_output;
mod runner_file;
mod store;
mod values;

pub use self::command_line::{Args, Command};
pub use self::commands::{
    AuthArgs, CleanArgs, CollectArgs, CompleteArgs, CompletionArgs, DoctorArgs, ExecArgs, JobArtifactsArgs,
    KeptFilesArgs, LintArgs, ListArgs, ManArgs, ProbeArgs, PullArgs, RegisterArgs, ShellArgs, ShowArgs,
};
pub use self::config_flags::is_config_flag;
pub use self::engine::EngineArgs;
pub use self::include::{FetchIncludesArgs, IncludeArgs, IncludeCommand};
pub use self::pipeline::{PipelineArgs, RunningArgs};
pub use self::project::ProjectArgs;
pub use self::run_output::{HealthCheckArgs, JobLogsArgs, RunOutputArgs, ServiceArgs, ServiceLogsArgs};
pub use self::runner_file::RunnerFileArgs;
pub use self::store::{
    ArtifactsArgs, ArtifactsCommand, CacheArgs, CacheCommand, ClearCachesArgs, GetArtifactsArgs,
    ListArtifactsArgs, ListCachesArgs, ListRunsArgs, LogsArgs, RunsArgs, RunsCommand, StoreArgs,
    StoredProjectArgs,
};
pub use self::values::{
    ColorArgument, CompletionShell, DelayedArgument, ExitCodeArgument, GraphArgument, JobLogsArgument,
    LintFormatArgument, NeedsArgument, ProbeArgument,
};
