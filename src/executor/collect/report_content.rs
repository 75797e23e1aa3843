//! The content of reports that are read here: dotenv for the variables of later jobs, and JUnit for its figures.

use std::io::Read;
use std::path::Path;

use super::refusal::StorageRefusal;
use super::task_log::TaskLog;
use crate::executor::run_store::StoredFiles;

/// The files of a report, if they are read here.
pub(super) enum ReportContent {
    /// They are only stored.
    Opaque,
}

impl ReportContent {
    /// The content of a report of this type, without files.
    pub(super) fn of(_kind: &str) -> Self {
        Self::Opaque
    }

    /// Passes the content of a file on.
    pub(super) fn keeping<'c>(&'c mut self, _path: &Path, content: &'c mut dyn Read) -> impl Read + 'c {
        content
    }

    /// Reads the files, all of which have arrived.
    pub(super) fn interpret(
        self,
        _log: &TaskLog<'_>,
        _stored: &mut StoredFiles,
    ) -> Result<(), StorageRefusal> {
        Ok(())
    }
}
