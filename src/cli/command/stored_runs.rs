//! What the commands begin with that read stored runs.

use crate::cli::command_error::CommandError;
use crate::cli::options::StoredProjectOptions;
use crate::cli::project::{open_store, runs_of};
use crate::cli::user_message::tell;
use crate::store::StoredRun;

/// Reads the stored runs of the project, the newest first, and tells what is wrong with the store.
///
/// # Errors
/// The store or the folder of its runs cannot be read.
pub(super) fn read_runs(options: &StoredProjectOptions) -> Result<Vec<StoredRun>, CommandError> {
    let (store, messages) = open_store(options)?;
    tell(&messages);
    let (runs, warning) = runs_of(&store)?;
    tell(warning.as_slice());
    Ok(runs)
}
