//! The logs of a stored run, also those of jobs that have not ended.

use std::fs::File;

use super::{JOB_LOG, JOB_RECORD, JOB_START, RECORD_BYTES_MAX, StoredRun};
use crate::store::error::StoreError;
use crate::store::folder::StoreFolder;
use crate::store::record::{JobStartRecord, from_json};

/// The log of a job in a stored run.
#[derive(Debug)]
pub struct StoredLog {
    pub(super) folder: StoreFolder,
    /// The name of the job.
    pub job: String,
    /// Whether there is a record of the job's end.
    pub has_ended: bool,
}

impl StoredRun {
    /// The logs of the jobs that have begun, in the order of the file.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn logs(&self) -> Result<Vec<StoredLog>, StoreError> {
        let mut logs = Vec::new();
        for folder in self.job_folders()? {
            let has_ended = folder.open(JOB_RECORD).is_ok();
            if let Some(job) = job_name(&folder) {
                logs.push(StoredLog { folder, job, has_ended });
            }
        }
        Ok(logs)
    }
}

impl StoredLog {
    /// Opens the log.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(&self) -> Result<File, StoreError> {
        self.folder.open(JOB_LOG)
    }
}

/// The name of the job in a folder; `None` if it has not begun.
fn job_name(folder: &StoreFolder) -> Option<String> {
    let named = |file| -> Option<JobStartRecord> {
        let text = folder.read(file, RECORD_BYTES_MAX).ok()?;
        from_json(&text).ok()
    };
    named(JOB_RECORD).or_else(|| named(JOB_START)).map(|record| record.name)
}
