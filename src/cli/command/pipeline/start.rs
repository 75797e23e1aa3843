//! Starts a pipeline whose jobs are chosen: plans what can be planned, connects to the engine, and runs.

use crate::amount;
use crate::cli::command::pipeline::jobs::{ChosenJobs, PipelineJob, PipelineJobs};
use crate::cli::command::pipeline::resumed::ResumedJobs;
use crate::cli::command::pipeline::run;
use crate::cli::command::pipeline::running::RunSettings;
use crate::cli::command::with_engine::run_with_engine;
use crate::cli::command_error::CommandError;
use crate::cli::options::{KeptFilesOptions, OnFailure, PipelineRunOptions};
use crate::cli::project::LoadedProject;
use crate::cli::run::context_settings::ContextSettings;
use crate::cli::run::ignored_keywords::{ignored_keywords, without_repetitions};
use crate::cli::run::in_store::RunInStore;
use crate::cli::run::place::RunPlace;
use crate::cli::run::sources::{look_at_files, sources};
use crate::cli::user_message::{UserMessage, tell};
use crate::engine::Engine;
use crate::pipeline::auto_cancel::OnJobFailure;
use crate::pipeline::job::JobKind;
use crate::pipeline::when::When;
use crate::plan::pipeline_graph::PipelineGraph;
use crate::plan::selection::Selector;
use crate::report::pipeline_log::PipelineLog;
use crate::report::shown_log::ShownLog;
use crate::schedule::decision::{DelayedStart, StartRules};
use crate::schedule::progress::Schedule;
use crate::store::RunPurpose;

/// How many jobs run at the same time on an engine with more processors, if neither the user nor the runner's configuration
/// says how many: jobs use memory and disk as well.
const SLOTS_DEFAULT_MAX: usize = 8;

/// What a pipeline starts with, besides its jobs.
pub(super) struct StartOptions {
    pub(super) place: RunPlace,
    /// The runner's configuration, as the log names it.
    pub(super) configuration: Option<String>,
    pub(super) rules: StartRules,
    pub(super) options: PipelineRunOptions,
}

/// Runs the chosen jobs, and returns the exit code.
pub(super) fn start<'p>(
    project: &'p LoadedProject,
    selector: &'p Selector<'p>,
    pipeline: PipelineGraph<'p>,
    options: StartOptions,
) -> Result<u8, CommandError> {
    let StartOptions { place, configuration, rules, options } = options;
    let mut jobs = PipelineJobs::new(project, selector, pipeline.decisions);
    let mut sources = sources(&project.facts);
    look_at_files(&mut sources, project.facts.sources_root());
    let resumed = match options.resume.as_ref().zip(place.store.as_ref()) {
        Some((run, store)) => ResumedJobs::find(store, run, jobs.all(), &sources, project.facts.now)?,
        None => ResumedJobs::default(),
    };
    tell(&resumed.messages);
    let chosen = ChosenJobs { started: rules.started.clone(), reused: resumed.places.clone() };
    tell(&jobs.plan_early(&chosen, &resumed.given)?);
    tell(&notes(&jobs, &rules));
    let settings = settings(&options, rules.delayed, selector.on_job_failure());
    let PipelineRunOptions {
        engine, log, output, probe, services, retention, kept, slots, after_job, ..
    } = options;
    let mut in_store = RunInStore {
        project,
        store: place.store.clone(),
        places: place.places.clone(),
        retention,
        sources,
        resumed: resumed.run.clone(),
        purpose: RunPurpose::Jobs,
        copied_to: kept.copied_to,
        given: resumed.given.clone(),
        lacks_copies: false,
        messages: Vec::new(),
    };
    let slots = slots.map(|slots| slots.get()).or(project.facts.runner.concurrent);
    let schedule = Schedule::new(pipeline.graph, rules);
    let ignored = ignored_keywords(project, jobs.all().iter().map(PipelineJob::name));
    let of_jobs = jobs.all().iter().filter_map(|job| ignored.get(job.name()));
    let of_all = without_repetitions(of_jobs.flatten());
    let begin = move |log: &mut PipelineLog| {
        log.begin(configuration.as_deref())?;
        log.ignored_keywords(&of_all)
    };
    let of_context = ContextSettings::new(engine.echo, probe, services, after_job);
    let log = PipelineLog::new(log, engine.progress_display, output.log_target);
    let output = output.listeners(log, ignored);
    let code = run_with_engine(engine, output, begin, async |engine, events, shutdown| {
        let slots = match slots {
            Some(slots) => slots,
            None => slots_of_engine(&engine).await,
        };
        let context = of_context.context(engine, events, shutdown);
        let settings = RunSettings { slots, ..settings };
        run::run(&jobs, schedule, &chosen, &mut in_store, settings, context).await
    })?;
    tell(&in_store.messages);
    Ok(code)
}

/// What the user has decided about the run; `on_job_failure` is what the file says of failed jobs. How many jobs run at the
/// same time is known when the engine is.
fn settings(
    options: &PipelineRunOptions,
    delayed: DelayedStart,
    on_job_failure: OnJobFailure,
) -> RunSettings {
    let KeptFilesOptions { caches, archive_bytes_max, dotenv_limits, .. } = options.kept;
    RunSettings {
        slots: 1,
        delayed,
        on_job_failure: match options.on_failure {
            OnFailure::CancelAll => OnJobFailure::All,
            OnFailure::AsWritten => on_job_failure,
        },
        when_blocked: options.when_blocked,
        caches,
        archive_bytes_max,
        dotenv_limits,
        terminal: options.terminal,
    }
}

/// How many jobs run at the same time on this engine: one for each processor, up to [`SLOTS_DEFAULT_MAX`].
async fn slots_of_engine(engine: &Engine) -> usize {
    // An engine that does not answer fails the jobs, which say why.
    let processors = engine.info().await.map_or(1, |info| info.processors);
    processors.clamp(1, SLOTS_DEFAULT_MAX)
}

/// What is said of jobs that do not run as on GitLab.
fn notes(jobs: &PipelineJobs<'_>, rules: &StartRules) -> Vec<UserMessage> {
    let mut notes = Vec::new();
    for job in jobs.all() {
        let name = job.name();
        if job.decision.job.kind == JobKind::Trigger {
            let text = format!(
                "`{name}` starts another pipeline (`trigger`): it counts as passed and does not run here"
            );
            notes.push(UserMessage::Warning(text));
        }
        let delay = job.decision.start_in().filter(|_| job.decision.selection.when == When::Delayed);
        if let Some(delay) = delay.filter(|_| rules.delayed == DelayedStart::Now) {
            let delay = amount::duration(delay);
            let text =
                format!("`{name}` does not wait for `start_in: {delay}`; with `--delayed wait` it does");
            notes.push(UserMessage::Note(text));
        }
    }
    notes
}
