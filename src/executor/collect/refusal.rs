//! Why artifacts or reports of a job cannot be stored, which fails the job with exit code 1, as in GitLab Runner.

use std::path::PathBuf;

use thiserror::Error;

use crate::collect::answer::{ArchiveEnd, Exceeded, UnreadContent};
use crate::executor::files_notice::FilesNotice;
use crate::store::StoreError;
use crate::vars::dotenv::{DotenvError, DotenvLimit};

/// The exit code of a job whose artifacts cannot be stored: that of GitLab Runner's helper.
pub(super) const EXIT_CODE: i64 = 1;

/// Why artifacts or reports cannot be stored.
#[derive(Debug, Error)]
pub(super) enum StorageRefusal {
    #[error("the files are larger than an archive may be")]
    TooLarge(Exceeded),
    #[error("cannot read `{}`: {}", .0.path, .0.reason)]
    Unreadable(UnreadContent),
    /// In GitLab Runner's words.
    #[error("only one file can be sent as raw")]
    SeveralRaw,
    /// In GitLab Runner's words.
    #[error("the \"{}\" is not a regular file", path.display())]
    NotRegular { path: PathBuf },
    #[error("the job has been stopped")]
    Stopped,
    #[error(transparent)]
    Dotenv(#[from] DotenvError),
    #[error(transparent)]
    DotenvLimit(#[from] DotenvLimit),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StorageRefusal {
    /// Why an archive with this end is incomplete; `None` if it is complete.
    pub(super) fn of_end(end: ArchiveEnd) -> Option<Self> {
        end.exceeded.map(Self::TooLarge).or(end.unreadable.map(Self::Unreadable))
    }

    /// The notice for the log.
    pub(super) fn notice(self) -> FilesNotice {
        match self {
            Self::TooLarge(exceeded) => FilesNotice::ArtifactsTooLarge(exceeded),
            other => FilesNotice::ArtifactsRefused { reason: other.to_string() },
        }
    }
}
