//! The folder of a run that is alive.

use std::fs::File;
use std::io;
use std::path::Path;

use jiff::Timestamp;

use super::{JOBS, JobFolder, LATEST, LOCK, READERS, RUN_RECORD, RUNS_LOCK, spool};
use crate::store::error::StoreError;
use crate::store::folder::{StoreFolder, random};
use crate::store::lock::FileLock;
use crate::store::record::{EndState, RunEnd, RunId, RunRecord, to_json};

/// How many random names are tried for a run: each has 65,536 forms in one second.
const NAMES_TRIED_MAX: usize = 16;

/// The folder of a run that is alive: its lock is held. Dropping it without [`RunFolder::finish`] leaves an aborted run.
#[derive(Debug)]
pub struct RunFolder {
    folder: StoreFolder,
    jobs: StoreFolder,
    record: RunRecord,
    _lock: FileLock,
}

impl RunFolder {
    /// Creates the folder of a run and locks it. The link `latest` of the project leads to it.
    pub(in crate::store) fn create(
        project: &StoreFolder,
        runs: &StoreFolder,
        started: Timestamp,
        record: impl FnOnce(RunId) -> RunRecord,
    ) -> Result<Self, StoreError> {
        // Without this lock, another process could take the new folder for that of an aborted run.
        let _creation = FileLock::wait(runs, RUNS_LOCK)?;
        let (id, folder) = new_folder(runs, started)?;
        let lock = FileLock::wait(&folder, LOCK)?;
        folder.create_new(READERS)?;
        let jobs = folder.create_new_folder(JOBS)?;
        let latest = Path::new("runs").join(id.as_str());
        let run = Self { folder, jobs, record: record(id), _lock: lock };
        run.write_record(&run.record)?;
        project.replace_link(LATEST, &latest)?;
        Ok(run)
    }

    /// The name of the run.
    pub fn id(&self) -> &RunId {
        &self.record.id
    }

    /// Creates the folder of a job; `number` is its running number in the pipeline.
    ///
    /// # Errors
    /// The folder cannot be created, or the job has one already.
    pub fn begin_job(&self, name: &str, number: u64) -> Result<JobFolder, StoreError> {
        let folder = format!("{number:02}-{}", crate::store::places::readable(name));
        JobFolder::begin(self.jobs.create_new_folder(folder)?, name)
    }

    /// A file for data that only this process reads, and how many bytes it may have so that the disk does not become
    /// full. It has no name, so that it is gone with the process, however that ends.
    ///
    /// # Errors
    /// The file cannot be created, or the disk cannot be asked for its free space.
    pub fn spool(&self) -> Result<(File, u64), StoreError> {
        spool(&self.folder)
    }

    /// Ends the run. All of its jobs must have ended before.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn finish(&self, at: Timestamp, state: EndState) -> Result<(), StoreError> {
        self.write_record(&RunRecord { end: Some(RunEnd { at, state }), ..self.record.clone() })
    }

    fn write_record(&self, record: &RunRecord) -> Result<(), StoreError> {
        let text = to_json(record).map_err(io::Error::from);
        let text =
            text.map_err(|error| self.folder.failed("write the record", RUN_RECORD.as_ref(), error))?;
        self.folder.replace(RUN_RECORD, &text)
    }
}

fn new_folder(runs: &StoreFolder, started: Timestamp) -> Result<(RunId, StoreFolder), StoreError> {
    let mut tried = 0;
    loop {
        let id = RunId::new(started, random());
        match runs.create_new_folder(id.as_str()) {
            Err(StoreError::Io { source, .. })
                if source.kind() == io::ErrorKind::AlreadyExists && tried < NAMES_TRIED_MAX =>
            {
                tried += 1;
            }
            folder => return folder.map(|folder| (id, folder)),
        }
    }
}
