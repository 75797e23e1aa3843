//! `runner-lite clean`: removes the leftovers of interrupted runs, and volumes that are kept from job to job.

mod selection;

use std::io::{self, BufRead, IsTerminal, Read};

use crate::cli::command::clean::selection::{CleanSelection, select};
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::{CleanOptions, Consent};
use crate::cli::runtime::block_on;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::error_chain::chain;
use crate::executor::cleanup::leftovers::{self, Leftovers};
use crate::report::console;
use crate::transport::connector::Connector;

/// The part of the user's answer that is read.
const ANSWER_BYTES_MAX: u64 = 100;

/// Runs `clean` and returns its exit code.
pub fn run(options: CleanOptions) -> Result<u8, CommandError> {
    block_on(clean(options))?
}

async fn clean(options: CleanOptions) -> Result<u8, CommandError> {
    let failed = |error: EngineError| CommandError::new(CommandErrorKind::System, chain(&error));
    let observer = options.engine.observer();
    let connector = Connector::new(options.engine.choice.endpoint);
    let engine = Engine::connect(connector, observer).await.map_err(failed)?;
    let found = Leftovers::find(&engine).await.map_err(failed)?;
    let selection =
        select(found, &options.scope).map_err(|error| CommandError::new(CommandErrorKind::Usage, error))?;
    console::answer(selection.text());
    if selection.len() == 0 {
        console::answer("Nothing to remove.\n");
        return Ok(exit_code::PASSED);
    }
    match options.consent {
        Consent::ListOnly => return Ok(exit_code::PASSED),
        Consent::Ask if !user_agrees(selection.len()) => {
            console::line("nothing was removed; --force removes without asking");
            return Ok(exit_code::NOT_AGREED);
        }
        Consent::Given | Consent::Ask => {}
    }
    Ok(remove(&engine, &selection).await)
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

/// Asks on the terminal. Without a terminal the answer is no.
fn user_agrees(count: usize) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    console::question(format_args!("Remove {count} of them? [y/N]"));
    let mut answer = String::new();
    let read = io::stdin().lock().take(ANSWER_BYTES_MAX).read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
