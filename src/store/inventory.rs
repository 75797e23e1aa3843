//! What the store has, of all projects of this user, and its removal.

use std::path::PathBuf;

use jiff::Timestamp;

use super::cache::{CacheStore, ListedCache};
use super::error::StoreError;
use super::existing::existing;
use super::folder::StoreFolder;
use super::leftover::{self, LeftoverAction};
use super::places::{StorePlaces, is_folder_name};
use super::project::{PROJECT_RECORD, ProjectFolders};
use super::record::{ArtifactsRecord, EndState, ProjectRecord, RunId, from_json};
use super::retention::{StoredJobFacts, StoredRunFacts};
use super::run::{RunState, StoredRun, remove_expired_archive, remove_run, stored_runs, visit_leftovers};

/// The largest record of a project: its path.
const RECORD_BYTES_MAX: u64 = 64 << 10;

/// What the store has, of all projects of this user.
#[derive(Debug)]
pub struct StoreInventory {
    projects: Vec<InventoryProject>,
    caches: Vec<InventoryCaches>,
    unreadable: Vec<StoreError>,
}

/// The runs of a project.
#[derive(Debug)]
pub struct InventoryProject {
    /// The project's folder; `None` if its record cannot be read.
    pub path: Option<PathBuf>,
    /// The newest first.
    pub runs: Vec<InventoryRun>,
    folder: StoreFolder,
    runs_folder: StoreFolder,
}

/// A run with the facts that decide whether it is kept.
#[derive(Debug)]
pub struct InventoryRun {
    pub run: StoredRun,
    pub facts: StoredRunFacts,
}

/// The caches that one or several clones of a project share.
#[derive(Debug)]
pub struct InventoryCaches {
    /// The least recently used first.
    pub caches: Vec<ListedCache>,
    store: CacheStore,
}

impl StoreInventory {
    /// Reads what the store has. Folders that do not exist count as empty; [`Self::unreadable`] tells which projects, runs
    /// and caches are left out.
    ///
    /// # Errors
    /// One of the store's places cannot be read.
    pub fn read(places: &StorePlaces) -> Result<Self, StoreError> {
        Self::read_folders(places, |_| true, |_| true)
    }

    /// Reads one project and its caches.
    pub(super) fn of_project(places: &StorePlaces, names: &ProjectFolders) -> Result<Self, StoreError> {
        Self::read_folders(places, |name| name == names.project, |name| name == names.caches)
    }

    fn read_folders(
        places: &StorePlaces,
        is_project_read: impl Fn(&str) -> bool,
        are_caches_read: impl Fn(&str) -> bool,
    ) -> Result<Self, StoreError> {
        let mut inventory = Self { projects: Vec::new(), caches: Vec::new(), unreadable: Vec::new() };
        if let Some(folder) = existing(&places.state, &["projects"])? {
            for name in names_in(&folder)?.into_iter().filter(|name| is_project_read(name)) {
                let unreadable = &mut inventory.unreadable;
                let read = |project| InventoryProject::read(project, &name, unreadable);
                match folder.subfolder(&name).and_then(read) {
                    Ok(project) => inventory.projects.extend(project),
                    Err(error) => inventory.unreadable.push(error),
                }
            }
        }
        if let Some(folder) = existing(&places.cache, &["caches"])? {
            for name in names_in(&folder)?.into_iter().filter(|name| are_caches_read(name)) {
                match folder.subfolder(name).and_then(InventoryCaches::read) {
                    Ok(caches) => inventory.caches.push(caches),
                    Err(error) => inventory.unreadable.push(error),
                }
            }
        }
        Ok(inventory)
    }

    pub fn projects(&self) -> &[InventoryProject] {
        &self.projects
    }

    pub fn caches(&self) -> &[InventoryCaches] {
        &self.caches
    }

    /// Why some projects, runs and caches cannot be read.
    pub fn unreadable(&self) -> &[StoreError] {
        &self.unreadable
    }

    /// The bytes that a run has stored, those of caches included.
    pub(super) fn bytes_of_run(&self, id: &RunId) -> u64 {
        let runs = self.projects.iter().flat_map(|project| &project.runs);
        let runs = runs.filter(|run| run.run.id() == id).map(|run| run.facts.bytes);
        let caches = self.caches.iter().flat_map(|caches| &caches.caches);
        let caches = caches.filter(|cache| cache.record.origin.run == id.as_str()).map(|cache| cache.bytes);
        runs.chain(caches).fold(0, u64::saturating_add)
    }

    /// Removes what killed processes have left. Returns the freed bytes.
    ///
    /// # Errors
    /// Something cannot be removed. Leftovers of other projects and caches are removed all the same.
    pub fn remove_leftovers(&self) -> Result<u64, StoreError> {
        self.visit_leftovers(leftover::remove)
    }

    /// The size of what killed processes have left.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn leftover_bytes(&self) -> Result<u64, StoreError> {
        self.visit_leftovers(leftover::measure)
    }

    fn visit_leftovers(&self, action: LeftoverAction) -> Result<u64, StoreError> {
        let of_projects = self.projects.iter().map(|project| visit_leftovers(&project.runs_folder, action));
        let of_caches = self.caches.iter().map(|caches| caches.store.visit_leftovers(action));
        // All of them first: an iterator of results ends at the first error.
        let bytes: Vec<_> = of_projects.chain(of_caches).collect();
        bytes.into_iter().try_fold(0, |sum: u64, bytes| bytes.map(|bytes| sum.saturating_add(bytes)))
    }
}

impl InventoryProject {
    fn read(
        folder: StoreFolder,
        name: &str,
        unreadable: &mut Vec<StoreError>,
    ) -> Result<Option<Self>, StoreError> {
        let runs_folder = match folder.subfolder("runs") {
            Err(error) if error.is_missing() => return Ok(None),
            runs => runs?,
        };
        let record = folder.read(PROJECT_RECORD, RECORD_BYTES_MAX).ok();
        let record = record.and_then(|text| from_json::<ProjectRecord>(&text).ok());
        let mut runs = Vec::new();
        let stored = stored_runs(&runs_folder)?;
        unreadable.extend(stored.unreadable);
        for run in stored.readable {
            match facts(&run, name) {
                Ok(facts) => runs.push(InventoryRun { run, facts }),
                // Another process has just removed it.
                Err(error) if error.is_missing() => {}
                Err(error) => unreadable.push(error),
            }
        }
        Ok(Some(Self { path: record.map(|record| record.path.0), runs, folder, runs_folder }))
    }

    /// Removes a run. Returns the freed bytes; `None` if it is in use.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove_run(&self, run: &InventoryRun) -> Result<Option<u64>, StoreError> {
        let is_removed = remove_run(&self.folder, &self.runs_folder, run.run.id())?;
        Ok(is_removed.then_some(run.facts.bytes))
    }

    /// Removes the archive of a job, by its number in the facts. Returns the freed bytes; `None` if the run is in use.
    pub(super) fn remove_archive(&self, run: &InventoryRun, job: usize) -> Result<Option<u64>, StoreError> {
        let Some(job) = run.facts.jobs.get(job) else { return Ok(None) };
        let is_removed = remove_expired_archive(&self.runs_folder, run.run.id(), &job.name)?;
        Ok(is_removed.then_some(job.bytes))
    }
}

impl InventoryCaches {
    fn read(folder: StoreFolder) -> Result<Self, StoreError> {
        let store = CacheStore::new(folder);
        Ok(Self { caches: store.list()?, store })
    }

    /// Removes a cache. Returns the freed bytes.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&self, cache: &ListedCache) -> Result<u64, StoreError> {
        let is_removed = self.store.clear(cache)?;
        Ok(if is_removed { cache.bytes } else { 0 })
    }
}

fn names_in(folder: &StoreFolder) -> Result<Vec<String>, StoreError> {
    Ok(folder.subfolder_names()?.into_iter().filter(|name| is_folder_name(name)).collect())
}

fn facts(run: &StoredRun, project: &str) -> Result<StoredRunFacts, StoreError> {
    let jobs = run.jobs()?.into_iter().map(|job| {
        let record = job.record();
        let (expires, bytes) = match &record.artifacts {
            ArtifactsRecord::Stored { expires, size, .. } => (Some(*expires), size.length),
            _ => (None, 0),
        };
        StoredJobFacts { name: record.name.clone(), has_stored: record.has_stored(), expires, bytes }
    });
    let jobs = jobs.collect();
    // A run without a readable record or name counts as old.
    let started = run.record().map(|record| record.started).or_else(|| run.id().started());
    let started = started.unwrap_or(Timestamp::UNIX_EPOCH);
    let ended = run.record().and_then(|record| record.end).map_or(started, |end| end.at);
    Ok(StoredRunFacts {
        project: project.to_owned(),
        started,
        used: run.last_read()?.map_or(ended, |read| read.max(ended)),
        bytes: run.bytes()?,
        has_succeeded: run.state() == RunState::Ended(EndState::Success),
        is_in_use: run.state() == RunState::Running || run.is_pinned()?,
        jobs,
    })
}

#[cfg(test)]
mod tests;
