//! The answer of `runs list`.

use jiff::Timestamp;
use serde::Serialize;

use super::age::age;
use super::json::json_answer;
use super::table::table;
use crate::amount::size;
use crate::store::{EndState, JobRecord, RunRecord, RunState, SourcesRecord};

/// The characters of a commit that are shown.
const COMMIT_CHARACTERS: usize = 8;

/// A stored run in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRun {
    /// Its name.
    pub id: String,
    pub state: RunState,
    /// `None` if it cannot be read.
    pub record: Option<RunRecord>,
    /// When it started, as its name tells.
    pub started: Option<Timestamp>,
    /// Its jobs that have ended.
    pub jobs: Vec<JobRecord>,
    /// The size on the disk.
    pub bytes: u64,
}

/// The list as a table.
pub fn text(runs: &[ListedRun], now: Timestamp) -> String {
    let row = |run: &ListedRun| {
        let record = run.record.as_ref();
        let jobs: Vec<&str> = run.jobs.iter().map(|job| &*job.name).collect();
        [
            record.map_or(String::new(), |record| record.iid.to_string()),
            run.id.clone(),
            run.started.map_or(String::new(), |started| age(started, now)),
            record.map_or(String::new(), |record| commit(&record.sources)),
            state(run.state).to_owned(),
            jobs.join(", "),
            size(run.bytes),
        ]
    };
    table(["RUN", "NAME", "STARTED", "COMMIT", "RESULT", "JOBS", "SIZE"], runs.iter().map(row))
}

/// The beginning of the commit's hash, with `+` if files differed from it; empty outside of a repository.
pub fn commit(sources: &SourcesRecord) -> String {
    let commit = sources.commit.as_deref().unwrap_or_default();
    let short = commit.get(..COMMIT_CHARACTERS).unwrap_or(commit);
    if sources.is_dirty == Some(true) { format!("{short}+") } else { short.to_owned() }
}

/// The state of a run in a word.
fn state(state: RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::Aborted => "aborted",
        RunState::Ended(state) => end_state(state),
    }
}

/// The end of a run or job in a word.
pub(super) fn end_state(state: EndState) -> &'static str {
    match state {
        EndState::Success => "passed",
        EndState::Failed => "failed",
        EndState::Canceled => "canceled",
        EndState::Skipped => "skipped",
    }
}

/// The figure that GitLab would find in the job's log for `coverage`.
pub(super) fn coverage(job: &JobRecord) -> Option<f64> {
    job.coverage.as_ref()?.parse().ok()
}

/// The list as a JSON array.
pub fn json(runs: &[ListedRun]) -> String {
    json_answer(&runs.iter().map(JsonRun::of).collect::<Vec<_>>())
}

#[derive(Serialize)]
struct JsonRun<'r> {
    run: &'r str,
    number: Option<u64>,
    pipeline_id: Option<u64>,
    started: Option<String>,
    ended: Option<String>,
    result: &'static str,
    commit: Option<&'r str>,
    #[serde(rename = "ref")]
    reference: Option<&'r str>,
    dirty: Option<bool>,
    jobs: Vec<JsonRunJob<'r>>,
    bytes: u64,
}

#[derive(Serialize)]
struct JsonRunJob<'r> {
    name: &'r str,
    result: &'static str,
    coverage: Option<f64>,
}

impl<'r> JsonRun<'r> {
    fn of(run: &'r ListedRun) -> Self {
        let record = run.record.as_ref();
        let sources = record.map(|record| &record.sources);
        let jobs = run.jobs.iter().map(|job| JsonRunJob {
            name: &job.name,
            result: end_state(job.state),
            coverage: coverage(job),
        });
        Self {
            run: &run.id,
            number: record.map(|record| record.iid),
            pipeline_id: record.map(|record| record.pipeline_id),
            started: record.map(|record| record.started).or(run.started).map(|time| time.to_string()),
            ended: record.and_then(|record| record.end).map(|end| end.at.to_string()),
            result: state(run.state),
            commit: sources.and_then(|sources| sources.commit.as_deref()),
            reference: sources.and_then(|sources| sources.reference.as_deref()),
            dirty: sources.and_then(|sources| sources.is_dirty),
            jobs: jobs.collect(),
            bytes: run.bytes,
        }
    }
}
