//! The folders of runs and jobs.

mod job_folder;
mod removal;
mod run_folder;
mod service_log;
mod stored;
mod stored_log;

use std::fs::File;

use super::error::StoreError;
use super::folder::{StoreFolder, TEMPORARY_PREFIX};
use super::free_space::{FREE_BYTES_MIN, free_bytes};

pub use job_folder::JobFolder;
pub(super) use removal::{LATEST, remove_expired_archive, remove_run, visit_leftovers};
pub use run_folder::RunFolder;
pub use service_log::{ServiceLogFolder, ServiceLogWriter, ServiceRecord};
pub use stored::{RunPin, RunState, StoredJob, StoredRun, StoredRuns};
pub(super) use stored::{stored_run, stored_runs};
pub use stored_log::StoredLog;

/// The lock file of a run, which its process holds.
const LOCK: &str = "lock";

/// The lock file that readers of a run share.
const READERS: &str = "readers";

/// The lock file of the folder of all runs, held while a run is created or taken away.
pub(super) const RUNS_LOCK: &str = ".lock";

const RUN_RECORD: &str = "run.json";
const JOB_RECORD: &str = "job.json";

/// Tells the name of a job until its record does.
const JOB_START: &str = "start.json";
const DOTENV_RECORD: &str = "dotenv.json";
const JOBS: &str = "jobs";
const ARCHIVE: &str = "artifacts.tar";
const INDEX: &str = "artifacts.index";
/// The file name of a job's log in the job's folder.
pub const JOB_LOG: &str = "log";

/// The largest record of a run or job.
const RECORD_BYTES_MAX: u64 = 4 << 20;

/// The largest record of variables. A dotenv report has at most 1 MiB, which JSON may write six times as long.
const DOTENV_BYTES_MAX: u64 = 8 << 20;

/// The file name of a report's archive or index.
fn report_file(kind: &str, extension: &str) -> String {
    format!("report-{}.{extension}", super::places::readable(kind))
}

/// A file without a name on the disk of a folder, and how many bytes it may have so that the disk does not become full.
fn spool(folder: &StoreFolder) -> Result<(File, u64), StoreError> {
    let name = format!("{TEMPORARY_PREFIX}spool");
    folder.remove_file(&name)?;
    let file = folder.create_new(&name)?;
    folder.remove_file(&name)?;
    let room = free_bytes(&file, folder.path())?.saturating_sub(FREE_BYTES_MIN);
    Ok((file, room))
}
