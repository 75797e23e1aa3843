use super::*;
use crate::store::leftover;
use crate::store::testing::{TestStore, at, file};

fn origin(fingerprint: &str) -> CacheOrigin {
    CacheOrigin { job: "build".to_owned(), run: "r".to_owned(), fingerprint: fingerprint.to_owned() }
}

fn save(caches: &CacheStore, key: &str, content: &str) {
    let mut writer = caches.writer(key, ArchiveLimits::new(1000)).unwrap();
    writer.archive().entry(&file("a", content.len()), content.as_bytes()).unwrap();
    writer.commit(origin(content), at(10)).unwrap();
}

fn content(cache: &StoredCache) -> String {
    let mut text = String::new();
    let read = cache.archive.for_each::<StoreError>(|_, content| {
        content.read_to_string(&mut text).unwrap();
        Ok(())
    });
    read.unwrap();
    text
}

#[test]
fn a_cache_is_replaced_as_a_whole_and_its_readers_keep_the_old_one() {
    let test = TestStore::new();
    let caches = test.store.caches();
    assert!(caches.lookup("a/b", at(20)).unwrap().is_none());
    save(caches, "a/b", "old");
    let old = caches.lookup("a/b", at(20)).unwrap().unwrap();
    drop(caches.writer("a/b", ArchiveLimits::new(1000)).unwrap());
    assert_eq!(caches.lookup("a/b", at(20)).unwrap().unwrap().record.origin, origin("old"));
    save(caches, "a/b", "new one");
    let new = caches.lookup("a/b", at(20)).unwrap().unwrap();
    assert_eq!((content(&old), content(&new)), ("old".to_owned(), "new one".to_owned()));
    assert_eq!(new.record.origin, origin("new one"));
    assert_eq!(caches.list().unwrap().len(), 1);
}

#[test]
fn caches_are_listed_by_their_last_use_and_cleared_by_key() {
    let test = TestStore::new();
    let caches = test.store.caches();
    save(caches, "a", "1");
    save(caches, "b", "2");
    caches.lookup("b", at(100)).unwrap().unwrap();
    caches.lookup("a", at(200)).unwrap().unwrap();
    let listed = caches.list().unwrap();
    let keys: Vec<_> = listed.iter().map(|cache| (&*cache.record.key, cache.used)).collect();
    assert_eq!(keys, [("b", at(100)), ("a", at(200))]);
    assert!(listed[0].bytes > 1024, "{}", listed[0].bytes);
    assert_eq!((caches.clear(&listed[1]).unwrap(), caches.clear(&listed[1]).unwrap()), (true, false));
    assert!(caches.lookup("a", at(300)).unwrap().is_none());
}

#[test]
fn writers_that_give_up_meanwhile_do_not_end_the_removal_of_leftovers() {
    let test = TestStore::new();
    let caches = test.store.caches();
    for _ in 0..5 {
        let writers: Vec<CacheWriter> =
            (0..200).map(|_| caches.writer("a", ArchiveLimits::new(1000)).unwrap()).collect();
        std::thread::scope(|scope| {
            scope.spawn(|| drop(writers));
            for _ in 0..50 {
                caches.visit_leftovers(leftover::remove).unwrap();
            }
        });
    }
}

#[test]
fn a_cache_of_a_later_version_is_no_leftover_and_neither_listed_nor_used() {
    let test = TestStore::new();
    let caches = test.store.caches();
    save(caches, "a", "1");
    save(caches, "b", "2");
    let folder = caches.path().join(folder_of_key("a"));
    let record = std::fs::read_to_string(folder.join(RECORD)).unwrap();
    std::fs::write(folder.join(RECORD), record.replace("\"version\": 1", "\"version\": 2")).unwrap();
    assert_eq!(caches.visit_leftovers(leftover::remove).unwrap(), 0);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    assert_eq!(caches.list().unwrap().len(), 1);
    let refused = caches.lookup("a", at(20)).unwrap_err().to_string();
    assert!(refused.contains("it has the version 2"), "{refused}");
    // A record that was cut by a power failure is a leftover, and so is the archive.
    std::fs::write(folder.join(RECORD), "").unwrap();
    assert!(caches.visit_leftovers(leftover::remove).unwrap() > 1024);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn a_cache_whose_key_is_shown_otherwise_is_found_and_cleared() {
    let test = TestStore::new();
    let caches = test.store.caches();
    let mut writer = caches.writer("k-hunter22", ArchiveLimits::new(1000)).unwrap();
    writer.show_key_as("k-[MASKED]".to_owned());
    writer.commit(origin(""), at(10)).unwrap();
    assert!(caches.lookup("k-hunter22", at(20)).unwrap().is_some());
    let listed = caches.list().unwrap();
    assert_eq!(listed[0].record.key, "k-[MASKED]");
    assert!(caches.clear(&listed[0]).unwrap());
    assert!(caches.lookup("k-hunter22", at(30)).unwrap().is_none());
}
