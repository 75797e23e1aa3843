//! Removes runs and expired archives, and finds what killed processes have left of a run.

use std::io;
use std::path::Path;

use super::service_log::is_of_services;
use super::{
    ARCHIVE, INDEX, JOB_LOG, JOB_RECORD, JOB_START, JOBS, LOCK, READERS, RECORD_BYTES_MAX, RUN_RECORD,
    RUNS_LOCK,
};
use crate::store::error::StoreError;
use crate::store::folder::{StoreFolder, TEMPORARY_PREFIX, random};
use crate::store::leftover::LeftoverAction;
use crate::store::lock::{FileLock, LockKind};
use crate::store::record::{ArtifactsRecord, JobRecord, RunId, RunRecord, from_json, to_json};

/// The prefix of folders that are being removed.
const REMOVED_PREFIX: &str = ".removed-";

/// The link to the latest run.
pub(in crate::store) const LATEST: &str = "latest";

/// Both locks of a run, which nobody else has then.
struct RunLocks {
    _run: FileLock,
    _readers: Option<FileLock>,
}

/// Locks a run against its own process and all readers; `None` if one of them is there, or the run has been removed.
fn lock_run(folder: &StoreFolder) -> Result<Option<RunLocks>, StoreError> {
    let lock = |name| match FileLock::existing(folder, name, LockKind::Exclusive) {
        // A process was killed while it created the run, or the file was removed by hand.
        Err(error) if error.is_missing() => match FileLock::attempt(folder, name) {
            // Another process has removed the folder since it was opened.
            Err(error) if error.is_missing() => Ok(None),
            lock => lock,
        },
        lock => lock,
    };
    let Some(run) = lock(LOCK)? else { return Ok(None) };
    let Some(readers) = lock(READERS)? else { return Ok(None) };
    Ok(Some(RunLocks { _run: run, _readers: Some(readers) }))
}

/// Removes a run of a project. Returns `false` if it is in use, or has been removed.
pub(in crate::store) fn remove_run(
    project: &StoreFolder,
    runs: &StoreFolder,
    id: &RunId,
) -> Result<bool, StoreError> {
    let folder = match runs.subfolder(id.as_str()) {
        Err(error) if error.is_missing() => return Ok(false),
        folder => folder?,
    };
    let creation = FileLock::wait(runs, RUNS_LOCK)?;
    let Some(_locks) = lock_run(&folder)? else { return Ok(false) };
    // A rename, so that the lock of all runs is held for a moment only, and no reader finds half of a run.
    let removed = format!("{REMOVED_PREFIX}{:016x}", random());
    match runs.rename(id.as_str(), &removed) {
        Err(error) if error.is_missing() => return Ok(false),
        renamed => renamed?,
    }
    if project.link_target(LATEST)?.is_some_and(|target| target == Path::new("runs").join(id.as_str())) {
        project.remove_file(LATEST)?;
    }
    drop(creation);
    runs.remove_folder(&removed)?;
    Ok(true)
}

/// Removes the archive of a job that has expired. Returns `false` if the run is in use, or has no such archive.
pub(in crate::store) fn remove_expired_archive(
    runs: &StoreFolder,
    id: &RunId,
    job: &str,
) -> Result<bool, StoreError> {
    let folder = match runs.subfolder(id.as_str()) {
        Err(error) if error.is_missing() => return Ok(false),
        folder => folder?,
    };
    let Some(_locks) = lock_run(&folder)? else { return Ok(false) };
    let jobs = folder.subfolder(JOBS)?;
    for name in jobs.subfolder_names()? {
        let folder = jobs.subfolder(&name)?;
        let record = folder.read(JOB_RECORD, RECORD_BYTES_MAX).ok();
        let Some(mut record) = record.and_then(|text| from_json::<JobRecord>(&text).ok()) else { continue };
        if record.name == job && matches!(record.artifacts, ArtifactsRecord::Stored { .. }) {
            record.artifacts = ArtifactsRecord::Expired;
            let text = to_json(&record).map_err(io::Error::from);
            let text = text.map_err(|error| folder.failed("write the record", JOB_RECORD.as_ref(), error))?;
            folder.replace(JOB_RECORD, &text)?;
            folder.remove_file(ARCHIVE)?;
            folder.remove_file(INDEX)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Visits what killed processes have left of the runs of a project: folders that were being removed, and files of jobs
/// that have not ended, but for their logs, names and services. Returns the size of all; after an error, the rest is visited all the
/// same.
pub(in crate::store) fn visit_leftovers(
    runs: &StoreFolder,
    action: LeftoverAction,
) -> Result<u64, StoreError> {
    let mut bytes = Ok(0);
    for entry in runs.entries()?.iter().filter(|entry| entry.is_folder) {
        let visited = match entry.name.to_string_lossy().starts_with(REMOVED_PREFIX) {
            true => action(runs, entry),
            // The list of runs tells of those that cannot be opened.
            false => runs.subfolder(&entry.name).map_or(Ok(0), |run| visit_leftovers_of(&run, action)),
        };
        bytes = bytes.and_then(|bytes: u64| visited.map(|visited| bytes.saturating_add(visited)));
    }
    bytes
}

fn visit_leftovers_of(folder: &StoreFolder, action: LeftoverAction) -> Result<u64, StoreError> {
    // A run that has ended has no leftovers, and one whose lock file is missing is being created.
    let record = folder.read(RUN_RECORD, RECORD_BYTES_MAX).ok();
    let record = record.and_then(|text| from_json::<RunRecord>(&text).ok());
    if record.is_some_and(|record| record.end.is_some()) {
        return Ok(0);
    }
    let _lock = match FileLock::existing(folder, LOCK, LockKind::Exclusive) {
        Err(error) if error.is_missing() => return Ok(0),
        Ok(None) => return Ok(0),
        lock => lock?,
    };
    let mut bytes = visit_files(folder, action, |name| name.starts_with(TEMPORARY_PREFIX))?;
    let jobs = match folder.subfolder(JOBS) {
        Err(error) if error.is_missing() => return Ok(bytes),
        jobs => jobs?,
    };
    for name in jobs.subfolder_names()? {
        let job = jobs.subfolder(&name)?;
        let has_ended = job.open(JOB_RECORD).is_ok();
        let is_left = |name: &str| {
            name.starts_with(TEMPORARY_PREFIX)
                || !has_ended && ![JOB_LOG, JOB_START].contains(&name) && !is_of_services(name)
        };
        bytes = bytes.saturating_add(visit_files(&job, action, is_left)?);
    }
    Ok(bytes)
}

fn visit_files(
    folder: &StoreFolder,
    action: LeftoverAction,
    is_left: impl Fn(&str) -> bool,
) -> Result<u64, StoreError> {
    let mut bytes: u64 = 0;
    for entry in folder.entries()? {
        if !entry.is_folder && is_left(&entry.name.to_string_lossy()) {
            bytes = bytes.saturating_add(action(folder, &entry)?);
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_another_process_removes_meanwhile_is_not_locked() {
        let place = tempfile::tempdir().unwrap();
        let folder = StoreFolder::place(&place.path().join("run")).unwrap();
        assert!(lock_run(&folder).unwrap().is_some());
        std::fs::remove_dir_all(folder.path()).unwrap();
        assert!(lock_run(&folder).unwrap().is_none());
    }
}
