//! `runner-lite exec`: runs one job.

use std::sync::Arc;

use crate::cli::command::with_engine::run_with_engine;
use crate::cli::command_error::CommandError;
use crate::cli::exit_code;
use crate::cli::options::ExecOptions;
use crate::cli::project::LoadedProject;
use crate::cli::user_message::tell;
use crate::credentials::memory::Helpers;
use crate::executor::create::names::Names;
use crate::executor::execute;
use crate::executor::image::shared_pulls::SharedPulls;
use crate::executor::run_context::{ProbeSettings, RunContext};
use crate::linux::container;
use crate::plan::job_plan::JobPlan;
use crate::probe::own_container;
use crate::report::console;
use crate::report::log::Log;

/// Runs `exec` and returns its exit code.
pub fn run(options: ExecOptions) -> Result<u8, CommandError> {
    if options.engine.shows_calls {
        options.project.runner.search.iter().for_each(console::line);
    }
    let (plan, ignored_keywords) = plan(&options)?;
    let echo = options.engine.echo;
    let probe = ProbeSettings {
        mode: options.probe,
        own_container_ids: own_container::candidate_ids(&container::traces()).into(),
        ..ProbeSettings::default()
    };
    let configuration = options.project.runner.source.as_ref().map(ToString::to_string);
    let shown = configuration.clone();
    let begin = move |log: &mut Log| {
        log.begin(shown.as_deref())?;
        ignored_keywords.iter().try_for_each(|line| log.warning(line))
    };
    run_with_engine(options.engine, configuration, begin, async |engine, events, stop| {
        let (helpers, pulls) = (Arc::new(Helpers::new(None)), SharedPulls::new());
        let names = Names::new;
        let store = None;
        let context =
            RunContext { engine, events, shutdown: stop, echo, helpers, pulls, probe, store, names };
        exit_code::of_job(&*execute(plan, context).await)
    })
}

/// Plans the job, and writes a line for each keyword of it that has no effect.
fn plan(options: &ExecOptions) -> Result<(JobPlan, Vec<String>), CommandError> {
    let (project, messages) = LoadedProject::load(&options.project)?;
    tell(&messages);
    let name = project.require_name(options.job.as_deref(), "exec")?;
    let job = project.job(name)?;
    project.ensure_strict([job])?;
    let selector = project.selector();
    let decision = selector.decide(job);
    let (plan, messages) = project.plan(&decision)?;
    tell(&messages);
    tell(&project.notes(&decision, &selector));
    Ok((plan, project.ignored_keywords(name)))
}
