//! The artifacts that a job stores, and those of other jobs that it receives, as plain data.

#![warn(missing_docs)]

use std::path::PathBuf;

pub use crate::pipeline::artifacts::ExpireIn;
use crate::pipeline::artifacts::{Artifacts, Report};
pub use crate::pipeline::report_type::ReportFormat;
pub use crate::pipeline::saved_when::SavedWhen;

/// GitLab's name of an archive without `name`.
const NAME: &str = "artifacts";

/// GitLab Runner's name of an archive whose `name` is empty.
const NAME_IF_EMPTY: &str = "default";

/// What a job stores after its scripts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArtifactsPlan {
    /// The archive for later jobs; `None` without `paths` and `untracked`, whatever else `artifacts` contains.
    pub archive: Option<ArchivePlan>,
    /// The reports, in the order of the file. They are stored whatever the result of the job is.
    pub reports: Vec<ReportPlan>,
    /// `expire_in`, for the archive and the reports; `None` for the default.
    pub expire_in: Option<ExpireIn>,
}

/// The archive of a job's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivePlan {
    /// `paths`: globs, relative to the project directory. References to variables are not expanded, because the job may
    /// define further variables in `GITLAB_ENV`.
    pub paths: Vec<String>,
    /// `exclude`: globs in the same form.
    pub exclude: Vec<String>,
    /// Whether all files that were not delivered as sources belong to the archive.
    pub untracked: bool,
    /// After which results of the job the archive is stored.
    pub when: SavedWhen,
    /// `name`, not expanded either. What it becomes is the name of the archive when it is exported ([`archive_name`]).
    pub name: String,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPlan {
    /// GitLab's name of the type: `junit`, `dotenv`, `cobertura`.
    pub kind: &'static str,
    /// How GitLab uploads reports of this type, which decides how many files it can have.
    pub format: ReportFormat,
    /// The name of the file that GitLab stores, such as `junit.xml.gz`.
    pub stored_as: String,
    /// Globs as in [`ArchivePlan::paths`].
    pub paths: Vec<String>,
}

/// A stored archive of another job, which is delivered before the job runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedArchive {
    /// The name of the job that stored the archive.
    pub job: String,
    /// `CI_JOB_ID` of that job.
    pub job_id: u64,
    /// The run of that job, by its name in the store.
    pub run: String,
    /// The archive on the host.
    pub archive: PathBuf,
    /// The number of entries in the archive.
    pub files: u64,
    /// The size of the archive in bytes.
    pub bytes: u64,
}

/// Plans `artifacts`.
pub(super) fn plan_artifacts(artifacts: &Artifacts) -> ArtifactsPlan {
    let archive = match artifacts.has_archive() {
        true => Some(ArchivePlan {
            paths: artifacts.paths.clone(),
            exclude: artifacts.exclude.clone(),
            untracked: artifacts.untracked,
            when: artifacts.when,
            name: artifacts.name.clone().unwrap_or_else(|| NAME.to_owned()),
        }),
        false => None,
    };
    let reports = artifacts.reports.iter().map(plan_report).collect();
    ArtifactsPlan { archive, reports, expire_in: artifacts.expire_in }
}

/// The name of an archive, without `.zip`: the last component of the expanded `name`, as in GitLab Runner. It is never empty
/// and contains no `/`.
pub fn archive_name(expanded: &str) -> String {
    let last = expanded.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if ["", ".", ".."].contains(&last) { NAME_IF_EMPTY.to_owned() } else { last.to_owned() }
}

fn plan_report(report: &Report) -> ReportPlan {
    ReportPlan {
        kind: report.kind.name,
        format: report.kind.format,
        stored_as: report.kind.stored_as(),
        paths: report.paths.clone(),
    }
}

#[cfg(test)]
mod tests;
