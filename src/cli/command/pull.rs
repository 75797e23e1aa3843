//! `runner-lite pull`: the images of jobs, without running any.

use std::process::ExitCode;

use crate::cli::command::with_engine;
use crate::cli::exit_code;
use crate::cli::options::PullOptions;
use crate::cli::project::loaded_project::{Project, Refused};
use crate::executor::image::prefetch::prefetch;
use crate::pipeline::job::JobKind;
use crate::plan::job_plan::JobPlan;

/// Runs `pull` and gives its exit code.
pub fn run(options: PullOptions) -> ExitCode {
    options.project.runner.say_search(options.engine.observer.as_ref());
    let plans = match plans(&options) {
        Ok(plans) => plans,
        Err(Refused(code)) => return ExitCode::from(code),
    };
    with_engine::run(
        options.engine,
        |_| Ok(()),
        async |engine, events, stop| exit_code::of_prefetch(prefetch(&plans, engine, events, stop).await),
    )
}

/// Whether a job has images to get, or something wrong with it: one that starts another pipeline has neither.
fn has_images(project: &Project, name: &str) -> bool {
    project.pipeline.jobs.get(name).is_none_or(|job| job.kind == JobKind::Script)
}

/// All of them, or none: a host that lacks an image is not prepared.
fn plans(options: &PullOptions) -> Result<Vec<JobPlan>, Refused> {
    let project = Project::load(&options.project)?;
    let names: Vec<&str> = match options.jobs.is_empty() {
        true => project.names().filter(|name| has_images(&project, name)).collect(),
        false => options.jobs.iter().map(String::as_str).collect(),
    };
    project.ensure_strict(names.iter().filter_map(|name| project.pipeline.jobs.get(*name)))?;
    let selector = project.selector();
    let (mut plans, mut code) = (Vec::new(), exit_code::PASSED);
    for name in names {
        match project.plan(name, &selector) {
            Ok(plan) => plans.push(plan),
            Err(Refused(refused)) => code = code.max(refused),
        }
    }
    if code == exit_code::PASSED { Ok(plans) } else { Err(Refused(code)) }
}
