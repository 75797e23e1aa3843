//! The options of `pipeline`.

use std::num::NonZeroUsize;

use crate::cli::arguments::{DelayedArgument, GraphArgument, PipelineArgs};
use crate::cli::options::engine::EngineOptions;
use crate::cli::options::exec::{AfterJob, KeptFilesOptions, terminal_after_failure};
use crate::cli::options::output::{Format, pipeline_log_format, stdout_style};
use crate::cli::options::project::ProjectOptions;
use crate::cli::options::run_output::RunOutputOptions;
use crate::cli::options::services::service_settings;
use crate::cli::options::store::{retention_rules, store_places};
use crate::cli::options::usage_error::UsageError;
use crate::cli::options::values::parse_timeout;
use crate::executor::service::settings::ServiceSettings;
use crate::plan::job_plan::TerminalUse;
use crate::probe::mode::ProbeMode;
use crate::report::log_streams::LogTarget;
use crate::report::log_writer::LineStart;
use crate::report::pipeline_log::PipelineLogFormat;
use crate::report::style::Style;
use crate::schedule::decision::DelayedStart;
use crate::store::{RetentionRules, StorePlaces};

pub struct PipelineOptions {
    pub project: ProjectOptions,
    pub jobs: JobChoice,
    pub delayed: DelayedStart,
    pub action: PipelineAction,
}

/// Which jobs of the pipeline there are, and which of them the user starts.
pub struct JobChoice {
    /// Names, plain names of parallel jobs, and patterns; empty for all jobs.
    pub names: Vec<String>,
    pub scope: NamedScope,
    pub manual: ManualStart,
}

/// Which jobs run if some are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedScope {
    /// Those that they wait for, too.
    WithJobsBefore,
    /// The named ones alone (`--only`).
    Alone,
}

/// Which manual jobs the user starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManualStart {
    /// Those with these names.
    Named(Vec<String>),
    /// All (`--manual-all`).
    All,
}

/// What happens to the pipeline.
pub enum PipelineAction {
    /// Its jobs are shown (`--dry-run`).
    Plan(Format, Style),
    /// Its graph is shown.
    Graph(GraphForm),
    /// It runs.
    Run(Box<PipelineRunOptions>),
}

/// The form in which the graph is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphForm {
    Text,
    Mermaid,
}

/// How the jobs of a pipeline run.
pub struct PipelineRunOptions {
    pub engine: EngineOptions,
    pub log: PipelineLogFormat,
    pub output: RunOutputOptions,
    pub probe: ProbeMode,
    pub services: ServiceSettings,
    /// Where the store is, or why it can be nowhere: then no job runs.
    pub store: Result<StorePlaces, UsageError>,
    pub retention: RetentionRules,
    pub kept: KeptFilesOptions,
    /// The run whose passed jobs are not repeated (`--resume`).
    pub resume: Option<String>,
    /// How many jobs may run at the same time; `None` leaves that to the runner's configuration and the engine.
    pub slots: Option<NonZeroUsize>,
    pub on_failure: OnFailure,
    pub when_blocked: WhenBlocked,
    pub after_job: AfterJob,
    /// When a person gets a terminal in the container of a job.
    pub terminal: TerminalUse,
}

/// What happens when a job has failed that may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// What the file says.
    AsWritten,
    /// All jobs are canceled (`--fail-fast`).
    CancelAll,
}

/// How the program exits if a manual or delayed job blocks the pipeline, and nothing has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenBlocked {
    Pass,
    /// `--fail-blocked`
    Fail,
}

impl PipelineOptions {
    /// Resolves the arguments. The engine is looked for only if the jobs run.
    pub fn resolve(args: PipelineArgs) -> Result<Self, UsageError> {
        let color = args.project.color;
        let timeout = args.running.timeout.map(parse_timeout).transpose()?;
        let project = ProjectOptions { timeout, ..ProjectOptions::resolve(args.project)? };
        let action = match (args.dry_run, args.graph) {
            (true, _) => PipelineAction::Plan(Format::chosen_by_json_flag(args.json), stdout_style(color)),
            (false, Some(GraphArgument::Text)) => PipelineAction::Graph(GraphForm::Text),
            (false, Some(GraphArgument::Mermaid)) => PipelineAction::Graph(GraphForm::Mermaid),
            (false, None) => {
                let host = project.runner.config.docker.host.clone();
                let mut engine = EngineOptions::resolve(args.engine, host, color)?;
                if args.running.timestamps {
                    engine.log.line_start = LineStart::Time;
                }
                let terminal =
                    terminal_after_failure(args.running.interactive, args.output.events.as_deref())?;
                let output = RunOutputOptions::resolve(args.output)?;
                if output.log_target == LogTarget::StandardError {
                    engine.log_to_standard_error(color);
                }
                PipelineAction::Run(Box::new(PipelineRunOptions {
                    log: pipeline_log_format(engine.log, &args.running.logs),
                    output,
                    engine,
                    probe: args.running.probe.into(),
                    services: service_settings(&args.running.services),
                    store: store_places(args.store),
                    retention: retention_rules()?,
                    kept: KeptFilesOptions::resolve(args.files, project.strictness)?,
                    resume: args.resume,
                    slots: args.running.concurrency,
                    on_failure: if args.running.fail_fast {
                        OnFailure::CancelAll
                    } else {
                        OnFailure::AsWritten
                    },
                    when_blocked: if args.running.fail_blocked {
                        WhenBlocked::Fail
                    } else {
                        WhenBlocked::Pass
                    },
                    after_job: AfterJob::chosen_by_keep_flag(args.running.keep),
                    terminal,
                }))
            }
        };
        let jobs = JobChoice {
            names: args.jobs,
            scope: if args.only { NamedScope::Alone } else { NamedScope::WithJobsBefore },
            manual: if args.manual_all { ManualStart::All } else { ManualStart::Named(args.manual) },
        };
        let delayed = match args.delayed {
            DelayedArgument::Now => DelayedStart::Now,
            DelayedArgument::Wait => DelayedStart::Wait,
            DelayedArgument::Skip => DelayedStart::Skip,
        };
        Ok(Self { project, jobs, delayed, action })
    }
}
