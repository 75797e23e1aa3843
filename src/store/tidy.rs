//! Keeps the store small after a run.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::error::StoreError;
use super::inventory::StoreInventory;
use super::places::StorePlaces;
use super::record::RunId;
use super::retention::RetentionRules;

/// How long a run may be followed by the removal of others. What is left is removed after the next run.
const TIDYING_WITHIN: Duration = Duration::from_secs(2);

/// What was removed after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tidied {
    pub runs: usize,
    /// Expired archives.
    pub archives: usize,
    pub caches: usize,
    pub bytes: u64,
}

/// Removes leftovers, and what the rules no longer keep, of all projects of this user, within 2 s. `ended` is the run that
/// has just ended, which is kept.
///
/// # Errors
/// The store cannot be read, or something cannot be removed.
pub fn tidy(
    places: &StorePlaces,
    rules: &RetentionRules,
    ended: &RunId,
    now: Timestamp,
) -> Result<Tidied, StoreError> {
    let started = Instant::now();
    let is_late = || started.elapsed() > TIDYING_WITHIN;
    let inventory = StoreInventory::read(places)?;
    let mut tidied = Tidied { bytes: inventory.remove_leftovers()?, ..Tidied::default() };

    let runs: Vec<_> = inventory
        .projects()
        .iter()
        .flat_map(|project| project.runs.iter().map(move |run| (project, run)))
        .collect();
    let facts: Vec<_> = runs.iter().map(|(_, run)| run.facts.clone()).collect();
    let ended = runs.iter().position(|(_, run)| run.run.id() == ended);
    let decision = rules.decide(&facts, ended, now);
    for (run, job) in decision.archives {
        let (project, run) = runs[run];
        if !is_late()
            && let Some(bytes) = project.remove_archive(run, job)?
        {
            tidied.archives += 1;
            tidied.bytes = tidied.bytes.saturating_add(bytes);
        }
    }
    for (run, _) in decision.runs {
        let (project, run) = runs[run];
        if !is_late()
            && let Some(bytes) = project.remove_run(run)?
        {
            tidied.runs += 1;
            tidied.bytes = tidied.bytes.saturating_add(bytes);
        }
    }
    let mut caches: Vec<_> = inventory
        .caches()
        .iter()
        .flat_map(|caches| caches.caches.iter().map(move |cache| (caches, cache)))
        .collect();
    caches.sort_by_key(|(_, cache)| cache.used);
    let sizes: Vec<u64> = caches.iter().map(|(_, cache)| cache.bytes).collect();
    for number in rules.decide_caches(&sizes) {
        let (caches, cache) = caches[number];
        if !is_late() {
            tidied.caches += 1;
            tidied.bytes = tidied.bytes.saturating_add(caches.remove(cache)?);
        }
    }
    Ok(tidied)
}
