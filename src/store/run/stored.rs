//! Runs and jobs that are in the store.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;

use super::{
    ARCHIVE, DOTENV_BYTES_MAX, DOTENV_RECORD, INDEX, JOB_RECORD, JOBS, LOCK, READERS, RECORD_BYTES_MAX,
    RUN_RECORD, report_file,
};
use crate::store::archive::{ArchiveSize, IndexEntry, StoredArchive, read_index};
use crate::store::error::StoreError;
use crate::store::folder::StoreFolder;
use crate::store::lock::{FileLock, LockKind};
use crate::store::places::is_folder_name;
use crate::store::record::{
    ArtifactsRecord, DotenvRecord, EndState, JobRecord, RunId, RunPurpose, RunRecord, from_json,
};

/// A run in the store.
#[derive(Debug)]
pub struct StoredRun {
    id: RunId,
    folder: StoreFolder,
    record: Option<RunRecord>,
    state: RunState,
}

/// The state of a stored run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Its process is alive.
    Running,
    Ended(EndState),
    /// Its process ended without ending the run.
    Aborted,
}

/// The runs of a project.
#[derive(Debug, Default)]
pub struct StoredRuns {
    /// The newest first.
    pub readable: Vec<StoredRun>,
    /// Why others cannot be read. Root's runs in the store of another user are such.
    pub unreadable: Vec<StoreError>,
}

/// A job that has ended, in a stored run.
#[derive(Debug)]
pub struct StoredJob {
    folder: Arc<StoreFolder>,
    record: JobRecord,
}

/// A lock that keeps a run from being removed.
#[derive(Debug)]
pub struct RunPin {
    _lock: FileLock,
}

/// All runs.
pub(in crate::store) fn stored_runs(runs: &StoreFolder) -> Result<StoredRuns, StoreError> {
    let names = runs.subfolder_names()?.into_iter().filter(|name| is_folder_name(name));
    let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
    for name in names {
        match StoredRun::open(runs, name) {
            Ok(run) => readable.push(run),
            // Another process has just removed it.
            Err(error) if error.is_missing() => {}
            Err(error) => unreadable.push(error),
        }
    }
    // Runs of one second are in the order of their numbers in the project.
    readable.sort_by_cached_key(|run| (run.id.started(), run.record.as_ref().map(|record| record.iid)));
    readable.reverse();
    Ok(StoredRuns { readable, unreadable })
}

/// The run with that name; `None` if it has been removed.
pub(in crate::store) fn stored_run(runs: &StoreFolder, id: &RunId) -> Result<Option<StoredRun>, StoreError> {
    match StoredRun::open(runs, id.0.clone()) {
        Err(error) if error.is_missing() => Ok(None),
        run => run.map(Some),
    }
}

impl StoredRun {
    /// Whether a person had a shell in place of the script of its last job.
    pub fn is_of_shell(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.purpose == RunPurpose::Shell)
    }

    fn open(runs: &StoreFolder, name: String) -> Result<Self, StoreError> {
        let folder = runs.subfolder(&name)?;
        // The lock first: a run that ends in between has written its record before it unlocks.
        let is_running = FileLock::is_held(&folder, LOCK)?;
        // A record that cannot be read is that of an aborted run: its disk was full, or the machine failed.
        let record = folder.read(RUN_RECORD, RECORD_BYTES_MAX).ok();
        let record = record.and_then(|text| from_json::<RunRecord>(&text).ok());
        let end = record.as_ref().and_then(|record| record.end);
        let state = match end {
            Some(end) => RunState::Ended(end.state),
            None if is_running => RunState::Running,
            None => RunState::Aborted,
        };
        Ok(Self { id: RunId(name), folder, record, state })
    }

    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// Where the run lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn state(&self) -> RunState {
        self.state
    }

    /// The record; `None` if it cannot be read.
    pub fn record(&self) -> Option<&RunRecord> {
        self.record.as_ref()
    }

    /// The jobs that have ended, in the order of the file.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn jobs(&self) -> Result<Vec<StoredJob>, StoreError> {
        let mut found = Vec::new();
        for folder in self.job_folders()? {
            let text = match folder.read(JOB_RECORD, RECORD_BYTES_MAX) {
                // It has not ended.
                Err(error) if error.is_missing() => continue,
                Err(StoreError::Record { .. }) => continue,
                text => text?,
            };
            if let Ok(record) = from_json::<JobRecord>(&text) {
                found.push(StoredJob { folder: Arc::new(folder), record });
            }
        }
        found.sort_by_key(|job| job.record.number);
        Ok(found)
    }

    /// The folders of all jobs, in the order of their names.
    pub(super) fn job_folders(&self) -> Result<Vec<StoreFolder>, StoreError> {
        let jobs = match self.folder.subfolder(JOBS) {
            Err(error) if error.is_missing() => return Ok(Vec::new()),
            jobs => jobs?,
        };
        jobs.subfolder_names()?.iter().map(|name| jobs.subfolder(name)).collect()
    }

    /// Keeps the run from being removed as long as the value lives, and notes that it is used at this time; `None` if it
    /// is being removed.
    ///
    /// # Errors
    /// The lock file cannot be opened.
    pub fn pin(&self, now: Timestamp) -> Result<Option<RunPin>, StoreError> {
        match FileLock::existing(&self.folder, READERS, LockKind::Shared) {
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
            Ok(None) => Ok(None),
            Ok(Some(lock)) => {
                // The use only decides what is removed first; a read-only disk is no reason to fail.
                let _ = SystemTime::try_from(now).map(|now| lock.file().set_modified(now));
                Ok(Some(RunPin { _lock: lock }))
            }
        }
    }

    /// Whether another process reads the run.
    pub(in crate::store) fn is_pinned(&self) -> Result<bool, StoreError> {
        match FileLock::existing(&self.folder, READERS, LockKind::Exclusive) {
            Err(error) if error.is_missing() => Ok(false),
            lock => Ok(lock?.is_none()),
        }
    }

    /// When the run's files were taken for the last time, or it began.
    pub(in crate::store) fn last_read(&self) -> Result<Option<Timestamp>, StoreError> {
        let file = match self.folder.open(READERS) {
            Err(error) if error.is_missing() => return Ok(None),
            file => file?,
        };
        let read = file.metadata().and_then(|metadata| metadata.modified());
        let read =
            read.map_err(|error| self.folder.failed("read the metadata of", READERS.as_ref(), error))?;
        Ok(Timestamp::try_from(read).ok())
    }

    /// The size of everything that the run stored.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn bytes(&self) -> Result<u64, StoreError> {
        self.folder.bytes()
    }
}

impl StoredJob {
    /// Opens the job in whose folder the file `archive` lies.
    ///
    /// # Errors
    /// There is no such folder, or its record cannot be read.
    pub fn containing(archive: &Path) -> Result<Self, StoreError> {
        let folder = StoreFolder::existing(archive.parent().unwrap_or(archive))?;
        let text = folder.read(JOB_RECORD, RECORD_BYTES_MAX)?;
        let record = from_json::<JobRecord>(&text);
        let record = record.map_err(|error| StoreError::Record {
            path: folder.path().join(JOB_RECORD),
            reason: error.to_string(),
        })?;
        Ok(Self { folder: Arc::new(folder), record })
    }

    pub fn record(&self) -> &JobRecord {
        &self.record
    }

    /// Opens the job's archive; `None` if it stored none.
    ///
    /// # Errors
    /// The archive cannot be opened, or is damaged.
    pub fn archive(&self) -> Result<Option<StoredArchive>, StoreError> {
        match &self.record.artifacts {
            ArtifactsRecord::Stored { size, .. } => self.open_archive(ARCHIVE, *size).map(Some),
            _ => Ok(None),
        }
    }

    /// Opens the archive of a report; `None` if the job stored none of this kind.
    ///
    /// # Errors
    /// The archive cannot be opened, or is damaged.
    pub fn report(&self, kind: &str) -> Result<Option<StoredArchive>, StoreError> {
        let report = self.record.reports.iter().find(|report| report.kind == kind);
        report.map(|report| self.open_archive(&report_file(kind, "tar"), report.size)).transpose()
    }

    /// The entries of the job's archive, without reading it.
    ///
    /// # Errors
    /// The index cannot be opened.
    pub fn index(&self) -> Result<impl Iterator<Item = Result<IndexEntry, StoreError>>, StoreError> {
        Ok(read_index(self.folder.open(INDEX)?, self.folder.path().join(INDEX)))
    }

    /// The variables that the job gives to later ones.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn dotenv(&self) -> Result<DotenvRecord, StoreError> {
        if self.record.dotenv_variables.is_none() {
            return Ok(DotenvRecord::default());
        }
        let text = self.folder.read(DOTENV_RECORD, DOTENV_BYTES_MAX)?;
        from_json(&text).map_err(|error| StoreError::Record {
            path: self.folder.path().join(DOTENV_RECORD),
            reason: error.to_string(),
        })
    }

    fn open_archive(&self, name: &str, size: ArchiveSize) -> Result<StoredArchive, StoreError> {
        StoredArchive::checked(self.folder.path().join(name), self.folder.open(name)?, size)
    }
}
