//! `runner-lite artifacts`: lists and extracts what jobs have stored.

mod get;
mod globs;
mod list;

use jiff::Timestamp;

pub use self::get::get;
pub use self::list::list;
use crate::cli::command_error::CommandError;
use crate::cli::options::ArtifactsOptions;
use crate::cli::project::{JobInRun, store_failure};
use crate::report::artifacts::ListedArtifacts;

/// Runs `artifacts` and returns its exit code.
pub fn run(options: &ArtifactsOptions) -> Result<u8, CommandError> {
    match options {
        ArtifactsOptions::List(options) => list(options),
        ArtifactsOptions::Get(options) => get(options),
    }
}

/// Collects what a job has stored, without its files.
fn listed(found: &JobInRun<'_>) -> Result<ListedArtifacts, CommandError> {
    let variables = found.job.dotenv().map_err(store_failure)?.variables;
    Ok(ListedArtifacts {
        run: found.run.id().clone(),
        run_record: found.run.record().cloned(),
        job: found.job.record().clone(),
        variables: variables.into_iter().map(|(name, _)| name).collect(),
    })
}

fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "ages are shown, and readers of a run leave their time")]
    Timestamp::now()
}
