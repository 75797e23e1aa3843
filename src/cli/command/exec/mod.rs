//! `runner-lite exec`: runs one job, and perhaps the producers of its artifacts before it.

mod absence;
mod after_failure;
mod choice;
mod run_events;
mod running;
mod sequence;
mod steps;
mod supply;

use crate::cli::command::exec::absence::{absence_warnings, not_started, outside};
use crate::cli::command::exec::running::Running;
use crate::cli::command::exec::sequence::sequence;
use crate::cli::command::exec::steps::{Jobs, Step, plan_steps};
use crate::cli::command::exec::supply::Supply;
use crate::cli::command::with_engine::run_with_engine;
use crate::cli::command_error::CommandError;
use crate::cli::options::{ArtifactsSource, ExecOptions, ProducersRun};
use crate::cli::project::{JobInRun, LoadedProject, find_run, jobs_of, unreadable_warning};
use crate::cli::run::context_settings::ContextSettings;
use crate::cli::run::ignored_keywords::{ignored_keywords, without_repetitions};
use crate::cli::run::in_store::RunInStore;
use crate::cli::run::place::RunPlace;
use crate::cli::run::sources::{look_at_files, sources};
use crate::cli::user_message::{UserMessage, tell};
use crate::plan::job_plan::TerminalUse;
use crate::report::console;
use crate::report::log::Log;
use crate::report::shown_log::ShownLog;
use crate::store::{RunPurpose, StoredRun, StoredRuns};

/// Runs `exec` and returns its exit code.
pub fn run(options: ExecOptions) -> Result<u8, CommandError> {
    if options.engine.is_verbose() {
        options.project.runner.search.iter().for_each(console::line);
    }
    let (mut project, messages) = LoadedProject::load(&options.project)?;
    tell(&messages);
    let name = project.require_name(options.job.as_deref(), "exec")?;
    project.ensure_strict([project.job(name)?])?;
    let (mut place, mut messages) = RunPlace::open(&options.store, &mut project.facts);
    messages.extend(place.take_slot());
    tell(&messages);
    let selector = project.selector();
    let jobs = Jobs::new(&project, &selector);
    let producers = jobs.producers(&project.job(name)?.name.value);
    let (runs, of_runs) = stored_runs(&place, &options.artifacts.from, &producers)?;
    let (stored, of_jobs) = jobs_of(&runs);
    tell(&of_runs.into_iter().chain(of_jobs).collect::<Vec<_>>());
    let steps = steps(&jobs, &project.job(name)?.name.value, &stored, options.artifacts.needs)?;
    let mut supply = Supply::choose(&outside(&steps), &stored);
    tell(not_started(&jobs, &steps, options.artifacts.needs, &supply).as_slice());
    let _pins = supply.pin(project.facts.now);
    let mut sources = sources(&project.facts);
    if supply.has_any() {
        look_at_files(&mut sources, project.facts.sources_root());
    }
    let (given, messages) = supply.give(&outside(&steps), project.facts.now, &sources)?;
    tell(&messages);
    if options.artifacts.from != ArtifactsSource::Nowhere {
        tell(&absence_warnings(&jobs, &steps, &given));
    }
    let (planned, messages) = plan_steps(&jobs, steps, place.slot(), &given, options.terminal)?;
    tell(&messages);
    if sources.fingerprint.is_none()
        && planned.iter().any(|step| step.decision.job.artifacts.gives_anything())
    {
        look_at_files(&mut sources, project.facts.sources_root());
    }
    let configuration = options.project.runner.source.as_ref().map(ToString::to_string);
    let ignored = ignored_keywords(&project, planned.iter().map(|step| step.name()));
    let of_all = without_repetitions(planned.iter().filter_map(|step| ignored.get(step.name())).flatten());
    let begin = move |log: &mut Log| {
        log.begin(configuration.as_deref())?;
        log.ignored_keywords(&of_all)
    };
    let (echo, after_job) = (options.engine.echo, options.after_job);
    let settings = ContextSettings::new(echo, options.probe, options.services, after_job);
    let in_store = RunInStore {
        project: &project,
        store: place.store.clone(),
        places: place.places.clone(),
        retention: options.retention,
        sources,
        resumed: None,
        purpose: purpose_of(options.terminal),
        copied_to: options.artifacts.kept.copied_to.clone(),
        given,
        lacks_copies: false,
        messages: Vec::new(),
    };
    let mut running =
        Running { in_store, options: &options.artifacts, script_exit_code: options.script_exit_code };
    let output = options.output.with_log(&options.engine, ignored);
    let code = run_with_engine(options.engine, output, begin, async |engine, events, shutdown| {
        running.run(planned, settings.context(engine, events, shutdown)).await
    })?;
    tell(&running.in_store.messages);
    Ok(code)
}

/// What a run is for in which a person gets a terminal like that.
fn purpose_of(terminal: TerminalUse) -> RunPurpose {
    match terminal {
        TerminalUse::InPlaceOfScript => RunPurpose::Shell,
        TerminalUse::Never | TerminalUse::AfterFailure => RunPurpose::Jobs,
    }
}

/// The runs of which artifacts may be taken for a job with these producers, the newest first, and a warning about those
/// that cannot be read: a job can run without them.
///
/// # Errors
/// There is no run with the name in `--from`.
fn stored_runs(
    place: &RunPlace,
    from: &ArtifactsSource,
    producers: &[&str],
) -> Result<(Vec<StoredRun>, Option<UserMessage>), CommandError> {
    let is_read = match from {
        ArtifactsSource::Nowhere => false,
        // Reading them takes longer the more there are.
        ArtifactsSource::Newest => !producers.is_empty(),
        ArtifactsSource::Run(_) => true,
    };
    let store = place.store.as_ref().filter(|_| is_read);
    let without = |error| StoredRuns { readable: Vec::new(), unreadable: vec![error] };
    let runs = store.map(|store| store.runs().unwrap_or_else(without)).unwrap_or_default();
    let StoredRuns { mut readable, unreadable } = runs;
    let warning = unreadable_warning(&unreadable);
    if let ArtifactsSource::Run(name) = from {
        let named = find_run(&readable, name);
        let id = named.map_err(|error| error.after(warning.iter().cloned().collect()))?.id().clone();
        readable.retain(|run| *run.id() == id);
    }
    Ok((readable, warning))
}

/// The job that was named, behind those of its producers that run.
///
/// # Errors
/// The job needs a job that the pipeline does not have.
fn steps<'p>(
    jobs: &Jobs<'p>,
    job: &'p str,
    stored: &[JobInRun<'_>],
    run: ProducersRun,
) -> Result<Vec<Step<'p>>, CommandError> {
    jobs.ensure_needs(job)?;
    let producers = |job: &str| jobs.producers(job);
    let starts = |producer: &str| jobs.hold(producer).is_none();
    let order = match run {
        ProducersRun::Nothing => vec![job],
        ProducersRun::All => sequence(job, &producers, &starts),
        ProducersRun::Missing => {
            let all = sequence(job, &producers, &starts);
            let supply = Supply::choose(&all, stored);
            sequence(job, &producers, &|producer| starts(producer) && supply.is_missing(producer))
        }
    };
    Ok(order.into_iter().map(|job| Step { job, producers: jobs.producers(job) }).collect())
}
