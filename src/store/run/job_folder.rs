//! The folder of a job that is alive.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{
    ARCHIVE, DOTENV_BYTES_MAX, DOTENV_RECORD, INDEX, JOB_LOG, JOB_RECORD, JOB_START, RECORD_BYTES_MAX,
    report_file, spool,
};
use crate::store::archive::{ArchiveLimits, ArchiveWriter};
use crate::store::error::StoreError;
use crate::store::folder::StoreFolder;
use crate::store::record::{
    ArtifactsRecord, DotenvRecord, JobRecord, JobStartRecord, to_compact_json, to_json,
};

/// The folder of a job that is alive. A second attempt replaces what the first one stored.
#[derive(Debug)]
pub struct JobFolder {
    pub(super) folder: Arc<StoreFolder>,
}

impl JobFolder {
    /// Begins the job with this name in its empty folder.
    pub(super) fn begin(folder: StoreFolder, name: &str) -> Result<Self, StoreError> {
        let job = Self { folder: Arc::new(folder) };
        let start = JobStartRecord { name: name.to_owned() };
        job.write(JOB_START, to_json(&start), RECORD_BYTES_MAX)?;
        Ok(job)
    }

    /// Where the folder lies, for messages.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The file of the job's log, to which all attempts add. The caller masks what it writes.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn log(&self) -> Result<File, StoreError> {
        self.folder.append_to(JOB_LOG)
    }

    /// A file for data that only this process reads, and how many bytes it may have so that the disk does not become
    /// full. It has no name, so that it is gone with the process, however that ends.
    ///
    /// # Errors
    /// The file cannot be created, or the disk cannot be asked for its free space.
    pub fn spool(&self) -> Result<(File, u64), StoreError> {
        spool(&self.folder)
    }

    /// Begins the archive of the job's `paths` and `untracked`.
    ///
    /// # Errors
    /// The file cannot be created, or the disk is almost full.
    pub fn archive(&self, limits: ArchiveLimits) -> Result<ArchiveWriter, StoreError> {
        ArchiveWriter::create_with_index(&self.folder, ARCHIVE, INDEX, limits)
    }

    /// Begins the archive of a report; `kind` is its keyword, such as `junit`.
    ///
    /// # Errors
    /// The file cannot be created, or the disk is almost full.
    pub fn report(&self, kind: &str, limits: ArchiveLimits) -> Result<ArchiveWriter, StoreError> {
        let (name, index) = (report_file(kind, "tar"), report_file(kind, "index"));
        ArchiveWriter::create_with_index(&self.folder, &name, &index, limits)
    }

    /// Stores the variables of the dotenv report.
    ///
    /// # Errors
    /// The file cannot be written, or is larger than a record may be.
    pub fn dotenv(&self, variables: &DotenvRecord) -> Result<(), StoreError> {
        self.write(DOTENV_RECORD, to_compact_json(variables), DOTENV_BYTES_MAX)
    }

    /// Ends the job. What an earlier attempt stored, and the record does not name, is removed.
    ///
    /// # Errors
    /// The record cannot be written, or a file cannot be removed.
    pub fn finish(&self, record: &JobRecord) -> Result<(), StoreError> {
        if !matches!(record.artifacts, ArtifactsRecord::Stored { .. }) {
            self.folder.remove_file(ARCHIVE)?;
            self.folder.remove_file(INDEX)?;
        }
        if record.dotenv_variables.is_none() {
            self.folder.remove_file(DOTENV_RECORD)?;
        }
        let reports: Vec<String> =
            record.reports.iter().map(|report| report_file(&report.kind, "tar")).collect();
        for entry in self.folder.entries()? {
            let Some(name) = entry.name.to_str() else { continue };
            let tar = name.strip_suffix(".index").map_or(name.to_owned(), |name| format!("{name}.tar"));
            if name.starts_with("report-") && !reports.contains(&tar) {
                self.folder.remove_file(name)?;
            }
        }
        self.write(JOB_RECORD, to_json(record), RECORD_BYTES_MAX)
    }

    pub(super) fn write(
        &self,
        name: &str,
        text: Result<Vec<u8>, serde_json::Error>,
        bytes_max: u64,
    ) -> Result<(), StoreError> {
        let failed = |error: io::Error| self.folder.failed("write the record", name.as_ref(), error);
        let text = text.map_err(io::Error::from).map_err(failed)?;
        if text.len() as u64 > bytes_max {
            let reason = format!("it would be larger than {bytes_max} bytes");
            return Err(failed(io::Error::other(reason)));
        }
        self.folder.replace(name, &text)
    }
}
