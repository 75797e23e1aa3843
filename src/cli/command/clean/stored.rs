//! Removes stored runs and caches of all projects.

use jiff::Timestamp;

use super::stored_selection::{CacheToRemove, RunToRemove, StoredSelection};
use super::{Wish, incomplete_files, wish};
use crate::amount::size;
use crate::cli::command_error::CommandError;
use crate::cli::exit_code;
use crate::cli::options::{CleanStoreOptions, Consent, StoreContent};
use crate::cli::project::{store_failure, unreadable_warning};
use crate::cli::user_message::tell;
use crate::error_chain::chain;
use crate::report::console;
use crate::store::{InventoryCaches, InventoryProject, InventoryRun, ListedCache, StoreInventory};

/// Lists and removes, and returns the exit code.
pub(super) fn clean(options: &CleanStoreOptions, consent: Consent) -> Result<u8, CommandError> {
    #[expect(clippy::disallowed_methods, reason = "ages decide what is removed")]
    let now = Timestamp::now();
    let inventory = StoreInventory::read(&options.places).map_err(store_failure)?;
    tell(unreadable_warning(inventory.unreadable()).as_slice());
    let runs = match options.content {
        StoreContent::Caches => Vec::new(),
        StoreContent::Runs | StoreContent::RunsAndCaches => runs(&inventory),
    };
    let caches = match options.content {
        StoreContent::Runs => Vec::new(),
        StoreContent::Caches | StoreContent::RunsAndCaches => caches(&inventory),
    };
    let selection = StoredSelection::new(
        runs.iter().map(|(project, run)| run_to_remove(project, run)).collect(),
        caches.iter().map(|(_, cache)| cache_to_remove(cache)).collect(),
        options.older_than,
        now,
    );
    let incomplete = inventory.leftover_bytes().map_err(store_failure)?;
    console::answer(selection.text(now) + &incomplete_files(incomplete));
    if selection.is_empty() && incomplete == 0 {
        console::answer("Nothing to remove.\n");
        return Ok(exit_code::PASSED);
    }
    match wish(consent, selection.question(incomplete)) {
        Wish::Keep => return Ok(exit_code::PASSED),
        Wish::Refuse => return Ok(exit_code::NOT_AGREED),
        Wish::Remove => {}
    }
    let (mut freed, mut code): (u64, u8) = (0, exit_code::PASSED);
    let removed = selection.runs.iter().filter_map(|run| runs.get(run.number));
    let results = removed.map(|(project, run)| project.remove_run(run).map(Option::unwrap_or_default));
    let of_caches = selection.caches.iter().filter_map(|cache| caches.get(cache.number));
    let results = results.chain(of_caches.map(|(store, cache)| store.remove(cache)));
    // Last, because the runs above have taken their own leftovers with them.
    for result in results.chain(std::iter::once_with(|| inventory.remove_leftovers())) {
        match result {
            Ok(bytes) => freed = freed.saturating_add(bytes),
            Err(error) => {
                console::error(chain(&error));
                code = exit_code::SYSTEM_FAILED;
            }
        }
    }
    console::answer(format!("Removed {}.\n", size(freed)));
    Ok(code)
}

fn runs(inventory: &StoreInventory) -> Vec<(&InventoryProject, &InventoryRun)> {
    let projects = inventory.projects().iter();
    projects.flat_map(|project| project.runs.iter().map(move |run| (project, run))).collect()
}

fn caches(inventory: &StoreInventory) -> Vec<(&InventoryCaches, &ListedCache)> {
    let stores = inventory.caches().iter();
    stores.flat_map(|store| store.caches.iter().map(move |cache| (store, cache))).collect()
}

fn run_to_remove(project: &InventoryProject, run: &InventoryRun) -> RunToRemove {
    let facts = &run.facts;
    RunToRemove {
        number: 0,
        project: project.path.as_ref().map(|path| path.display().to_string()),
        id: run.run.id().as_str().to_owned(),
        started: facts.started,
        used: facts.used,
        bytes: facts.bytes,
        has_succeeded: facts.has_succeeded,
        is_in_use: facts.is_in_use,
        jobs: facts.jobs.iter().map(|job| job.name.clone()).collect(),
    }
}

fn cache_to_remove(cache: &ListedCache) -> CacheToRemove {
    CacheToRemove { number: 0, key: cache.record.key.clone(), used: cache.used, bytes: cache.bytes }
}
