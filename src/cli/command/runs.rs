//! `runner-lite runs`: lists the stored runs of the project.

use jiff::Timestamp;

use crate::cli::command_error::CommandError;
use crate::cli::exit_code;
use crate::cli::options::{Format, ListRunsOptions};
use crate::cli::project::{open_store, store_failure, unreadable_warning};
use crate::cli::user_message::tell;
use crate::report::console;
use crate::report::runs::{self as report, ListedRun};
use crate::store::{StoreError, StoredRun};

/// Runs `runs list` and returns its exit code.
pub fn list(options: &ListRunsOptions) -> Result<u8, CommandError> {
    let (store, messages) = open_store(&options.project)?;
    tell(&messages);
    let stored = store.runs().map_err(store_failure)?;
    let (mut runs, mut unreadable) = (Vec::new(), stored.unreadable);
    for run in &stored.readable {
        match listed(run) {
            Ok(run) => runs.push(run),
            Err(error) => unreadable.push(error),
        }
    }
    tell(unreadable_warning(&unreadable).as_slice());
    if options.format == Format::Json {
        console::answer(report::json(&runs));
    } else if runs.is_empty() {
        console::line("No run of this project is stored yet; `runner-lite exec JOB` stores one.");
    } else {
        #[expect(clippy::disallowed_methods, reason = "ages are shown")]
        let now = Timestamp::now();
        console::answer(report::text(&runs, now));
    }
    Ok(exit_code::PASSED)
}

fn listed(run: &StoredRun) -> Result<ListedRun, StoreError> {
    let jobs = run.jobs()?;
    Ok(ListedRun {
        id: run.id().as_str().to_owned(),
        state: run.state(),
        record: run.record().cloned(),
        started: run.id().started(),
        jobs: jobs.iter().map(|job| job.record().clone()).collect(),
        bytes: run.bytes()?,
    })
}
