//! The options of `pull`.

use crate::cli::arguments::PullArgs;
use crate::cli::options::engine::EngineOptions;
use crate::cli::options::project::ProjectOptions;
use crate::cli::options::usage_error::UsageError;

pub struct PullOptions {
    /// Names of jobs; empty for all jobs of the file.
    pub jobs: Vec<String>,
    pub project: ProjectOptions,
    pub engine: EngineOptions,
}

impl PullOptions {
    /// Resolves the arguments of `pull`.
    pub fn resolve(args: PullArgs) -> Result<Self, UsageError> {
        let color = args.project.color;
        let project = ProjectOptions::resolve(args.project)?;
        let engine = EngineOptions::resolve(args.engine, project.runner.config.docker.host.clone(), color)?;
        Ok(Self { jobs: args.jobs, project, engine })
    }
}
