//! Removes what runs have left on the engine.

use super::selection::{CleanSelection, select};
use super::{Wish, wish};
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::{CleanScope, Consent, EngineOptions};
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::error_chain::chain;
use crate::executor::cleanup::leftovers::{self, Leftovers};
use crate::report::console;
use crate::transport::connector::Connector;

/// Lists and removes, and returns the exit code.
pub(super) async fn clean(
    options: EngineOptions,
    scope: &CleanScope,
    consent: Consent,
) -> Result<u8, CommandError> {
    let failed = |error: EngineError| CommandError::new(CommandErrorKind::System, chain(&error));
    let observer = options.observer();
    let connector = Connector::new(options.choice.endpoint);
    let engine = Engine::connect(connector, observer).await.map_err(failed)?;
    let found = Leftovers::find(&engine).await.map_err(failed)?;
    let selection =
        select(found, scope).map_err(|error| CommandError::new(CommandErrorKind::Usage, error))?;
    console::answer(selection.text());
    if selection.len() == 0 {
        console::answer("Nothing to remove.\n");
        return Ok(exit_code::PASSED);
    }
    match wish(consent, format_args!("Remove {} of them?", selection.len())) {
        Wish::Remove => Ok(remove(&engine, &selection).await),
        Wish::Keep => Ok(exit_code::PASSED),
        Wish::Refuse => Ok(exit_code::NOT_AGREED),
    }
}

async fn remove(engine: &Engine, selection: &CleanSelection) -> u8 {
    let mut still_there = leftovers::remove(engine, &selection.of_runs).await;
    still_there.extend(leftovers::remove_volumes(engine, &selection.kept).await);
    for left in &still_there {
        console::error(chain(&left.error));
    }
    let removed = selection.len().saturating_sub(still_there.len());
    console::answer(format!("Removed {removed} of {}.\n", selection.len()));
    if still_there.is_empty() { exit_code::PASSED } else { exit_code::SYSTEM_FAILED }
}
