//! `runner-lite runs`: lists the stored runs of the project.

use jiff::Timestamp;

use crate::cli::command_error::CommandError;
use crate::cli::exit_code;
use crate::cli::options::{Format, ListRunsOptions};
use crate::cli::project::{open_store, store_failure};
use crate::cli::user_message::tell;
use crate::report::console;
use crate::report::runs::{self, ListedRun};
use crate::store::{StoreError, StoredRun};

/// Runs `runs list` and returns its exit code.
pub fn list(options: &ListRunsOptions) -> Result<u8, CommandError> {
    let (store, messages) = open_store(&options.project)?;
    tell(&messages);
    let stored = store.runs().map_err(store_failure)?;
    let listed: Vec<ListedRun> =
        stored.iter().map(listed).collect::<Result<_, _>>().map_err(store_failure)?;
    if options.format == Format::Json {
        console::answer(runs::json(&listed));
    } else if listed.is_empty() {
        console::line("No run of this project is stored yet; `runner-lite exec JOB` stores one.");
    } else {
        #[expect(clippy::disallowed_methods, reason = "ages are shown")]
        let now = Timestamp::now();
        console::answer(runs::text(&listed, now));
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
