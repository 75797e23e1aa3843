//! What the executor reports about files that outlive a job: its caches, its artifacts and its reports.
//!
//! They carry data; `report/files_text.rs` has the words, which are GitLab Runner's where it has a line for the same thing.

#![warn(missing_docs)]

use super::junit::JunitCounts;
use super::notice::NoticeLevel;
use crate::collect::answer::{ChangedFile, Exceeded, Finding};
use crate::plan::job_plan::KeyWarning;

/// Something that happened to files that outlive a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesNotice {
    /// A key of a cache was changed, or cannot be used.
    CacheKeyUnusual(KeyWarning),
    /// A cache is looked up under this key.
    CacheLookedUp {
        /// The key.
        key: String,
    },
    /// The store has no cache under that key.
    CacheMissing,
    /// The store has a cache under that key that cannot be read.
    CacheUnreadable {
        /// Why.
        error: String,
    },
    /// The rest of that cache is not in the job's container.
    CacheBroken {
        /// Why.
        error: String,
    },
    /// The lookup under that key gave nothing, or the cache is broken.
    CacheNotRestored,
    /// The cache is in the job's container.
    CacheRestored {
        /// The size of its files.
        bytes: u64,
    },
    /// The key of the cache cannot be used, so that it is neither restored nor saved.
    CacheSkipped(CacheDirection),
    /// The policy of the cache excludes this direction.
    CacheExcluded {
        /// What is not done.
        direction: CacheDirection,
        /// The key of the cache.
        key: String,
    },
    /// The files of a cache are looked for.
    CacheSaving {
        /// The key.
        key: String,
    },
    /// The store has the same files already.
    CacheUnchanged,
    /// No file matched, so that the store keeps the cache that it has.
    CacheEmpty,
    /// The store has the files.
    CacheSaved {
        /// The size of the files; `None` if the store keeps the cache that it had.
        bytes: Option<u64>,
    },
    /// The files cannot be stored.
    CacheRefused {
        /// Why.
        error: String,
    },
    /// The store keeps the cache that it has.
    CacheNotSaved,

    /// The artifacts of another job are about to be delivered.
    ArtifactsReceiving {
        /// The other job.
        job: String,
        /// Its id.
        job_id: u64,
    },
    /// The artifacts of another job are in the job's container.
    ArtifactsReceived {
        /// The other job.
        job: String,
        /// Files and symbolic links.
        files: u64,
        /// The size of the files.
        bytes: u64,
        /// The run of the other job, by its name in the store.
        run: String,
    },
    /// The files of an archive or a report are looked for.
    ArtifactsSaving,
    /// Nothing matched.
    ArtifactsEmpty,
    /// The store has the files.
    ArtifactsStored {
        /// The job.
        job: String,
        /// The type of the report; `None` for the archive.
        report: Option<&'static str>,
        /// Files and symbolic links.
        files: u64,
        /// The size of the files.
        bytes: u64,
    },
    /// The files cannot be stored, which fails the job.
    ArtifactsRefused {
        /// Why.
        reason: String,
    },
    /// The files are larger than the limit, which fails the job.
    ArtifactsTooLarge(Exceeded),
    /// What a JUnit report says.
    TestsCounted(JunitCounts),

    /// A JUnit report cannot be read, so that its tests do not count.
    JunitUnreadable {
        /// The path of the report.
        path: String,
        /// Why.
        error: String,
    },
    /// A dotenv report exceeds a limit that GitLab servers have by default.
    DotenvLimitExceeded {
        /// The limit and the figure of the report.
        limit: String,
    },

    /// What matched a path, or did not.
    Found {
        /// The path and the number of matches.
        finding: Finding,
        /// The directory that paths are relative to.
        project_dir: String,
    },
    /// A selected file changed before it was read.
    FileChanged(ChangedFile),
    /// There were more such files.
    FilesChanged {
        /// How many more.
        more: u64,
    },
    /// This program cannot run in a container, so that the whole project directory is copied to select files.
    CopiedWhole {
        /// Why it cannot.
        reason: String,
    },
    /// There is no store for files that outlive the job.
    StoreMissing,
    /// The log or the record of the job could not be stored.
    RecordMissing {
        /// Why.
        error: String,
    },
    /// Files that are kept could not be selected or sent, after the job had failed for another reason.
    NotCollected {
        /// Why.
        error: String,
    },
}

/// Whether a cache is restored before the job or saved after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheDirection {
    /// Before the job.
    Restore,
    /// After the job.
    Save,
}

impl FilesNotice {
    /// How urgent the notice is.
    pub fn level(&self) -> NoticeLevel {
        match self {
            Self::CacheUnreadable { .. }
            | Self::CacheBroken { .. }
            | Self::CacheEmpty
            | Self::CacheRefused { .. }
            | Self::FileChanged(_)
            | Self::FilesChanged { .. }
            | Self::CopiedWhole { .. }
            | Self::NotCollected { .. }
            | Self::JunitUnreadable { .. }
            | Self::DotenvLimitExceeded { .. }
            | Self::RecordMissing { .. }
            | Self::StoreMissing => NoticeLevel::Warning,
            Self::CacheMissing | Self::CacheNotRestored | Self::CacheNotSaved | Self::CacheKeyUnusual(_) => {
                NoticeLevel::Remark
            }
            Self::Found { finding, .. } => match finding {
                Finding::Matched { .. } | Finding::Untracked { .. } | Finding::Excluded { .. } => {
                    NoticeLevel::Information
                }
                _ => NoticeLevel::Warning,
            },
            Self::ArtifactsEmpty => NoticeLevel::JobError,
            Self::ArtifactsRefused { .. } | Self::ArtifactsTooLarge(_) => NoticeLevel::Fatal,
            Self::CacheLookedUp { .. }
            | Self::CacheRestored { .. }
            | Self::CacheSkipped(_)
            | Self::CacheExcluded { .. }
            | Self::CacheSaving { .. }
            | Self::CacheUnchanged
            | Self::CacheSaved { .. }
            | Self::ArtifactsReceiving { .. }
            | Self::ArtifactsReceived { .. }
            | Self::ArtifactsSaving
            | Self::ArtifactsStored { .. }
            | Self::TestsCounted(_) => NoticeLevel::Information,
        }
    }
}
