//! What the arguments of each command mean, given the environment, the current directory and the settings files. This
//! folder alone reads `std::env`; it imports no command, so every command's options are defined here.

#![expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]

mod auth;
mod clean;
mod configured_runner;
mod docker_config;
mod doctor;
mod engine;
mod exec;
mod include;
mod lint;
mod list;
mod output;
mod pipeline;
mod project;
mod pull;
mod register;
mod run_output;
mod services;
mod show;
mod store;
mod stored;
mod stored_project;
mod strictness;
mod usage_error;
mod values;

pub use self::auth::AuthOptions;
pub use self::clean::{
    CleanOptions, CleanScope, CleanStoreOptions, CleanTarget, Consent, KeptJobs, KeptVolumes, StoreContent,
};
pub use self::doctor::DoctorOptions;
pub use self::engine::EngineOptions;
pub use self::exec::{
    AfterJob, ArtifactsSource, CacheUse, CopyTarget, ExecOptions, JobArtifactsOptions, KeptFilesOptions,
    ProducersRun, RunningShellOptions,
};
pub use self::include::{FetchIncludesOptions, FetchMode};
pub use self::lint::{LintFormat, LintOptions};
pub use self::list::{ListOptions, ListScope};
pub use self::output::Format;
pub use self::pipeline::{
    GraphForm, JobChoice, ManualStart, NamedScope, OnFailure, PipelineAction, PipelineOptions,
    PipelineRunOptions, WhenBlocked,
};
pub use self::project::ProjectOptions;
pub use self::pull::PullOptions;
pub use self::register::{RegisterOptions, TokenKind};
pub use self::run_output::RunOutputOptions;
pub use self::show::{ShowOptions, ShownPart};
pub use self::stored::{
    ArtifactsOptions, CacheAction, CacheOptions, ExtractTarget, GetArtifactsOptions, ListArtifactsOptions,
    ListRunsOptions, LogsOptions,
};
pub use self::stored_project::StoredProjectOptions;
pub use self::strictness::Strictness;
pub use self::usage_error::UsageError;
