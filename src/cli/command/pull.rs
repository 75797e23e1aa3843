//! `runner-lite pull`: pulls the images of jobs without running them.

use crate::cli::command::with_engine::run_with_engine;
use crate::cli::command_error::CommandError;
use crate::cli::exit_code;
use crate::cli::options::PullOptions;
use crate::cli::project::LoadedProject;
use crate::cli::user_message::{UserMessage, tell};
use crate::executor::image::prefetch::prefetch;
use crate::pipeline::job::JobKind;
use crate::plan::job_plan::JobPlan;
use crate::plan::producers::JobOrder;
use crate::plan::selection::Selector;
use crate::report::console;
use crate::report::log::Log;
use crate::report::log_streams::LogTarget;
use crate::report::run_output::RunOutput;

/// Runs `pull` and returns its exit code.
pub fn run(options: PullOptions) -> Result<u8, CommandError> {
    if options.engine.is_verbose() {
        options.project.runner.search.iter().for_each(console::line);
    }
    let plans = plan_all(&options)?;
    let log = Log::new(options.engine.log, options.engine.progress_display, LogTarget::Standard);
    run_with_engine(
        options.engine,
        RunOutput::of_log(log),
        |_| Ok(()),
        async |engine, events, stop| exit_code::of_prefetch(prefetch(&plans, engine, events, stop).await),
    )
}

/// Plans all jobs, and tells the problems of all of them.
///
/// # Errors
/// A job cannot be planned. Nothing is pulled then: a host that lacks one of the images is not ready to be offline.
fn plan_all(options: &PullOptions) -> Result<Vec<JobPlan>, CommandError> {
    let (project, messages) = LoadedProject::load(&options.project)?;
    tell(&messages);
    let names: Vec<&str> = match options.jobs.is_empty() {
        true => project.names().filter(|name| has_images(&project, name)).collect(),
        false => options.jobs.iter().map(String::as_str).collect(),
    };
    project.ensure_strict(names.iter().filter_map(|name| project.pipeline.jobs.get(*name)))?;
    let selector = project.selector();
    let (mut plans, mut messages, mut worst) = (Vec::new(), Vec::new(), None);
    for name in names {
        match project.job(name).and_then(|job| project.plan(&selector.decide(job))) {
            Ok((plan, warnings)) => {
                plans.push(plan);
                messages.extend(warnings);
            }
            Err(error) => match giver(&project, &selector, name) {
                Some(giver) => messages.push(UserMessage::Warning(format!(
                    "the images of `{name}` are not pulled: they may depend on variables that `{giver}` sets \
                     when it runs"
                ))),
                None => {
                    worst = worst.max(Some(error.kind));
                    messages.extend(error.messages);
                }
            },
        }
    }
    match worst {
        Some(kind) => Err(CommandError { kind, messages }),
        None => {
            tell(&messages);
            Ok(plans)
        }
    }
}

/// The first job whose dotenv report gives variables to the job.
fn giver<'p>(project: &'p LoadedProject, selector: &'p Selector<'p>, name: &str) -> Option<&'p str> {
    let decision = selector.decide(project.pipeline.jobs.get(name)?);
    JobOrder::new(&project.pipeline, selector).giver_of_variables(&decision)
}

/// Whether the job runs containers; a trigger job does not. An invalid job counts, so that planning reports its errors.
fn has_images(project: &LoadedProject, name: &str) -> bool {
    project.pipeline.jobs.get(name).is_none_or(|job| job.kind == JobKind::Script)
}
