//! The answers of `artifacts list`.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::age::age;
use super::json::{json_answer, versioned_answer};
use super::runs::{commit, coverage, end_state};
use super::table::table;
use crate::amount::{counted, size};
use crate::store::{
    ArchiveEntry, ArchiveEntryKind, ArtifactsRecord, Extracted, JobRecord, JsonPath, RunId, RunRecord,
};

/// How much was extracted, and what was left out.
pub fn extracted_text(extracted: &Extracted) -> String {
    let Extracted { files, bytes, of_git } = *extracted;
    let text = format!("{}, {}", counted(files, "file"), size(bytes));
    match of_git {
        0 => text,
        _ => format!(
            "{text}; left out because git would run programs that they name: {} of `.git`",
            counted(of_git, "file")
        ),
    }
}

/// Why there is no archive: `artifacts:paths` selected no file.
pub const NOTHING_MATCHED: &str = "no file matched `artifacts:paths`";

/// Why there is no archive: the result of the job was not the one that `artifacts:when` asks for.
pub const NOT_DUE: &str = "`artifacts:when` asks for another result";

/// Why there is no archive: the user stopped the job, or its time was over.
pub const NOT_COLLECTED: &str = "the job ended before its files were collected";

/// What a job of a stored run has stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedArtifacts {
    pub run: RunId,
    /// `None` if the record of the run cannot be read.
    pub run_record: Option<RunRecord>,
    pub job: JobRecord,
    /// The names of the variables of its dotenv report.
    pub variables: Vec<String>,
}

impl ListedArtifacts {
    /// The number of the run in its project, or its name.
    pub fn run_name(&self) -> String {
        match &self.run_record {
            Some(record) => record.iid.to_string(),
            None => self.run.as_str().to_owned(),
        }
    }

    fn reports(&self) -> String {
        self.job.reports.iter().map(|report| &*report.kind).collect::<Vec<_>>().join(", ")
    }
}

/// The list of all jobs as a table.
pub fn text(jobs: &[ListedArtifacts], now: Timestamp) -> String {
    let row = |listed: &ListedArtifacts| {
        let (files, bytes) = archive_cells(&listed.job.artifacts);
        [
            listed.job.name.clone(),
            listed.run_name(),
            age(listed.job.ended, now),
            listed.run_record.as_ref().map_or(String::new(), |record| commit(&record.sources)),
            end_state(listed.job.state).to_owned(),
            files,
            bytes,
            listed.reports(),
            listed.variables.join(", "),
        ]
    };
    let head = ["JOB", "RUN", "STORED", "COMMIT", "RESULT", "FILES", "SIZE", "REPORTS", "VARIABLES"];
    table(head, jobs.iter().map(row))
}

/// The number of files and their size, or why there are none.
fn archive_cells(artifacts: &ArtifactsRecord) -> (String, String) {
    let none = |why: &str| (why.to_owned(), String::new());
    match artifacts {
        ArtifactsRecord::Stored { size: stored, .. } => (stored.files.to_string(), size(stored.bytes)),
        ArtifactsRecord::NotConfigured => none("-"),
        ArtifactsRecord::NotDue => none("not due"),
        ArtifactsRecord::NotCollected => none("not collected"),
        ArtifactsRecord::NothingMatched => none("no match"),
        ArtifactsRecord::Failed => none("failed"),
        ArtifactsRecord::Expired => none("expired"),
    }
}

/// What one job has stored in a line, above the list of its files.
pub fn summary(listed: &ListedArtifacts, now: Timestamp) -> String {
    let JobRecord { name, ended, .. } = &listed.job;
    let stored = match &listed.job.artifacts {
        ArtifactsRecord::Stored { size: stored, .. } => {
            format!("{}, {}", counted(stored.files, "file"), size(stored.bytes))
        }
        ArtifactsRecord::NotConfigured => "the job has no `artifacts:paths`".to_owned(),
        ArtifactsRecord::NotDue => format!("no archive: {NOT_DUE}"),
        ArtifactsRecord::NotCollected => format!("no archive: {NOT_COLLECTED}"),
        ArtifactsRecord::NothingMatched => format!("no archive: {NOTHING_MATCHED}"),
        ArtifactsRecord::Failed => "no archive: it could not be stored".to_owned(),
        ArtifactsRecord::Expired => "the archive has expired".to_owned(),
    };
    let commit = listed.run_record.as_ref().map_or(String::new(), |record| commit(&record.sources));
    let commit = if commit.is_empty() { commit } else { format!(", commit {commit}") };
    format!("{name} in run {}, {}{commit}: {stored}", listed.run_name(), age(*ended, now))
}

/// The files of one job as a table, and what else it stored.
pub fn files_text(listed: &ListedArtifacts, entries: &[ArchiveEntry]) -> String {
    let row = |entry: &ArchiveEntry| {
        let (kind, bytes, name) = match &entry.kind {
            ArchiveEntryKind::File { size } => ('-', size.to_string(), shown(&entry.path)),
            ArchiveEntryKind::Folder => ('d', String::new(), format!("{}/", shown(&entry.path))),
            ArchiveEntryKind::Link { target } => {
                ('l', String::new(), format!("{} -> {}", shown(&entry.path), shown(target)))
            }
        };
        [format!("{kind}{}", permissions(entry.mode)), bytes, modified(entry).to_string(), name]
    };
    let mut out = String::new();
    if !entries.is_empty() {
        out.push_str(&table(["MODE", "SIZE", "MODIFIED", "PATH"], entries.iter().map(row)));
    }
    for report in &listed.job.reports {
        let (files, bytes) = (counted(report.size.files, "file"), size(report.size.bytes));
        out.push_str(&format!("report {}: {files}, {bytes}\n", report.kind));
    }
    if !listed.variables.is_empty() {
        out.push_str(&format!("variables: {}\n", listed.variables.join(", ")));
    }
    out
}

/// A path as text: bytes that are not UTF-8 are replaced.
fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// When the file was modified, to the second.
fn modified(entry: &ArchiveEntry) -> Timestamp {
    Timestamp::from_second(entry.modified.seconds).unwrap_or_default()
}

/// `rwxr-xr-x`
fn permissions(mode: u32) -> String {
    let letter = |bit: u32| match mode & (1 << bit) {
        0 => '-',
        _ => ['x', 'w', 'r'][bit as usize % 3],
    };
    (0..9).rev().map(letter).collect()
}

/// The list of all jobs as a JSON array.
pub fn json(jobs: &[ListedArtifacts]) -> String {
    json_answer(&jobs.iter().map(JsonArtifacts::of).collect::<Vec<_>>())
}

/// One job with its files as a JSON object.
pub fn files_json(listed: &ListedArtifacts, entries: &[ArchiveEntry]) -> String {
    let files = entries.iter().map(JsonEntry::of).collect();
    versioned_answer(&JsonArtifacts { entries: Some(files), ..JsonArtifacts::of(listed) })
}

#[derive(Serialize)]
struct JsonArtifacts<'l> {
    job: &'l str,
    run: &'l str,
    number: Option<u64>,
    commit: Option<&'l str>,
    dirty: Option<bool>,
    stored: String,
    result: &'static str,
    coverage: Option<f64>,
    artifacts: &'l ArtifactsRecord,
    reports: &'l [crate::store::ReportRecord],
    variables: &'l [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<Vec<JsonEntry>>,
}

impl<'l> JsonArtifacts<'l> {
    fn of(listed: &'l ListedArtifacts) -> Self {
        let record = listed.run_record.as_ref();
        Self {
            job: &listed.job.name,
            run: listed.run.as_str(),
            number: record.map(|record| record.iid),
            commit: record.and_then(|record| record.sources.commit.as_deref()),
            dirty: record.and_then(|record| record.sources.is_dirty),
            stored: listed.job.ended.to_string(),
            result: end_state(listed.job.state),
            coverage: coverage(&listed.job),
            artifacts: &listed.job.artifacts,
            reports: &listed.job.reports,
            variables: &listed.variables,
            entries: None,
        }
    }
}

/// An entry of an archive. A path that is not UTF-8 is an object with its base64 form.
#[derive(Serialize)]
struct JsonEntry {
    path: JsonPath,
    #[serde(rename = "type")]
    kind: &'static str,
    mode: String,
    size: u64,
    modified: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<JsonPath>,
}

impl JsonEntry {
    fn of(entry: &ArchiveEntry) -> Self {
        let (kind, size, target) = match &entry.kind {
            ArchiveEntryKind::File { size } => ("file", *size, None),
            ArchiveEntryKind::Folder => ("folder", 0, None),
            ArchiveEntryKind::Link { target } => ("link", 0, Some(JsonPath(target.clone()))),
        };
        Self {
            path: JsonPath(entry.path.clone()),
            kind,
            mode: format!("{:04o}", entry.mode),
            size,
            modified: modified(entry).to_string(),
            target,
        }
    }
}
