//! What the tests of the store share.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::archive::{ArchiveEntry, ArchiveEntryKind, ArchiveSize, FileTime};
use super::places::StorePlaces;
use super::project::{ProjectStore, RunStart};
use super::record::{ArchiveExpiry, ArtifactsRecord, EndState, JobRecord, SourcesRecord};

/// A store in a temporary folder.
pub(super) struct TestStore {
    pub(super) folder: tempfile::TempDir,
    pub(super) store: ProjectStore,
}

impl TestStore {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        Self { folder, store }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Opens the store below `folder` for the project `/home/me/shop`.
pub(super) fn open(folder: &Path) -> ProjectStore {
    let places = StorePlaces { state: folder.join("state"), cache: folder.join("cache") };
    ProjectStore::open(&places, Path::new("/home/me/shop"), "https://gitlab.example/group/shop.git").unwrap()
}

/// A time, in seconds since 1970.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

pub(super) fn start(seconds: i64) -> RunStart {
    let sources = SourcesRecord { commit: Some("abc".to_owned()), ..SourcesRecord::default() };
    RunStart { pipeline_id: 7, iid: 1, sources, started: at(seconds), resumed: None }
}

pub(super) fn file(path: impl Into<PathBuf>, size: usize) -> ArchiveEntry {
    entry(path, ArchiveEntryKind::File { size: size as u64 })
}

pub(super) fn link(path: impl Into<PathBuf>, target: &str) -> ArchiveEntry {
    entry(path, ArchiveEntryKind::Link { target: target.into() })
}

pub(super) fn entry(path: impl Into<PathBuf>, kind: ArchiveEntryKind) -> ArchiveEntry {
    let modified = FileTime { seconds: 1_577_836_800, nanoseconds: 5 };
    ArchiveEntry { path: path.into(), kind, mode: 0o755, uid: 1000, gid: 1001, modified }
}

/// The record of a job that stored an archive of this size.
pub(super) fn job(name: &str, number: u64, size: ArchiveSize) -> JobRecord {
    let artifacts =
        ArtifactsRecord::Stored { name: "artifacts".to_owned(), size, expires: ArchiveExpiry::WithRun };
    JobRecord {
        name: name.to_owned(),
        stage: "test".to_owned(),
        number,
        job_id: 7000 + number,
        state: EndState::Success,
        exit_code: Some(0),
        attempts: 1,
        started: at(1),
        ended: at(2),
        producers: Vec::new(),
        artifacts,
        reports: Vec::new(),
        dotenv_variables: None,
        coverage: None,
    }
}
