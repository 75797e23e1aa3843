//! What the store gets if files of a job cannot be read.

use std::sync::Arc;

use super::*;
use crate::collect::answer::UnreadContent;
use crate::executor::event::ScriptResult;
use crate::executor::event_channel::channel;
use crate::executor::run_store::{DotenvLimits, RunStore};
use crate::executor::testing::plan;
use crate::plan::job_plan::{ArchivePlan, CachePlan, CachePolicy, ResolvedKey, SavedWhen};
use crate::store::{ProjectStore, RunStart, SourcesRecord, StorePlaces};

/// Passes on one entry, whose content is zeros, with that end.
fn take(keeper: &mut Keeper<'_>, archive: u32, end: &ArchiveEnd) -> Result<(), StorageRefusal> {
    let selection = SelectedFiles { entries: 1, files: 1, bytes: 3, ..SelectedFiles::default() };
    keeper.selection(archive, selection)?;
    let kind = EntryKind::File;
    let attributes = Attributes { kind, mode: 0o600, uid: 0, gid: 0, modified: 0, size: 3 };
    let entry = AnswerEntry { attributes, path: "f".as_ref(), link: None };
    keeper.entry(archive, entry, &mut &[0; 3][..])?;
    keeper.end(archive, end.clone())
}

#[test]
fn a_cache_with_an_unreadable_file_is_not_saved_and_an_archive_with_one_fails_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let places = StorePlaces { state: folder.path().join("state"), cache: folder.path().join("cache") };
    let project = Arc::new(ProjectStore::open(&places, folder.path(), "identity").unwrap());
    let (sources, started) = (SourcesRecord::default(), now());
    let run = Arc::new(project.begin_run(RunStart { pipeline_id: 1, iid: 1, sources, started }).unwrap());
    let dotenv_limits = DotenvLimits::Told;
    let store = RunStore { project, run, archive_bytes_max: 1000, dotenv_limits };
    let plan = plan();
    let store = JobStore::begin(store, &plan).unwrap();
    let cache = CachePlan {
        key: ResolvedKey { key: Some("k".to_owned()), warning: None },
        fallback_keys: Vec::new(),
        paths: vec!["f".to_owned()],
        untracked: false,
        policy: Ok(CachePolicy::PullPush),
        when: SavedWhen::Always,
    };
    let archive = ArchivePlan {
        paths: vec!["f".to_owned()],
        exclude: Vec::new(),
        untracked: false,
        when: SavedWhen::Always,
        name: "artifacts".to_owned(),
    };
    let tasks = [
        Task::SaveCache { key: "k", warning: None, cache: &cache },
        Task::SaveCache { key: "l", warning: None, cache: &cache },
        Task::StoreArchive(&archive),
    ];
    let (events, _receiver) = channel();
    let log = TaskLog::new(&events, "/builds/g/p", ScriptResult::Success);
    let mut keeper = Keeper::new(&tasks, &store, log);

    let unreadable = Some(UnreadContent { path: "f".to_owned(), reason: "a bad sector".to_owned() });
    let broken = ArchiveEnd { entries: 1, files: 1, bytes: 3, unreadable, ..ArchiveEnd::default() };
    take(&mut keeper, 0, &broken).unwrap();
    take(&mut keeper, 1, &ArchiveEnd { unreadable: None, ..broken.clone() }).unwrap();
    let is_stored = |key| store.caches().lookup(key, now()).unwrap().is_some();
    assert_eq!((is_stored("k"), is_stored("l")), (false, true));

    let error = take(&mut keeper, 2, &broken).unwrap_err();
    assert_eq!(error.to_string(), "cannot read `f`: a bad sector");
    assert_eq!(keeper.finish(false).archive, Some(ArtifactsRecord::Failed));
}
