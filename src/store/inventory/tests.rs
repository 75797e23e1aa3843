use std::fs;
use std::io::Write;

use super::*;
use crate::store::testing::{TestStore, at, file, job, open, start};
use crate::store::{
    ArchiveExpiry, ArchiveLimits, ArtifactsRecord, CacheOrigin, EndState, ProjectStore, RetentionRules,
    RunFolder, RunId, Tidied, tidy,
};

const LIMITS: ArchiveLimits = ArchiveLimits { bytes_max: 1 << 20, keep_free: 0, name_bytes_max: 1 << 20 };

fn places(test: &TestStore) -> StorePlaces {
    StorePlaces { state: test.path().join("state"), cache: test.path().join("cache") }
}

fn inventory(test: &TestStore) -> StoreInventory {
    StoreInventory::read(&places(test)).unwrap()
}

/// A run with one job that stored a file, begun at this time.
fn begun(test: &TestStore, seconds: i64, expires: ArchiveExpiry) -> RunFolder {
    let run = test.store.begin_run(start(seconds)).unwrap();
    let folder = run.begin_job("build", 1).unwrap();
    folder.log().unwrap().write_all(b"log").unwrap();
    let mut archive = folder.archive(LIMITS).unwrap();
    archive.entry(&file("a", 3000), &[1; 3000][..]).unwrap();
    let size = archive.finish().unwrap().size();
    let mut record = job("build", 1, size);
    record.artifacts = ArtifactsRecord::Stored { name: "x".to_owned(), size, expires };
    folder.finish(&record).unwrap();
    run
}

fn ended(test: &TestStore, seconds: i64, expires: ArchiveExpiry) -> RunId {
    let run = begun(test, seconds, expires);
    let id = run.id().clone();
    run.finish(at(seconds + 1), EndState::Success).unwrap();
    id
}

fn stored_ids(test: &TestStore) -> Vec<RunId> {
    test.store.runs().unwrap().readable.iter().map(|run| run.id().clone()).collect()
}

#[test]
fn of_six_runs_five_are_kept_and_the_latest_link_stays_valid() {
    let test = TestStore::new();
    let ids: Vec<RunId> = (0..6).map(|run| ended(&test, run, ArchiveExpiry::WithRun)).collect();
    let tidied = tidy(&places(&test), &test.store, &RetentionRules::default(), &ids[5], at(10)).unwrap();
    assert_eq!(tidied.runs, 1);
    assert!(tidied.bytes > 3000);
    let mut expect = ids[1..].to_vec();
    expect.reverse();
    assert_eq!(stored_ids(&test), expect);
    let project = inventory(&test);
    let project = &project.projects()[0];
    assert_eq!(project.path.as_deref(), Some(std::path::Path::new("/home/me/shop")));
    assert_eq!(
        fs::read_link(project.folder.path().join("latest")).unwrap().file_name().unwrap(),
        ids[5].as_str()
    );
    for run in &project.runs {
        assert!(project.remove_run(run).unwrap().unwrap() > 3000);
        assert_eq!(project.remove_run(run).unwrap(), None);
    }
    assert!(!project.folder.path().join("latest").is_symlink());
    assert_eq!(fs::read_dir(project.runs_folder.path()).unwrap().count(), 1, "the lock file is left");
}

#[test]
fn a_run_that_runs_or_is_read_is_never_removed() {
    let test = TestStore::new();
    let running = begun(&test, 1, ArchiveExpiry::WithRun);
    ended(&test, 2, ArchiveExpiry::WithRun);
    let other = open(test.path());
    let pin = other.runs().unwrap().readable[0].pin(at(50)).unwrap().unwrap();
    let before = inventory(&test);
    let runs = &before.projects()[0].runs;
    assert!(runs.iter().all(|run| run.facts.is_in_use));
    assert_eq!(runs[0].facts.used, at(50));
    for run in &before.projects()[0].runs {
        assert_eq!(before.projects()[0].remove_run(run).unwrap(), None);
    }
    drop(pin);
    drop(running);
    for run in &before.projects()[0].runs {
        assert!(before.projects()[0].remove_run(run).unwrap().is_some());
    }
    assert_eq!(other.runs().unwrap().readable.len(), 0);
}

#[test]
fn an_expired_archive_is_removed_and_its_job_says_so() {
    let test = TestStore::new();
    let old = ended(&test, 1, ArchiveExpiry::At(at(100)));
    let new = ended(&test, 2, ArchiveExpiry::At(at(100)));
    let rules = RetentionRules::default();
    assert_eq!(tidy(&places(&test), &test.store, &rules, &new, at(99)).unwrap(), Tidied::default());
    let tidied = tidy(&places(&test), &test.store, &rules, &new, at(100)).unwrap();
    assert_eq!((tidied.archives, tidied.runs), (1, 0));
    let runs = test.store.runs().unwrap().readable;
    assert_eq!(runs[1].id(), &old);
    let jobs = runs[1].jobs().unwrap();
    assert_eq!(jobs[0].record().artifacts, ArtifactsRecord::Expired);
    assert!(jobs[0].archive().unwrap().is_none() && runs[1].logs().unwrap()[0].has_ended);
    assert!(runs[0].jobs().unwrap()[0].archive().unwrap().is_some());
}

#[test]
fn caches_beyond_the_limit_are_removed_the_least_recently_used_first() {
    let test = TestStore::new();
    for (key, saved) in [("a", 1), ("b", 2), ("c", 3)] {
        let mut writer = test.store.caches().writer(key, LIMITS).unwrap();
        writer.archive().entry(&file("a", 10_000), &[1; 10_000][..]).unwrap();
        let origin = CacheOrigin { job: "j".to_owned(), run: "r".to_owned(), fingerprint: String::new() };
        writer.commit(origin, at(saved)).unwrap();
        test.store.caches().lookup(key, at(saved)).unwrap().unwrap();
    }
    test.store.caches().lookup("a", at(9)).unwrap().unwrap();
    let run = ended(&test, 1, ArchiveExpiry::WithRun);
    let rules = RetentionRules { bytes_max: Some(30_000), ..RetentionRules::default() };
    assert_eq!(tidy(&places(&test), &test.store, &rules, &run, at(10)).unwrap().caches, 1);
    let keys: Vec<String> =
        test.store.caches().list().unwrap().into_iter().map(|cache| cache.record.key).collect();
    assert_eq!(keys, ["c", "a"]);
    let before = inventory(&test);
    let cache = &before.caches()[0].caches[0];
    assert_eq!(before.caches()[0].remove(cache).unwrap(), cache.bytes);
    assert_eq!(before.caches()[0].remove(cache).unwrap(), 0);
}

#[test]
fn what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not() {
    let test = TestStore::new();
    // A process that is killed unlocks its files, and removes none: its values are forgotten here.
    let run = test.store.begin_run(start(1)).unwrap();
    let path = run.begin_job("dead", 1).unwrap();
    path.log().unwrap().write_all(b"log").unwrap();
    let path = path.path().to_owned();
    fs::write(path.join("artifacts.tar"), "cut").unwrap();
    fs::write(path.join(".new-0123-artifacts.tar"), "cut").unwrap();
    drop(run);
    let living = test.store.begin_run(start(2)).unwrap();
    let living_job = living.begin_job("alive", 1).unwrap();
    let archive = living_job.archive(LIMITS).unwrap();
    let caches = test.store.caches();
    let cache = caches.writer("k", LIMITS).unwrap();
    fs::write(caches.path().join(".new-0123-cache.tar"), "cut").unwrap();
    assert_eq!(inventory(&test).leftover_bytes().unwrap(), 9);
    assert_eq!(inventory(&test).remove_leftovers().unwrap(), 9);
    assert_eq!(inventory(&test).leftover_bytes().unwrap(), 0);
    let mut names: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["log", "start.json"]);
    archive.finish().unwrap();
    let origin = CacheOrigin { job: "j".to_owned(), run: "r".to_owned(), fingerprint: String::new() };
    cache.commit(origin, at(3)).unwrap();
    assert!(caches.lookup("k", at(4)).unwrap().is_some());
}

#[test]
fn an_empty_store_has_nothing_and_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let places = StorePlaces { state: folder.path().join("state"), cache: folder.path().join("cache") };
    let inventory = StoreInventory::read(&places).unwrap();
    assert!(inventory.projects().is_empty() && inventory.caches().is_empty());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn other_projects_are_tidied_once_a_day_or_after_a_run_that_has_stored_much() {
    let test = TestStore::new();
    let places = places(&test);
    let other = ProjectStore::open(&places, std::path::Path::new("/other"), "other").unwrap();
    let other = TestStore { folder: tempfile::tempdir().unwrap(), store: other };
    let add_six = || (0..6).for_each(|run| drop(ended(&other, run, ArchiveExpiry::WithRun)));
    let rules = RetentionRules::default();
    let tidied = |id: &RunId, now| tidy(&places, &test.store, &rules, id, at(now)).unwrap().runs;
    let small = ended(&test, 1, ArchiveExpiry::WithRun);
    add_six();
    assert_eq!((tidied(&small, 100), stored_ids(&other).len()), (1, 5));
    add_six();
    assert_eq!((tidied(&small, 100 + 86_399), stored_ids(&other).len()), (0, 11));
    assert_eq!((tidied(&small, 100 + 86_400), stored_ids(&other).len()), (6, 5));
    add_six();
    let run = test.store.begin_run(start(2)).unwrap();
    let folder = run.begin_job("build", 1).unwrap();
    let mut archive = folder.archive(LIMITS).unwrap();
    archive.entry(&file("a", 1_000_000), std::io::repeat(0)).unwrap();
    archive.finish().unwrap();
    assert_eq!((tidied(run.id(), 100 + 86_401), stored_ids(&other).len()), (6, 5));
}

/// Makes a run unreadable, as root's run is for another user: its lock file is a folder.
fn make_unreadable(test: &TestStore, id: &RunId) {
    let project = inventory(test).projects()[0].runs_folder.path().join(id.as_str());
    fs::remove_file(project.join("lock")).unwrap();
    fs::create_dir(project.join("lock")).unwrap();
}

#[test]
fn a_run_that_cannot_be_read_is_left_out_and_the_others_are_found_and_tidied() {
    let test = TestStore::new();
    let ids: Vec<RunId> = (0..7).map(|run| ended(&test, run, ArchiveExpiry::WithRun)).collect();
    make_unreadable(&test, &ids[3]);
    let runs = test.store.runs().unwrap();
    assert_eq!(runs.readable.len(), 6);
    let unreadable: Vec<String> = runs.unreadable.iter().map(ToString::to_string).collect();
    assert!(unreadable.len() == 1 && unreadable[0].contains(ids[3].as_str()), "{unreadable:?}");
    let inventory = inventory(&test);
    assert_eq!((inventory.projects()[0].runs.len(), inventory.unreadable().len()), (6, 1));
    let tidied = tidy(&places(&test), &test.store, &RetentionRules::default(), &ids[6], at(10)).unwrap();
    assert_eq!(tidied.runs, 1);
    assert_eq!(stored_ids(&test).len(), 5);
}
