//! `runner-lite exec`: read the file, plan the job, run it.

use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::command::with_engine;
use crate::cli::exit_code;
use crate::cli::options::ExecOptions;
use crate::cli::project::loaded_project::{Project, Refused};
use crate::credentials::memory::Helpers;
use crate::executor::execute;
use crate::executor::image::shared_pulls::SharedPulls;
use crate::executor::run_context::{ProbeSettings, RunContext};
use crate::linux::container;
use crate::plan::job_plan::JobPlan;
use crate::probe::own_container;
use crate::report::log::Log;

/// Runs `exec` and gives its exit code.
pub fn run(options: ExecOptions) -> ExitCode {
    options.project.runner.say_search(options.engine.observer.as_ref());
    let (plan, without_effect) = match plan(&options) {
        Ok(decided) => decided,
        Err(Refused(code)) => return ExitCode::from(code),
    };
    let echo = options.engine.echo;
    let probe = ProbeSettings {
        mode: options.probe,
        own_container_ids: own_container::candidates(&container::traces()).into(),
    };
    let configuration = options.project.runner.source.as_ref().map(ToString::to_string);
    let begin = |log: &mut Log| {
        log.begin(configuration.as_deref())?;
        without_effect.iter().try_for_each(|line| log.warning(line))
    };
    with_engine::run(options.engine, begin, async |engine, events, stop| {
        let (helpers, pulls) = (Arc::new(Helpers::new(None)), SharedPulls::new());
        let context = RunContext { engine, events, shutdown: stop, echo, helpers, pulls, probe };
        exit_code::of_job(&*execute(plan, context).await)
    })
}

/// From the file to the plan of the job, and a line for each keyword without effect.
fn plan(options: &ExecOptions) -> Result<(JobPlan, Vec<String>), Refused> {
    let project = Project::load(&options.project)?;
    let job = project.named(options.job.as_deref(), "exec")?;
    project.ensure_strict([project.job(job)?])?;
    let selector = project.selector();
    let plan = project.plan(job, &selector)?;
    project.say_when(job, &selector);
    Ok((plan, project.without_effect(job)))
}
