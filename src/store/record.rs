//! The records of runs and jobs: what the store remembers in `run.json`, `job.json` and `dotenv.json`.
//!
//! Pure: this file reads and writes no files. A field that a later version adds is ignored by an earlier one.

use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};

use super::archive::ArchiveSize;
use super::json_path::JsonPath;
use super::timestamp;

/// The version of all records.
const VERSION: u32 = 1;

/// The record of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    pub id: RunId,
    /// `CI_PIPELINE_ID`.
    pub pipeline_id: u64,
    /// `CI_PIPELINE_IID`.
    pub iid: u64,
    pub sources: SourcesRecord,
    #[serde(with = "timestamp")]
    pub started: Timestamp,
    /// The run whose passed jobs this one does not repeat (`pipeline --resume`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<RunId>,
    #[serde(default, skip_serializing_if = "RunPurpose::is_jobs")]
    pub purpose: RunPurpose,
    /// How and when the run ended; `None` while it runs, and for ever if its process was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<RunEnd>,
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunPurpose {
    /// Its jobs run.
    #[default]
    Jobs,
    /// A person has a shell in place of the script of its last job.
    Shell,
}

impl RunPurpose {
    fn is_jobs(&self) -> bool {
        *self == Self::Jobs
    }
}

/// The name of a run: its folder, such as `20261128T201502-8f3a`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(pub(super) String);

/// Which sources the jobs of a run were given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SourcesRecord {
    /// The commit that is checked out; `None` outside of a repository.
    pub commit: Option<String>,
    /// The branch or tag.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// Whether files differ from the commit; `None` if nobody has looked.
    pub is_dirty: Option<bool>,
    /// A text that differs if the files differ.
    pub fingerprint: Option<String>,
}

/// The end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnd {
    #[serde(with = "timestamp")]
    pub at: Timestamp,
    pub state: EndState,
}

/// How a run or a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndState {
    Success,
    Failed,
    /// The user stopped it.
    Canceled,
    /// It did not start.
    Skipped,
}

/// The record of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProjectRecord {
    /// The project's folder.
    pub(super) path: JsonPath,
}

/// What a job begins with. A `JobRecord` can be read as one, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JobStartRecord {
    pub(super) name: String,
}

/// The record of a job, of its last attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRecord {
    pub name: String,
    pub stage: String,
    /// The running number of the job in the pipeline, from 1.
    pub number: u64,
    /// `CI_JOB_ID`.
    pub job_id: u64,
    pub state: EndState,
    pub exit_code: Option<i64>,
    /// How many attempts were made.
    pub attempts: u32,
    #[serde(with = "timestamp")]
    pub started: Timestamp,
    #[serde(with = "timestamp")]
    pub ended: Timestamp,
    /// Whose archives the job was given. A job that failed before its scripts may not have received them.
    #[serde(default)]
    pub producers: Vec<ProducerRecord>,
    /// What became of the job's archive.
    pub artifacts: ArtifactsRecord,
    #[serde(default)]
    pub reports: Vec<ReportRecord>,
    /// The number of variables in `dotenv.json`; `None` without a report of that type.
    #[serde(default)]
    pub dotenv_variables: Option<u64>,
    /// The figure that GitLab would find in the log for `coverage`, as a decimal number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<String>,
}

/// A job of this or an earlier run whose archive a job was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProducerRecord {
    pub run: RunId,
    pub job: String,
    pub job_id: u64,
}

/// What became of a job's archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ArtifactsRecord {
    /// The job has no `paths` and no `untracked`.
    NotConfigured,
    /// `artifacts:when` asks for it after another result only.
    NotDue,
    /// It was due, or nobody knows: the job was stopped, or failed in another way than with its scripts, before its files
    /// were collected.
    NotCollected,
    /// No file matched.
    NothingMatched,
    /// It could not be stored, which failed the job.
    Failed,
    Stored {
        /// The name of the exported file, without `.zip`.
        name: String,
        #[serde(flatten)]
        size: ArchiveSize,
        expires: ArchiveExpiry,
    },
    /// It was stored, and has been removed because of its `expire_in`.
    Expired,
}

/// How long an archive is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveExpiry {
    /// As long as its run.
    WithRun,
    /// `expire_in: never`: age is no reason to remove it.
    Never,
    /// `expire_in`: at that time, or with its run before.
    #[serde(with = "timestamp")]
    At(Timestamp),
}

/// A stored report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRecord {
    /// The keyword, such as `junit`.
    pub kind: String,
    #[serde(flatten)]
    pub size: ArchiveSize,
}

/// The variables that a job gives to later ones, in the order of the file; names are unique.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DotenvRecord {
    pub variables: Vec<(String, String)>,
}

/// A record with its version, as it stands in a file.
#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    version: u32,
    #[serde(flatten)]
    record: T,
}

impl RunId {
    /// A run by its name, whether it is stored or not.
    pub const fn named(name: String) -> Self {
        Self(name)
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// When the run started, to the second, as its name tells.
    pub fn started(&self) -> Option<Timestamp> {
        let (time, _) = self.0.split_once('-')?;
        let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", time).ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(time).ok()
    }

    /// The name of a run that starts at this time.
    pub(super) fn new(started: Timestamp, random: u64) -> Self {
        Self(format!("{}-{:04x}", started.strftime("%Y%m%dT%H%M%S"), random & 0xffff))
    }
}

impl JobRecord {
    /// Whether the job stored something that a later job receives: an archive or variables.
    pub fn has_stored(&self) -> bool {
        matches!(self.artifacts, ArtifactsRecord::Stored { .. }) || self.dotenv_variables.is_some()
    }
}

/// The JSON text of a record, with a line break at its end.
pub(super) fn to_json(record: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = serde_json::to_vec_pretty(&Versioned { version: VERSION, record })?;
    text.push(b'\n');
    Ok(text)
}

/// The JSON text of a record that is too long to be read by humans: without indentation.
pub(super) fn to_compact_json(record: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Versioned { version: VERSION, record })
}

/// Reads a record from its JSON text.
pub(super) fn from_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_json::Error> {
    #[derive(Deserialize)]
    struct VersionOnly {
        version: u32,
    }
    let VersionOnly { version } = serde_json::from_slice(text)?;
    if version != VERSION {
        return Err(serde_json::Error::custom(format!("it has the version {version} in place of {VERSION}")));
    }
    serde_json::from_slice::<Versioned<T>>(text).map(|versioned| versioned.record)
}
