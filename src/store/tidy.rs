//! Keeps the store small.

use std::time::{Duration, Instant, SystemTime};

use jiff::{SignedDuration, Timestamp};

use super::error::StoreError;
use super::folder::StoreFolder;
use super::inventory::StoreInventory;
use super::places::StorePlaces;
use super::project::ProjectStore;
use super::record::RunId;
use super::retention::RetentionRules;

/// How long a run may remove others. What is left is removed with the next run.
const TIDYING_WITHIN: Duration = Duration::from_secs(2);

/// How often all projects are looked at, to find what is too old or too large in total: that takes about 0.1 ms a run.
const ALL_TIDIED_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// A run that has stored less changes the total size little.
const SMALL_RUN_BYTES: u64 = 1_000_000;

/// The file whose time tells when all projects were tidied.
const TIDIED: &str = "tidied";

/// What was removed with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tidied {
    pub runs: usize,
    /// Expired archives.
    pub archives: usize,
    pub caches: usize,
    pub bytes: u64,
}

/// Removes leftovers, and what the rules no longer keep, within 2 s. The own `run`, one of `project`, is kept.
/// Other projects are looked at only if the run has stored much, or once a day.
///
/// # Errors
/// The store cannot be read, or something cannot be removed. Everything else is removed all the same.
pub fn tidy(
    places: &StorePlaces,
    project: &ProjectStore,
    rules: &RetentionRules,
    run: &RunId,
    now: Timestamp,
) -> Result<Tidied, StoreError> {
    let deadline = TidyDeadline { started: Instant::now() };
    let state = StoreFolder::place(&places.state)?;
    let mut inventory = StoreInventory::of_project(places, project.folders())?;
    let is_recent = last_tidied(&state).is_some_and(|last| now.duration_since(last) < ALL_TIDIED_EVERY);
    if !is_recent || inventory.bytes_of_run(run) > SMALL_RUN_BYTES {
        inventory = StoreInventory::read(places)?;
        note_tidied(&state, now)?;
    }
    let mut tidying = Tidying { deadline, tidied: Tidied::default(), error: None };
    if let Some(bytes) = tidying.done(inventory.remove_leftovers().map(Some)) {
        tidying.tidied.bytes = bytes;
    }
    tidying.remove_runs(&inventory, rules, run, now);
    tidying.remove_caches(&inventory, rules);
    tidying.error.map_or(Ok(tidying.tidied), Err)
}

/// When all projects were tidied for the last time.
fn last_tidied(state: &StoreFolder) -> Option<Timestamp> {
    let tidied = state.open(TIDIED).ok()?.metadata().ok()?.modified().ok()?;
    Timestamp::try_from(tidied).ok()
}

fn note_tidied(state: &StoreFolder, now: Timestamp) -> Result<(), StoreError> {
    let file = state.open_or_create(TIDIED)?;
    // All projects are tidied again after the next run if the time cannot be set.
    let _ = SystemTime::try_from(now).map(|now| file.set_modified(now));
    Ok(())
}

/// When the tidying ends, done or not.
struct TidyDeadline {
    started: Instant,
}

impl TidyDeadline {
    fn has_passed(&self) -> bool {
        self.started.elapsed() > TIDYING_WITHIN
    }
}

/// What has been removed so far, and the first error.
struct Tidying {
    deadline: TidyDeadline,
    tidied: Tidied,
    error: Option<StoreError>,
}

impl Tidying {
    fn remove_runs(
        &mut self,
        inventory: &StoreInventory,
        rules: &RetentionRules,
        run: &RunId,
        now: Timestamp,
    ) {
        let projects = inventory.projects().iter();
        let runs: Vec<_> =
            projects.flat_map(|project| project.runs.iter().map(move |run| (project, run))).collect();
        let facts: Vec<_> = runs.iter().map(|(_, run)| run.facts.clone()).collect();
        let own = runs.iter().position(|(_, stored)| stored.run.id() == run);
        let decision = rules.decide(&facts, own, now);
        for (run, job) in decision.archives {
            let (project, run) = runs[run];
            if !self.deadline.has_passed()
                && let Some(bytes) = self.done(project.remove_archive(run, job))
            {
                self.tidied.archives += 1;
                self.tidied.bytes = self.tidied.bytes.saturating_add(bytes);
            }
        }
        for (run, _) in decision.runs {
            let (project, run) = runs[run];
            if !self.deadline.has_passed()
                && let Some(bytes) = self.done(project.remove_run(run))
            {
                self.tidied.runs += 1;
                self.tidied.bytes = self.tidied.bytes.saturating_add(bytes);
            }
        }
    }

    fn remove_caches(&mut self, inventory: &StoreInventory, rules: &RetentionRules) {
        let all = inventory.caches().iter();
        let mut caches: Vec<_> =
            all.flat_map(|caches| caches.caches.iter().map(move |cache| (caches, cache))).collect();
        caches.sort_by_key(|(_, cache)| cache.used);
        let sizes: Vec<u64> = caches.iter().map(|(_, cache)| cache.bytes).collect();
        for number in rules.decide_caches(&sizes) {
            let (caches, cache) = caches[number];
            if !self.deadline.has_passed()
                && let Some(bytes) = self.done(caches.remove(cache).map(Some))
            {
                self.tidied.caches += 1;
                self.tidied.bytes = self.tidied.bytes.saturating_add(bytes);
            }
        }
    }

    /// The bytes of something that has been removed. The first error is kept, and the tidying goes on.
    fn done(&mut self, removed: Result<Option<u64>, StoreError>) -> Option<u64> {
        match removed {
            Ok(bytes) => bytes,
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }
}
