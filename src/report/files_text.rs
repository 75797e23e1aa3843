//! The wording of notices about caches, artifacts and reports: GitLab Runner's, where it has a line for the same thing.

use crate::amount::{counted, size};
use crate::collect::answer::{Change, ChangedFile, Exceeded, Finding};
use crate::executor::files_notice::{CacheDirection, FilesNotice};
use crate::executor::junit::JunitCounts;

/// The line of a notice, without prefix and colour.
pub(super) fn files_text(notice: &FilesNotice) -> String {
    match notice {
        FilesNotice::CacheKeyUnusual(warning) => warning.to_string(),
        FilesNotice::CacheLookedUp { key } => format!("Checking cache for {key}..."),
        // The helper's warning and its prefix, which a quiet log leaves out: a first run has no cache.
        FilesNotice::CacheMissing => "WARNING: Cache file does not exist".to_owned(),
        FilesNotice::CacheUnreadable { error }
        | FilesNotice::CacheRefused { error }
        | FilesNotice::NotCollected { error }
        | FilesNotice::RecordMissing { error } => error.clone(),
        FilesNotice::CacheBroken { error } => format!("Cannot extract the rest of the cache: {error}"),
        FilesNotice::CacheNotRestored => "Failed to extract cache".to_owned(),
        FilesNotice::CacheRestored { .. } => "Successfully extracted cache".to_owned(),
        FilesNotice::CacheSkipped(CacheDirection::Restore) => {
            "Skipping cache extraction due to empty cache key".to_owned()
        }
        FilesNotice::CacheSkipped(CacheDirection::Save) => {
            "Skipping cache archiving due to empty cache key".to_owned()
        }
        FilesNotice::CacheExcluded { direction: CacheDirection::Restore, key } => {
            format!("Not downloading cache {key} due to policy")
        }
        FilesNotice::CacheExcluded { direction: CacheDirection::Save, key } => {
            format!("Not uploading cache {key} due to policy")
        }
        FilesNotice::CacheSaving { key } => format!("Creating cache {key}..."),
        FilesNotice::CacheUnchanged => "Archive is up to date!".to_owned(),
        FilesNotice::CacheEmpty => "No files to cache.".to_owned(),
        FilesNotice::CacheSaved { .. } => "Created cache".to_owned(),
        FilesNotice::CacheNotSaved => "Failed to create cache".to_owned(),
        FilesNotice::ArtifactsReceiving { job, job_id } => {
            format!("Downloading artifacts for {job} ({job_id})...")
        }
        FilesNotice::ArtifactsReceived { job, files, bytes, run } => {
            format!("Artifacts of {job}: {} ({}), from run {run}", counted(*files, "file"), size(*bytes))
        }
        FilesNotice::ArtifactsSaving => "Uploading artifacts...".to_owned(),
        FilesNotice::ArtifactsEmpty => "No files to upload".to_owned(),
        FilesNotice::ArtifactsStored { job, report, files, bytes } => {
            artifacts_stored(job, *report, *files, *bytes)
        }
        FilesNotice::ArtifactsRefused { reason } => reason.clone(),
        FilesNotice::ArtifactsTooLarge(exceeded) => too_large(exceeded),
        FilesNotice::TestsCounted(counts) => tests_counted(counts),
        FilesNotice::JunitUnreadable { path, error } => format!("{path}: no JUnit report: {error}"),
        FilesNotice::DotenvLimitExceeded { limit } => limit.clone(),
        FilesNotice::Found { finding, project_dir } => found(finding, project_dir),
        FilesNotice::FileChanged(file) => file_changed(file),
        FilesNotice::FilesChanged { more } => {
            format!("{more} more files changed while they were collected")
        }
        FilesNotice::CopiedWhole { reason } => format!(
            "{reason}, so the whole project directory is copied out of the container to select files, which is slow; the \
             static binary of runner-lite selects them in the container"
        ),
        FilesNotice::StoreMissing => {
            "there is no store, so neither caches nor artifacts of this job are stored".to_owned()
        }
    }
}

fn artifacts_stored(job: &str, report: Option<&str>, files: u64, bytes: u64) -> String {
    let report = report.map(|kind| format!(" as \"{kind}\"")).unwrap_or_default();
    format!("Stored artifacts of {job}{report}: {}, {}", counted(files, "file"), size(bytes))
}

fn too_large(exceeded: &Exceeded) -> String {
    let Exceeded { bytes, bytes_max, largest } = exceeded;
    let largest: Vec<_> =
        largest.iter().map(|folder| format!("{} {}", folder.path, size(folder.bytes))).collect();
    format!(
        "the files have {}, and an archive may have {}; the largest folders: {}. `--artifact-max` raises the limit",
        size(*bytes),
        size(*bytes_max),
        largest.join(", ")
    )
}

fn tests_counted(counts: &JunitCounts) -> String {
    let JunitCounts { tests, failures, errors, skipped } = counts;
    format!(
        "JUnit: {}, {}, {}, {skipped} skipped",
        counted(*tests, "test"),
        counted(*failures, "failure"),
        counted(*errors, "error")
    )
}

fn found(finding: &Finding, project_dir: &str) -> String {
    match finding {
        Finding::InvalidName { reason } => format!("invalid artifact name: {reason}"),
        Finding::InvalidPath { text, reason } => format!("invalid path {text:?}: {reason}"),
        Finding::EmptyPath => "No matching files. Path is empty.".to_owned(),
        Finding::Outside { path } => {
            format!("processPath: artifact path is not a subpath of project directory: {path}")
        }
        Finding::BadPattern { path } => format!("{path}: syntax error in pattern"),
        Finding::TooManyAlternatives { path, max } => {
            format!("{path}: its braces expand to more than {max} alternatives")
        }
        Finding::LinkOut { path, link } => {
            format!("{path}: the symbolic link {link} leads out of the project directory")
        }
        Finding::NoMatch { path } => format!(
            "{path}: no matching files. Ensure that the artifact path is relative to the working directory ({project_dir})"
        ),
        Finding::Matched { path, count } => {
            format!("{path}: found {count} matching artifact files and directories")
        }
        Finding::Untracked { count } => format!("untracked: found {count} files"),
        Finding::NoUntracked => "untracked: no files".to_owned(),
        Finding::ExcludeOutside { rule } => {
            format!("isExcluded: artifact path is not a subpath of project directory: {rule}")
        }
        Finding::BadExclude { rule } => format!("{rule}: syntax error in pattern"),
        Finding::Excluded { rule, count } => format!("{rule}: excluded {count} files"),
        Finding::GitFolder => "Part of .git directory is on the list of files to archive".to_owned(),
    }
}

fn file_changed(file: &ChangedFile) -> String {
    let ChangedFile { path, change } = file;
    match change {
        Change::Vanished => {
            format!("{path}: was removed or replaced while the files were collected; left out")
        }
        Change::Shrank => {
            format!("{path}: became shorter while it was read; the rest of it is filled with zeros")
        }
        Change::Unreadable(reason) => format!("{path}: cannot be read ({reason}); left out"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::collect::answer::LargeFolder;
    use crate::executor::notice::NoticeLevel;
    use crate::plan::job_plan::KeyWarning;

    fn text(text: &str) -> String {
        text.to_owned()
    }

    fn of_caches() -> Vec<FilesNotice> {
        let (error, key) = (|| text("ERROR"), || text("k"));
        let sanitized = KeyWarning::Sanitized { written: text("a//b"), key: text("a/b") };
        vec![
            FilesNotice::CacheKeyUnusual(sanitized),
            FilesNotice::CacheLookedUp { key: key() },
            FilesNotice::CacheMissing,
            FilesNotice::CacheUnreadable { error: error() },
            FilesNotice::CacheBroken { error: error() },
            FilesNotice::CacheNotRestored,
            FilesNotice::CacheRestored { bytes: 1 },
            FilesNotice::CacheSkipped(CacheDirection::Restore),
            FilesNotice::CacheSkipped(CacheDirection::Save),
            FilesNotice::CacheExcluded { direction: CacheDirection::Restore, key: key() },
            FilesNotice::CacheExcluded { direction: CacheDirection::Save, key: key() },
            FilesNotice::CacheSaving { key: key() },
            FilesNotice::CacheUnchanged,
            FilesNotice::CacheEmpty,
            FilesNotice::CacheSaved { bytes: Some(1) },
            FilesNotice::CacheRefused { error: error() },
            FilesNotice::CacheNotSaved,
        ]
    }

    fn of_artifacts() -> Vec<FilesNotice> {
        let (error, job) = (|| text("ERROR"), || text("build"));
        let largest = vec![LargeFolder { path: text("out/big"), bytes: 1_900_000_000 }];
        let exceeded = Exceeded { bytes: 2_000_000_000, bytes_max: 1_000_000_000, largest };
        let counts = JunitCounts { tests: 12, failures: 1, errors: 0, skipped: 2 };
        let run = text("20261128T201502-8f3a");
        vec![
            FilesNotice::ArtifactsReceiving { job: job(), job_id: 1_001 },
            FilesNotice::ArtifactsReceived { job: job(), files: 12, bytes: 3_400_000, run },
            FilesNotice::ArtifactsSaving,
            FilesNotice::ArtifactsEmpty,
            FilesNotice::ArtifactsStored { job: job(), report: None, files: 12, bytes: 3_400_000 },
            FilesNotice::ArtifactsStored { job: job(), report: Some("junit"), files: 1, bytes: 20 },
            FilesNotice::ArtifactsRefused { reason: text("only one file can be sent as raw") },
            FilesNotice::ArtifactsTooLarge(exceeded),
            FilesNotice::TestsCounted(counts),
            FilesNotice::JunitUnreadable { path: text("r.xml"), error: error() },
            FilesNotice::DotenvLimitExceeded { limit: text("LIMIT") },
            FilesNotice::FilesChanged { more: 3 },
            FilesNotice::CopiedWhole { reason: text("the running program is not static") },
            FilesNotice::StoreMissing,
            FilesNotice::RecordMissing { error: error() },
            FilesNotice::NotCollected { error: error() },
        ]
    }

    fn found_and_changed() -> Vec<FilesNotice> {
        let (path, rule) = (|| text("out"), || text("out/*.o"));
        let findings = [
            Finding::InvalidName { reason: text("REASON") },
            Finding::InvalidPath { text: text("${A"), reason: text("REASON") },
            Finding::EmptyPath,
            Finding::Outside { path: path() },
            Finding::BadPattern { path: path() },
            Finding::TooManyAlternatives { path: path(), max: 500 },
            Finding::LinkOut { path: path(), link: text("l") },
            Finding::NoMatch { path: path() },
            Finding::Matched { path: path(), count: 5 },
            Finding::Untracked { count: 2 },
            Finding::NoUntracked,
            Finding::ExcludeOutside { rule: rule() },
            Finding::BadExclude { rule: rule() },
            Finding::Excluded { rule: rule(), count: 1 },
            Finding::GitFolder,
        ];
        let changes = [Change::Vanished, Change::Shrank, Change::Unreadable(text("permission denied"))];
        let project_dir = || text("/builds/g/p");
        let found = findings.map(|finding| FilesNotice::Found { finding, project_dir: project_dir() });
        let changed = changes.map(|change| FilesNotice::FileChanged(ChangedFile { path: path(), change }));
        found.into_iter().chain(changed).collect()
    }

    fn samples() -> Vec<FilesNotice> {
        [of_caches(), of_artifacts(), found_and_changed()].concat()
    }

    #[test]
    fn every_notice_about_files_has_its_wording() {
        let line = |notice: &FilesNotice| {
            let level = match notice.level() {
                NoticeLevel::Information => ' ',
                NoticeLevel::Remark => 'R',
                NoticeLevel::Warning => 'W',
                NoticeLevel::Error | NoticeLevel::JobError => 'E',
                NoticeLevel::Fatal => 'F',
            };
            format!("{level} {}\n", files_text(notice))
        };
        insta::assert_snapshot!(samples().iter().map(line).collect::<String>());
    }

    #[test]
    fn the_samples_have_every_notice_about_files() {
        let source = include_str!("../executor/files_notice.rs");
        let body = source.split("pub enum FilesNotice {").nth(1).and_then(|rest| rest.split("\n}").next());
        let name = |line: &str| line.split([' ', ',', '(']).next().unwrap_or_default().to_owned();
        let declared = body.unwrap().lines().filter_map(|line| line.strip_prefix("    "));
        let declared = declared.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
        let variant = |notice: &FilesNotice| -> String {
            format!("{notice:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
        };
        assert_eq!(declared.map(name).collect::<BTreeSet<_>>(), samples().iter().map(variant).collect());
    }
}
