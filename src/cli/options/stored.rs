//! The options of `artifacts`, `runs`, `logs` and `cache`.

use std::path::PathBuf;

use crate::cli::arguments::{
    ArtifactsArgs, ArtifactsCommand, CacheArgs, CacheCommand, GetArtifactsArgs, ListArtifactsArgs, LogsArgs,
    RunsArgs, RunsCommand,
};
use crate::cli::options::output::Format;
use crate::cli::options::stored_project::StoredProjectOptions;
use crate::cli::options::usage_error::UsageError;

/// The options of `artifacts`.
pub enum ArtifactsOptions {
    List(ListArtifactsOptions),
    Get(GetArtifactsOptions),
}

pub struct ListArtifactsOptions {
    /// The job whose files are listed; `None` for all jobs.
    pub job: Option<String>,
    /// The run; `None` for the newest in which a job stored something.
    pub run: Option<String>,
    pub format: Format,
    pub project: StoredProjectOptions,
}

pub struct GetArtifactsOptions {
    pub job: String,
    /// Patterns in the language of `artifacts:paths`; empty for everything.
    pub globs: Vec<String>,
    pub target: ExtractTarget,
    /// The type of the report, in place of the archive.
    pub report: Option<String>,
    /// The run; `None` for the newest in which the job stored something.
    pub run: Option<String>,
    pub project: StoredProjectOptions,
}

/// Where artifacts are extracted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtractTarget {
    /// Files below this folder.
    Folder(PathBuf),
    /// This zip archive.
    Zip(PathBuf),
}

impl ArtifactsOptions {
    /// Resolves the arguments of `artifacts`.
    pub fn resolve(args: ArtifactsArgs) -> Result<Self, UsageError> {
        Ok(match args.command {
            ArtifactsCommand::List(ListArtifactsArgs { stored_job, run, json, project }) => {
                Self::List(ListArtifactsOptions {
                    job: stored_job,
                    run,
                    format: Format::chosen_by_json_flag(json),
                    project: StoredProjectOptions::resolve(project)?,
                })
            }
            ArtifactsCommand::Get(GetArtifactsArgs {
                stored_job,
                globs,
                output,
                zip,
                report,
                run,
                project,
            }) => Self::Get(GetArtifactsOptions {
                job: stored_job,
                globs,
                target: zip.map_or(ExtractTarget::Folder(output), ExtractTarget::Zip),
                report,
                run,
                project: StoredProjectOptions::resolve(project)?,
            }),
        })
    }
}

/// The options of `runs list`.
pub struct ListRunsOptions {
    pub format: Format,
    pub project: StoredProjectOptions,
}

impl ListRunsOptions {
    /// Resolves the arguments of `runs`.
    pub fn resolve(args: RunsArgs) -> Result<Self, UsageError> {
        let RunsCommand::List(args) = args.command;
        let format = Format::chosen_by_json_flag(args.json);
        Ok(Self { format, project: StoredProjectOptions::resolve(args.project)? })
    }
}

pub struct LogsOptions {
    pub job: String,
    /// The service whose log is printed; `None` for the log of the job.
    pub service: Option<String>,
    /// The run; `None` for the newest with the job.
    pub run: Option<String>,
    pub project: StoredProjectOptions,
}

impl LogsOptions {
    /// Resolves the arguments of `logs`.
    pub fn resolve(args: LogsArgs) -> Result<Self, UsageError> {
        let project = StoredProjectOptions::resolve(args.project)?;
        Ok(Self { job: args.stored_job, service: args.service, run: args.run, project })
    }
}

/// The options of `cache`.
pub struct CacheOptions {
    pub action: CacheAction,
    pub project: StoredProjectOptions,
}

/// What `cache` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheAction {
    List(Format),
    /// Removes the cache with this key.
    ClearKey(String),
    ClearAll,
}

impl CacheOptions {
    /// Resolves the arguments of `cache`.
    pub fn resolve(args: CacheArgs) -> Result<Self, UsageError> {
        let (action, project) = match args.command {
            CacheCommand::List(args) => {
                (CacheAction::List(Format::chosen_by_json_flag(args.json)), args.project)
            }
            CacheCommand::Clear(args) => {
                (args.cache_key.map_or(CacheAction::ClearAll, CacheAction::ClearKey), args.project)
            }
        };
        Ok(Self { action, project: StoredProjectOptions::resolve(project)? })
    }
}
