//! Reads the reports that mean something here: dotenv for the variables of later jobs, JUnit for its figures.

use std::io::{BufReader, Read};

use super::refusal::StorageRefusal;
use super::task_log::TaskLog;
use crate::executor::files_notice::FilesNotice;
use crate::executor::junit::{self, JunitCounts};
use crate::executor::run_store::DotenvLimits;
use crate::store::{ArchiveEntryKind, DotenvRecord, StoreError, StoredArchive};
use crate::vars::dotenv::{DotenvFile, DotenvReport, REPORT_BYTES_MAX, parse_report};

/// The variables of a report of this type; `None` if it is no dotenv report.
///
/// # Errors
/// The report is malformed, cannot be read, or exceeds a limit that is enforced.
pub(super) fn variables_of(
    kind: &str,
    report: &StoredArchive,
    limits: DotenvLimits,
    log: &TaskLog<'_>,
) -> Result<Option<DotenvRecord>, StorageRefusal> {
    if kind != "dotenv" {
        return Ok(None);
    }
    let DotenvReport { variables, exceeded } = dotenv(report)?;
    for limit in exceeded {
        match limits {
            DotenvLimits::Told => log.tell(FilesNotice::DotenvLimitExceeded { limit: limit.to_string() }),
            DotenvLimits::Enforced => return Err(limit.into()),
        }
    }
    let variables = variables.into_iter().map(|variable| (variable.key, variable.value)).collect();
    Ok(Some(DotenvRecord { variables }))
}

fn dotenv(report: &StoredArchive) -> Result<DotenvReport, StorageRefusal> {
    let mut files = Vec::new();
    let mut room = (REPORT_BYTES_MAX as u64).saturating_add(1);
    report.for_each(|entry, content| {
        let mut bytes = Vec::new();
        let read = content.take(room).read_to_end(&mut bytes);
        read.map_err(|source| unreadable(report, source))?;
        room = room.saturating_sub(bytes.len() as u64);
        files.push((entry.path.display().to_string(), bytes));
        Ok::<_, StorageRefusal>(())
    })?;
    let files: Vec<_> = files.iter().map(|(path, content)| DotenvFile { path, content }).collect();
    Ok(parse_report(&files)?)
}

/// What the log says after the job about a JUnit report: how many tests it has. One that is no XML does not change the
/// result of the job: GitLab shows an error in place of its figures.
///
/// # Errors
/// The report cannot be read.
pub(super) fn count_tests(kind: &str, report: &StoredArchive) -> Result<Vec<FilesNotice>, StoreError> {
    if kind != "junit" {
        return Ok(Vec::new());
    }
    let (mut sum, mut notices) = (None, Vec::new());
    report.for_each(|entry, content| {
        if !matches!(entry.kind, ArchiveEntryKind::File { .. }) {
            return Ok(());
        }
        match junit::count(BufReader::new(content)) {
            Ok(counts) => sum = Some(sum.map_or(counts, |sum: JunitCounts| sum.and(counts))),
            Err(error) => {
                let path = entry.path.display().to_string();
                notices.push(FilesNotice::JunitUnreadable { path, error: error.to_string() });
            }
        }
        Ok::<_, StoreError>(())
    })?;
    notices.extend(sum.map(FilesNotice::TestsCounted));
    Ok(notices)
}

fn unreadable(report: &StoredArchive, source: std::io::Error) -> StoreError {
    StoreError::Io { operation: "read the archive", path: report.path().to_owned(), source }
}
