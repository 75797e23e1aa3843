//! `runner-lite logs`: prints the stored log of a job.

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::LogsOptions;
use crate::cli::project::{JobInRun, find_run, jobs_of, open_store, store_failure, unknown_stored_job};
use crate::cli::user_message::tell;
use crate::report::console;

/// Runs `logs` and returns its exit code.
pub fn run(options: &LogsOptions) -> Result<u8, CommandError> {
    let (store, messages) = open_store(&options.project)?;
    tell(&messages);
    let runs = store.runs().map_err(store_failure)?;
    let named = options.run.as_deref().map(|name| find_run(&runs, name)).transpose()?;
    let jobs = jobs_of(named.map_or(&runs, std::slice::from_ref))?;
    let found = jobs.iter().find(|found| found.job.record().name == options.job);
    let Some(JobInRun { job, .. }) = found else {
        return Err(unknown_stored_job(&options.job, named.map(|run| run.id()), &jobs));
    };
    let log = job.log().map_err(store_failure)?;
    console::stored_log(log).map_err(|error| {
        CommandError::new(
            CommandErrorKind::System,
            format!("cannot read the log of `{}`: {error}", options.job),
        )
    })?;
    Ok(exit_code::PASSED)
}
