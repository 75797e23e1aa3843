//! Removes what runs have left on the engine.

use super::selection::{CleanSelection, select};
use super::{Wish, incomplete_files, wish};
use crate::amount::size;
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::{CleanScope, Consent, EngineOptions};
use crate::cli::project::store_failure;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::error_chain::chain;
use crate::executor::cleanup::leftovers::{self, Leftovers};
use crate::report::console;
use crate::store::StoreInventory;
use crate::transport::connector::Connector;

/// Lists and removes, and returns the exit code.
pub(super) async fn clean(
    options: EngineOptions,
    scope: &CleanScope,
    store: Option<&StoreInventory>,
    consent: Consent,
) -> Result<u8, CommandError> {
    let failed = |error: EngineError| CommandError::new(CommandErrorKind::System, chain(&error));
    let observer = options.observer();
    let connector = Connector::new(options.choice.endpoint);
    let engine = Engine::connect(connector, observer).await.map_err(failed)?;
    let found = Leftovers::find(&engine).await.map_err(failed)?;
    let selection =
        select(found, scope).map_err(|error| CommandError::new(CommandErrorKind::Usage, error))?;
    let incomplete = store.map_or(Ok(0), StoreInventory::leftover_bytes).map_err(store_failure)?;
    console::answer(selection.text() + &incomplete_files(incomplete));
    if selection.len() == 0 && incomplete == 0 {
        console::answer("Nothing to remove.\n");
        return Ok(exit_code::PASSED);
    }
    match wish(consent, question(selection.len(), incomplete)) {
        Wish::Remove => {}
        Wish::Keep => return Ok(exit_code::PASSED),
        Wish::Refuse => return Ok(exit_code::NOT_AGREED),
    }
    let code = if selection.len() == 0 { exit_code::PASSED } else { remove(&engine, &selection).await };
    if let Some(store) = store.filter(|_| incomplete > 0) {
        let freed = store.remove_leftovers().map_err(store_failure)?;
        console::answer(format!("Removed {}.\n", size(freed)));
    }
    Ok(code)
}

/// What the user is asked about a number of objects and the size of incomplete files.
fn question(objects: usize, incomplete: u64) -> String {
    match (objects, incomplete) {
        (0, _) => "Remove the incomplete files?".to_owned(),
        (_, 0) => format!("Remove {objects} of them?"),
        _ => format!("Remove {objects} of them and the incomplete files?"),
    }
}

async fn remove(engine: &Engine, selection: &CleanSelection) -> u8 {
    let mut still_there = leftovers::remove(engine, selection.of_jobs()).await;
    still_there.extend(leftovers::remove_volumes(engine, &selection.kept).await);
    for left in &still_there {
        console::error(chain(&left.error));
    }
    let removed = selection.len().saturating_sub(still_there.len());
    console::answer(format!("Removed {removed} of {}.\n", selection.len()));
    if still_there.is_empty() { exit_code::PASSED } else { exit_code::SYSTEM_FAILED }
}
