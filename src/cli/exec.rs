//! `runner-lite exec`: read the file, plan the job, run it.

use std::process::ExitCode;
use std::sync::Arc;

use super::options::ExecOptions;
use super::project::{Project, Refused};
use super::{drive, exit, say};
use crate::credentials::memory::Helpers;
use crate::executor::{Host, execute};
use crate::plan::job_plan::JobPlan;
use crate::report::log::Log;

/// Runs `exec` and gives its exit code.
pub fn run(options: ExecOptions) -> ExitCode {
    let plan = match plan(&options) {
        Ok(plan) => plan,
        Err(Refused(code)) => return ExitCode::from(code),
    };
    let echo = options.engine.echo;
    drive::drive(options.engine, Log::begin, async |engine, events, stop| {
        let helpers = Arc::new(Helpers::new(None));
        execute(plan, Host { engine, events, shutdown: stop, echo, helpers }).await
    })
}

/// From the file to the plan of the job.
fn plan(options: &ExecOptions) -> Result<JobPlan, Refused> {
    let project = Project::load(&options.project)?;
    let Some(job) = &options.job else {
        say("error: no job was named; the jobs are:");
        project.names().for_each(|name| say(&format!("  {name}")));
        say("run one with `runner-lite exec JOB`");
        return Err(Refused(exit::USAGE));
    };
    let selector = project.selector();
    let plan = project.plan(job, &selector)?;
    project.say_when(job, &selector);
    Ok(plan)
}
