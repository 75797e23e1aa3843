//! `runner-lite logs`: prints the stored log of a job.

use crate::cli::command::stored_runs::read_runs;
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::LogsOptions;
use crate::cli::project::{find_run, store_failure, unknown_stored_job, unreadable_warning};
use crate::cli::user_message::tell;
use crate::report::console;
use crate::store::{RunState, StoredLog, StoredRun};

/// Runs `logs` and returns its exit code.
pub fn run(options: &LogsOptions) -> Result<u8, CommandError> {
    let runs = read_runs(&options.project)?;
    let named = options.run.as_deref().map(|name| find_run(&runs, name)).transpose()?;
    let (mut logs, mut unreadable): (Vec<(&StoredRun, StoredLog)>, _) = (Vec::new(), Vec::new());
    for run in named.map_or(&*runs, std::slice::from_ref) {
        match run.logs() {
            Ok(of_run) => logs.extend(of_run.into_iter().map(|log| (run, log))),
            Err(error) => unreadable.push(error),
        }
    }
    tell(unreadable_warning(&unreadable).as_slice());
    let Some((run, log)) = logs.iter().find(|(_, log)| log.job == options.job) else {
        let names = logs.iter().map(|(_, log)| &*log.job);
        return Err(unknown_stored_job(&options.job, named.map(StoredRun::id), names));
    };
    if !log.has_ended {
        console::note(unended(run));
    }
    console::stored_log(log.open().map_err(store_failure)?).map_err(|error| {
        CommandError::new(
            CommandErrorKind::System,
            format!("cannot read the log of `{}`: {error}", options.job),
        )
    })?;
    Ok(exit_code::PASSED)
}

/// Why the log of a job in `run` has no end.
fn unended(run: &StoredRun) -> String {
    let name = run.record().map_or(run.id().as_str().to_owned(), |record| record.iid.to_string());
    match run.state() {
        RunState::Running => format!("the job has not ended: run {name} goes on; this is its log so far"),
        RunState::Aborted => format!("the job has not ended: run {name} was aborted; its log may be cut"),
        RunState::Ended(_) => format!("run {name} has no record of the job's end; its log may be cut"),
    }
}
