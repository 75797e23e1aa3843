//! `runner-lite shell --running`: a further shell in a job that runs.

use std::collections::HashMap;

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::host::signals::StopSignals;
use crate::cli::options::{EngineOptions, RunningShellOptions, StoredProjectOptions};
use crate::cli::project::{find_run, open_store, runs_of};
use crate::cli::runtime::block_on;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::error_chain::chain;
use crate::executor::another_shell::{ShellEnd, run_shell};
use crate::executor::running_jobs::{JobContainer, running_jobs};
use crate::report::console;
use crate::store::StoredRun;
use crate::suggest::closest;
use crate::transport::connector::Connector;

/// The exit code of a shell that the end of its job has killed: 128 and the number of SIGKILL.
const KILLED: u8 = 137;

/// The numbers of this project's runs, by their pipeline ids.
type RunNumbers = HashMap<String, u64>;

/// Which job is meant.
struct Wanted<'w> {
    /// `None` is the only job that runs.
    name: Option<&'w str>,
    /// The run as the user has named it, and its pipeline id.
    run: Option<(&'w str, &'w str)>,
}

/// Opens the shell, and returns its exit code.
pub fn run(options: RunningShellOptions) -> Result<u8, CommandError> {
    let RunningShellOptions { job, run, engine, project } = options;
    let runs = stored_runs(&project)?;
    let named = run.as_deref().map(|name| find_run(&runs, name)).transpose()?;
    let pipeline_id = named.and_then(pipeline_id).unwrap_or_default();
    let wanted = Wanted { name: job.as_deref(), run: run.as_deref().map(|name| (name, &*pipeline_id)) };
    let numbers = numbers(&runs);
    block_on(async {
        let mut signals = StopSignals::listen().map_err(|error| {
            CommandError::new(CommandErrorKind::System, format!("cannot listen for signals: {error}"))
        })?;
        let found = tokio::select! {
            found = find(engine, &wanted, &numbers) => found,
            signal = signals.next() => return Ok(exit_code::of_signal(signal)),
        };
        let (engine, job) = found?;
        let ended = run_shell(&engine, &job.container, signals.next()).await.map_err(|error| {
            let message =
                format!("cannot open a shell in the container of `{}`: {}", job.name, chain(&error));
            CommandError::new(CommandErrorKind::System, message)
        })?;
        Ok(match ended {
            ShellEnd::Exited(code) => u8::try_from(code).unwrap_or(u8::MAX),
            ShellEnd::WithJob => {
                console::note(format!("the script of `{}` has ended, and with it this shell", job.name));
                KILLED
            }
            ShellEnd::Signalled(signal) => exit_code::of_signal(signal),
        })
    })?
}

/// The runs of the project. A run is in the store before its jobs begin.
fn stored_runs(project: &StoredProjectOptions) -> Result<Vec<StoredRun>, CommandError> {
    let (store, _) = open_store(project)?;
    Ok(runs_of(&store)?.0)
}

fn pipeline_id(run: &StoredRun) -> Option<String> {
    Some(run.record()?.pipeline_id.to_string())
}

fn numbers(runs: &[StoredRun]) -> RunNumbers {
    runs.iter().filter_map(|run| Some((pipeline_id(run)?, run.record()?.iid))).collect()
}

/// The connected engine, and the job that is meant.
async fn find(
    options: EngineOptions,
    wanted: &Wanted<'_>,
    numbers: &RunNumbers,
) -> Result<(Engine, JobContainer), CommandError> {
    let failed = |error: EngineError| CommandError::new(CommandErrorKind::System, chain(&error));
    let observer = options.observer();
    let connector = Connector::new(options.choice.endpoint);
    let engine = Engine::connect(connector, observer).await.map_err(failed)?;
    let jobs = running_jobs(&engine).await.map_err(failed)?;
    let job = choose(&jobs, wanted, numbers)
        .map_err(|message| CommandError::new(CommandErrorKind::Usage, message))?
        .clone();
    Ok((engine, job))
}

/// The job that is meant: the only one of the project that runs, or the one with that name, and in that run.
///
/// # Errors
/// There is none, or there are several: the text lists them.
fn choose<'j>(
    jobs: &'j [JobContainer],
    wanted: &Wanted<'_>,
    numbers: &RunNumbers,
) -> Result<&'j JobContainer, String> {
    // No two runs of a user have the same pipeline id.
    let (own, others): (Vec<&JobContainer>, Vec<&JobContainer>) =
        jobs.iter().partition(|job| numbers.contains_key(&job.pipeline_id));
    if own.is_empty() {
        let elsewhere = match others.is_empty() {
            true => String::new(),
            false => format!("; of other projects: {}", list(&others, |job| job.project.clone())),
        };
        return Err(format!("no job of this project is running on this engine{elsewhere}"));
    }
    let meant: Vec<&JobContainer> = own
        .iter()
        .copied()
        .filter(|job| wanted.name.is_none_or(|name| job.name == name))
        .filter(|job| wanted.run.is_none_or(|(_, pipeline_id)| job.pipeline_id == pipeline_id))
        .collect();
    let in_runs = |jobs: &[&JobContainer]| list(jobs, |job| run_of(job, numbers));
    match (&*meant, wanted.name) {
        ([job], _) => Ok(job),
        ([], _) => Err(format!("{}; running: {}", not_running(&own, wanted), in_runs(&own))),
        (several, None) => Err(format!("several jobs are running; name one of them: {}", in_runs(several))),
        (several, Some(name)) => {
            Err(format!("`{name}` is running several times; name its run with --run: {}", in_runs(several)))
        }
    }
}

/// Says what does not run.
fn not_running(jobs: &[&JobContainer], wanted: &Wanted<'_>) -> String {
    let of_run = wanted.run.map(|(run, _)| format!(" of run {run}")).unwrap_or_default();
    let Some(name) = wanted.name else { return format!("no job{of_run} is running") };
    let near = closest(name, jobs.iter().map(|job| &*job.name)).filter(|near| *near != name);
    let near = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
    format!("`{name}`{of_run} is not running{near}")
}

fn run_of(job: &JobContainer, numbers: &RunNumbers) -> String {
    numbers.get(&job.pipeline_id).map(|number| format!("run {number}")).unwrap_or_default()
}

/// The names of the jobs, each with a remark.
fn list(jobs: &[&JobContainer], remark: impl Fn(&JobContainer) -> String) -> String {
    let shown: Vec<String> = jobs.iter().map(|job| format!("`{}` ({})", job.name, remark(job))).collect();
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::name::Name;

    fn job(name: &str, pipeline_id: &str) -> JobContainer {
        JobContainer {
            container: Name::new(&format!("{name}-{pipeline_id}")),
            name: name.to_owned(),
            pipeline_id: pipeline_id.to_owned(),
            project: "group/project".to_owned(),
        }
    }

    /// The container of the chosen job in a project with the runs 12 and 13, or the error.
    fn chosen(jobs: &[JobContainer], name: Option<&str>, run: Option<(&str, &str)>) -> String {
        let numbers = RunNumbers::from([("1000".to_owned(), 12), ("2000".to_owned(), 13)]);
        choose(jobs, &Wanted { name, run }, &numbers)
            .map_or_else(|error| error, |job| job.container.to_string())
    }

    #[test]
    fn the_only_job_that_runs_needs_no_name() {
        assert_eq!(chosen(&[job("test", "1000")], None, None), "test-1000");
        assert_eq!(chosen(&[job("test", "1000"), job("lint", "1000")], Some("lint"), None), "lint-1000");
    }

    #[test]
    fn the_run_tells_jobs_with_one_name_apart() {
        let jobs = [job("test", "1000"), job("test", "2000")];
        assert_eq!(chosen(&jobs, Some("test"), Some(("12", "1000"))), "test-1000");
        assert_eq!(chosen(&jobs, None, Some(("13", "2000"))), "test-2000");
    }

    #[test]
    fn a_job_of_another_project_is_not_meant() {
        let other = job("test", "3000");
        assert_eq!(chosen(&[other.clone(), job("test", "1000")], Some("test"), None), "test-1000");
        insta::assert_snapshot!(chosen(&[other], Some("test"), None), @"no job of this project is running on this engine; of other projects: `test` (group/project)");
    }

    #[test]
    fn an_error_lists_the_jobs_that_run() {
        let jobs = [job("lint", "1000"), job("test", "1000"), job("test", "2000")];
        insta::assert_snapshot!(chosen(&jobs, None, None), @"several jobs are running; name one of them: `lint` (run 12), `test` (run 12), `test` (run 13)");
        insta::assert_snapshot!(chosen(&jobs, Some("test"), None), @"`test` is running several times; name its run with --run: `test` (run 12), `test` (run 13)");
        insta::assert_snapshot!(chosen(&jobs[..2], Some("tset"), None), @"`tset` is not running (did you mean `test`?); running: `lint` (run 12), `test` (run 12)");
        insta::assert_snapshot!(chosen(&jobs[..1], None, Some(("7", "70"))), @"no job of run 7 is running; running: `lint` (run 12)");
        insta::assert_snapshot!(chosen(&jobs[..1], Some("lint"), Some(("7", "70"))), @"`lint` of run 7 is not running; running: `lint` (run 12)");
        insta::assert_snapshot!(chosen(&[], Some("test"), None), @"no job of this project is running on this engine");
    }
}
