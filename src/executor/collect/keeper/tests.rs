//! What the store gets if files of a job cannot be read.

use super::*;
use crate::collect::answer::UnreadContent;
use crate::executor::event::ScriptResult;
use crate::executor::event_channel::channel;
use crate::executor::testing::{job_store, plan};
use crate::plan::job_plan::{ArchivePlan, CachePlan, CachePolicy, ResolvedKey, SavedWhen};

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

fn cache() -> CachePlan {
    CachePlan {
        key: ResolvedKey { key: Some("k".to_owned()), warning: None },
        fallback_keys: Vec::new(),
        paths: vec!["f".to_owned()],
        untracked: false,
        policy: Ok(CachePolicy::PullPush),
        when: SavedWhen::Always,
    }
}

fn archive() -> ArchivePlan {
    ArchivePlan {
        paths: vec!["f".to_owned()],
        exclude: Vec::new(),
        untracked: false,
        when: SavedWhen::Always,
        name: "artifacts".to_owned(),
    }
}

#[test]
fn a_cache_with_an_unreadable_file_is_not_saved_and_an_archive_with_one_fails_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan();
    let store = job_store(folder.path(), &plan);
    let (cache, archive) = (cache(), archive());
    let tasks = [
        Task::SaveCache { key: "k", warning: None, cache: &cache },
        Task::SaveCache { key: "l", warning: None, cache: &cache },
        Task::StoreArchive(&archive),
    ];
    let (events, _receiver) = channel();
    let log = TaskLog::new(&events, "/builds/g/p", ScriptResult::Success);
    let mut keeper = Keeper::new(&tasks, &store, log, CommitPermit::default());

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

#[test]
fn nothing_is_committed_once_the_job_has_been_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan();
    let store = job_store(folder.path(), &plan);
    let (cache, archive) = (cache(), archive());
    let (paths, stored_as) = (vec!["f".to_owned()], "junit.xml.gz".to_owned());
    let report = ReportPlan { kind: "junit", paths, format: ReportFormat::Gzip, stored_as };
    let tasks = [
        Task::SaveCache { key: "k", warning: None, cache: &cache },
        Task::StoreArchive(&archive),
        Task::StoreReport(&report),
    ];
    let (events, _receiver) = channel();
    let log = TaskLog::new(&events, "/builds/g/p", ScriptResult::Success);
    let permit = CommitPermit::default();
    let mut keeper = Keeper::new(&tasks, &store, log, permit.clone());
    permit.withdraw();
    let complete = ArchiveEnd { entries: 1, files: 1, bytes: 3, ..ArchiveEnd::default() };
    for archive in 0..3 {
        let refused = take(&mut keeper, archive, &complete);
        assert!(matches!(refused, Err(StorageRefusal::Stopped)), "{refused:?}");
    }
    let stored = keeper.finish(false);
    assert_eq!((stored.archive, stored.reports), (Some(ArtifactsRecord::Failed), Vec::new()));
    assert!(store.caches().lookup("k", now()).unwrap().is_none());
    let names = std::fs::read_dir(store.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let named: Vec<_> = names.filter(|name| name.to_str().unwrap().contains(".tar")).collect();
    assert!(named.is_empty(), "{named:?}");
}
