//! The options of `exec`.

use std::path::{Path, PathBuf};

use crate::cli::arguments::{
    ExecArgs, ExitCodeArgument, JobArtifactsArgs, KeptFilesArgs, NeedsArgument, ShellArgs,
};
use crate::cli::exit_code::ScriptExitCode;
use crate::cli::options::engine::EngineOptions;
use crate::cli::options::project::ProjectOptions;
use crate::cli::options::run_output::RunOutputOptions;
use crate::cli::options::services::{service_settings, settings_before_script};
use crate::cli::options::store::{retention_rules, store_places};
use crate::cli::options::stored_project::StoredProjectOptions;
use crate::cli::options::strictness::Strictness;
use crate::cli::options::usage_error::UsageError;
use crate::cli::options::values::{parse_size, parse_timeout};
use crate::executor::create::names::Names;
use crate::executor::run_store::DotenvLimits;
use crate::executor::service::settings::ServiceSettings;
use crate::plan::job_plan::{JobPlan, TerminalUse};
use crate::probe::mode::ProbeMode;
use crate::report::log_streams::LogTarget;
use crate::report::log_writer::LineStart;
use crate::store::{RetentionRules, StorePlaces};
use crate::terminal;

/// The largest archive that is stored if the user sets no limit: that of GitLab.com.
const ARCHIVE_BYTES_DEFAULT: u64 = 1_000_000_000;

pub struct ExecOptions {
    /// `None` makes the command list the jobs.
    pub job: Option<String>,
    pub project: ProjectOptions,
    pub engine: EngineOptions,
    pub output: RunOutputOptions,
    pub probe: ProbeMode,
    pub services: ServiceSettings,
    /// Where the store is, or why it can be nowhere: a job then runs without one.
    pub store: Result<StorePlaces, UsageError>,
    pub retention: RetentionRules,
    pub artifacts: JobArtifactsOptions,
    pub script_exit_code: ScriptExitCode,
    pub after_job: AfterJob,
    /// When a person gets a terminal in the job's container.
    pub terminal: TerminalUse,
}

/// What happens to the artifacts and caches of the jobs that run.
pub struct JobArtifactsOptions {
    pub from: ArtifactsSource,
    /// Which producers run before the job.
    pub needs: ProducersRun,
    pub kept: KeptFilesOptions,
}

/// What jobs keep.
pub struct KeptFilesOptions {
    /// `--artifacts-to`
    pub copied_to: Option<CopyTarget>,
    pub caches: CacheUse,
    /// The most bytes that the files of an archive may have.
    pub archive_bytes_max: u64,
    pub dotenv_limits: DotenvLimits,
}

/// Where the artifacts of jobs come from that do not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactsSource {
    /// For each job, the newest run in which it has stored something.
    Newest,
    /// No run.
    Nowhere,
    /// The run with this name.
    Run(String),
}

/// Which producers of artifacts run before the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProducersRun {
    Nothing,
    /// Those without stored artifacts (`--needs=missing`).
    Missing,
    /// All (`--needs`).
    All,
}

/// Where the artifacts of the jobs that run are copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyTarget {
    /// A folder for each job in this one.
    Folder(PathBuf),
    /// The working tree.
    WorkingTree,
}

/// What becomes of a job's containers, network and temporary volumes when it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterJob {
    Removed,
    /// `--keep`
    Kept,
}

/// Whether jobs use their caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheUse {
    Used,
    /// `--no-cache`
    Ignored,
}

impl AfterJob {
    /// What the flag `--keep` chooses.
    pub(super) fn chosen_by_keep_flag(keep: bool) -> Self {
        if keep { Self::Kept } else { Self::Removed }
    }

    /// What names the objects of an attempt at a job.
    pub fn names(self) -> fn(&JobPlan) -> Names {
        match self {
            Self::Removed => Names::new,
            Self::Kept => Names::of_kept_job,
        }
    }
}

impl ExecOptions {
    /// Resolves the arguments of `exec`.
    pub fn resolve(args: ExecArgs) -> Result<Self, UsageError> {
        let terminal = terminal_after_failure(args.interactive, args.output.events.as_deref())?;
        let timeout = args.timeout.map(parse_timeout).transpose()?;
        let color = args.project.color;
        let project = ProjectOptions { timeout, ..ProjectOptions::resolve(args.project)? };
        let mut engine =
            EngineOptions::resolve(args.engine, project.runner.config.docker.host.clone(), color)?;
        if args.timestamps {
            engine.log.line_start = LineStart::Time;
        }
        let output = RunOutputOptions::resolve(args.output)?;
        if output.log_target == LogTarget::StandardError {
            engine.log_to_standard_error(color);
        }
        let artifacts = JobArtifactsOptions::resolve(args.artifacts, project.strictness)?;
        let store = store_places(args.store);
        let (probe, retention) = (args.probe.into(), retention_rules()?);
        let script_exit_code = match args.exit_code {
            ExitCodeArgument::Job => ScriptExitCode::One,
            ExitCodeArgument::Script => ScriptExitCode::Own,
        };
        Ok(Self {
            job: args.job,
            project,
            engine,
            output,
            probe,
            services: service_settings(&args.services),
            store,
            retention,
            artifacts,
            script_exit_code,
            after_job: AfterJob::chosen_by_keep_flag(args.keep),
            terminal,
        })
    }

    /// Resolves the arguments of `shell`.
    pub fn resolve_shell(args: ShellArgs) -> Result<Self, UsageError> {
        let terminal = present_terminal("shell", TerminalUse::InPlaceOfScript)?;
        let color = args.project.color;
        let project = ProjectOptions::resolve(args.project)?;
        let engine = EngineOptions::resolve(args.engine, project.runner.config.docker.host.clone(), color)?;
        Ok(Self {
            job: args.job,
            engine,
            output: RunOutputOptions::of_log(),
            probe: args.probe.into(),
            services: settings_before_script(&args.health, &args.service_logs),
            store: store_places(args.store),
            retention: retention_rules()?,
            artifacts: JobArtifactsOptions::resolve(args.artifacts, project.strictness)?,
            script_exit_code: ScriptExitCode::Own,
            after_job: AfterJob::Removed,
            terminal,
            project,
        })
    }
}

/// The options of `shell --running`.
pub struct RunningShellOptions {
    /// `None` is the only job that runs.
    pub job: Option<String>,
    pub run: Option<String>,
    pub engine: EngineOptions,
    /// The project whose jobs are meant.
    pub project: StoredProjectOptions,
}

impl RunningShellOptions {
    /// Resolves the arguments of `shell`.
    pub fn resolve(args: ShellArgs) -> Result<Self, UsageError> {
        present_terminal("shell", TerminalUse::InPlaceOfScript)?;
        let color = args.project.color;
        let ProjectOptions { directory, runner, .. } = ProjectOptions::resolve(args.project)?;
        let engine = EngineOptions::resolve(args.engine, runner.config.docker.host.clone(), color)?;
        let places = store_places(args.store)?;
        let project = StoredProjectOptions { directory, places, runner: runner.config };
        Ok(Self { job: args.job, run: args.run, engine, project })
    }
}

/// What the flag `--interactive` chooses. Events on the terminal would stand amid what the shell shows.
pub(super) fn terminal_after_failure(
    interactive: bool,
    events: Option<&Path>,
) -> Result<TerminalUse, UsageError> {
    match interactive {
        true if events == Some(Path::new("-")) => Err(UsageError::EventsAndTerminal),
        true => present_terminal("--interactive", TerminalUse::AfterFailure),
        false => Ok(TerminalUse::Never),
    }
}

/// What `option` asks for, if there is a terminal for it.
fn present_terminal(option: &'static str, terminal: TerminalUse) -> Result<TerminalUse, UsageError> {
    match terminal::is_present() {
        true => Ok(terminal),
        false => Err(UsageError::NoTerminal(option)),
    }
}

impl JobArtifactsOptions {
    fn resolve(args: JobArtifactsArgs, strictness: Strictness) -> Result<Self, UsageError> {
        let JobArtifactsArgs { from, needs, kept } = args;
        Ok(Self {
            from: match &*from {
                "last" => ArtifactsSource::Newest,
                "none" => ArtifactsSource::Nowhere,
                _ => ArtifactsSource::Run(from),
            },
            needs: match needs {
                None => ProducersRun::Nothing,
                Some(NeedsArgument::Missing) => ProducersRun::Missing,
                Some(NeedsArgument::All) => ProducersRun::All,
            },
            kept: KeptFilesOptions::resolve(kept, strictness)?,
        })
    }
}

impl KeptFilesOptions {
    pub(super) fn resolve(args: KeptFilesArgs, strictness: Strictness) -> Result<Self, UsageError> {
        let KeptFilesArgs { artifacts_to, no_cache, artifact_max } = args;
        let size = artifact_max.map(|text| parse_size("--artifact-max", &text)).transpose()?;
        Ok(Self {
            copied_to: artifacts_to.map(|folder| match folder.as_os_str() == "." {
                true => CopyTarget::WorkingTree,
                false => CopyTarget::Folder(folder),
            }),
            caches: if no_cache { CacheUse::Ignored } else { CacheUse::Used },
            archive_bytes_max: size.unwrap_or(ARCHIVE_BYTES_DEFAULT),
            dotenv_limits: match strictness {
                Strictness::Lenient => DotenvLimits::Told,
                Strictness::Strict => DotenvLimits::Enforced,
            },
        })
    }
}
