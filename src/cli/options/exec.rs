//! The options of `exec`.

use crate::cli::arguments::ExecArgs;
use crate::cli::options::engine::EngineOptions;
use crate::cli::options::project::ProjectOptions;
use crate::cli::options::usage_error::UsageError;
use crate::cli::options::values::parse_timeout;
use crate::probe::mode::ProbeMode;

pub struct ExecOptions {
    /// `None` makes the command list the jobs.
    pub job: Option<String>,
    pub project: ProjectOptions,
    pub engine: EngineOptions,
    pub probe: ProbeMode,
}

impl ExecOptions {
    /// Resolves the arguments of `exec`.
    pub fn resolve(args: ExecArgs) -> Result<Self, UsageError> {
        let timeout = args.timeout.map(parse_timeout).transpose()?;
        let project = ProjectOptions { timeout, ..ProjectOptions::resolve(args.project)? };
        let engine = EngineOptions::resolve(args.engine, project.runner.config.docker.host.clone())?;
        Ok(Self { job: args.job, project, engine, probe: args.probe.into() })
    }
}
