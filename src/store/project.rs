//! The store of one project.

use std::io;
use std::path::Path;

use jiff::Timestamp;

use super::cache::CacheStore;
use super::counter::next_number;
use super::error::StoreError;
use super::folder::StoreFolder;
use super::identity::identity;
use super::json_path::JsonPath;
use super::lock::FileLock;
use super::places::{StorePlaces, name_of_folder, name_of_identity};
use super::record::{ProjectRecord, RunId, RunPurpose, RunRecord, SourcesRecord, to_json};
use super::resource::{ResourceAttempt, ResourceLock};
use super::run::{RUNS_LOCK, RunFolder, StoredRun, StoredRuns, stored_run, stored_runs};
use super::slot::SlotLock;

/// No pipeline id reaches this number: a job id is a thousand times as large, and must stay below 2^53, the largest
/// integer that every JSON parser reads exactly.
const PIPELINE_ID_BOUND: u64 = (1 << 53) / 1000;

/// The record of a project, beside its runs.
pub(super) const PROJECT_RECORD: &str = "project.json";

/// The store of one project. Several processes may use it at the same time.
#[derive(Debug)]
pub struct ProjectStore {
    state: StoreFolder,
    project: StoreFolder,
    runs: StoreFolder,
    slots: StoreFolder,
    caches: CacheStore,
    folders: ProjectFolders,
}

/// The names of the folders of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProjectFolders {
    /// Below `projects`.
    pub(super) project: String,
    /// Below `caches`, `slots` and `resources`.
    pub(super) caches: String,
}

/// What a run begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunStart {
    pub pipeline_id: u64,
    pub iid: u64,
    pub sources: SourcesRecord,
    pub started: Timestamp,
    /// The run whose jobs are not repeated.
    pub resumed: Option<RunId>,
}

impl ProjectStore {
    /// Opens the store of the project in `folder`, a canonical path; its folders are created. `identity` is the text
    /// that clones with common persistent volumes share; they share caches and slots, too.
    ///
    /// # Errors
    /// A folder cannot be created, or belongs to another user.
    pub fn open(places: &StorePlaces, folder: &Path, identity: &str) -> Result<Self, StoreError> {
        let state = StoreFolder::place(&places.state)?;
        let name = name_of_folder(folder);
        let project = state.create_subfolder("projects")?.create_subfolder(&name)?;
        let shared = name_of_identity(identity);
        let slots = state.create_subfolder("slots")?.create_subfolder(&shared)?;
        let caches =
            StoreFolder::place(&places.cache)?.create_subfolder("caches")?.create_subfolder(&shared)?;
        let runs = project.create_subfolder("runs")?;
        record_path(&project, &runs, folder)?;
        let folders = ProjectFolders { project: name, caches: shared };
        Ok(Self { state, project, runs, slots, caches: CacheStore::new(caches), folders })
    }

    /// A pipeline id that no other run of this user has: the seconds since 1970, or the next free number.
    ///
    /// # Errors
    /// The counter cannot be read, written or locked.
    pub fn next_pipeline_id(&self, now: Timestamp) -> Result<u64, StoreError> {
        let seconds = u64::try_from(now.as_second()).unwrap_or(1);
        next_number(&self.state, "pipeline-id", seconds, PIPELINE_ID_BOUND)
    }

    /// `CI_PIPELINE_IID`: the number of the run in its project, from 1.
    ///
    /// # Errors
    /// The counter cannot be read, written or locked.
    pub fn next_iid(&self) -> Result<u64, StoreError> {
        next_number(&self.project, "iid", 1, PIPELINE_ID_BOUND)
    }

    /// Checks that the disks of runs and caches have room for more.
    ///
    /// # Errors
    /// Less is free than an archive would leave free.
    pub fn check_disk(&self) -> Result<(), StoreError> {
        self.runs.check_free()?;
        self.caches.check_free()
    }

    /// A random text by which the folder for runs differs from every other one. Slots are counted within it, so that what
    /// is kept for a slot belongs to this text, too.
    ///
    /// # Errors
    /// The text cannot be read, written or locked.
    pub fn identity(&self) -> Result<String, StoreError> {
        identity(&self.state)
    }

    /// Takes the lowest slot that no running job of the project has.
    ///
    /// # Errors
    /// All slots are taken, or a lock file cannot be opened.
    pub fn take_slot(&self) -> Result<SlotLock, StoreError> {
        SlotLock::take(&self.slots)
    }

    /// Takes a resource of the project for `holder`, a text that others are shown, unless another job has it.
    ///
    /// # Errors
    /// The lock file cannot be opened.
    pub fn take_resource(&self, resource: &str, holder: &str) -> Result<ResourceAttempt, StoreError> {
        let resources = self.state.create_subfolder("resources")?.create_subfolder(&self.folders.caches)?;
        ResourceLock::attempt(&resources, resource, holder)
    }

    /// Begins a run: creates its folder and locks it. The link `latest` leads to it.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn begin_run(&self, start: RunStart) -> Result<RunFolder, StoreError> {
        self.begin(start, RunPurpose::Jobs)
    }

    /// Begins a run in which a person has a shell in place of a script: nobody means it by the newest run.
    ///
    /// # Errors
    /// As [`ProjectStore::begin_run`].
    pub fn begin_run_of_shell(&self, start: RunStart) -> Result<RunFolder, StoreError> {
        self.begin(start, RunPurpose::Shell)
    }

    fn begin(&self, start: RunStart, purpose: RunPurpose) -> Result<RunFolder, StoreError> {
        let RunStart { pipeline_id, iid, sources, started, resumed } = start;
        RunFolder::create(&self.project, &self.runs, started, |id| RunRecord {
            id,
            pipeline_id,
            iid,
            sources,
            started,
            resumed,
            purpose,
            end: None,
        })
    }

    /// All runs.
    ///
    /// # Errors
    /// The folder of the runs cannot be read.
    pub fn runs(&self) -> Result<StoredRuns, StoreError> {
        stored_runs(&self.runs)
    }

    /// The run with this name; `None` if there is none.
    ///
    /// # Errors
    /// The folder of the run cannot be read.
    pub fn run(&self, id: &RunId) -> Result<Option<StoredRun>, StoreError> {
        stored_run(&self.runs, id)
    }

    pub(super) fn folders(&self) -> &ProjectFolders {
        &self.folders
    }

    /// The caches of the project.
    pub fn caches(&self) -> &CacheStore {
        &self.caches
    }
}

/// Remembers which project the folder belongs to, for lists of all projects.
fn record_path(project: &StoreFolder, runs: &StoreFolder, path: &Path) -> Result<(), StoreError> {
    if project.open(PROJECT_RECORD).is_ok() {
        return Ok(());
    }
    let text = to_json(&ProjectRecord { path: JsonPath(path.to_owned()) }).map_err(io::Error::from);
    let text = text.map_err(|error| project.failed("write the record", PROJECT_RECORD.as_ref(), error))?;
    let _lock = FileLock::wait(runs, RUNS_LOCK)?;
    project.replace(PROJECT_RECORD, &text)
}

#[cfg(test)]
mod tests;
