//! Checks the store after a process was killed.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use runner_lite::store::{RunState, StoreError, StoreInventory, StoredArchive, StoredCache};

use crate::work::{FILES, content, path, places, store};

/// Checks a store, and counts what it sees.
pub(crate) struct Checker {
    folder: PathBuf,
    runs: u64,
    aborted: u64,
    archives: u64,
    kills_with_leftovers: u64,
    leftover_bytes: u64,
    caches: u64,
    newer_caches: u64,
}

impl Checker {
    pub(crate) fn new(folder: &Path) -> Self {
        let folder = folder.to_owned();
        Self {
            folder,
            runs: 0,
            aborted: 0,
            archives: 0,
            kills_with_leftovers: 0,
            leftover_bytes: 0,
            caches: 0,
            newer_caches: 0,
        }
    }

    /// Checks everything, and removes the leftovers. `saved` is the generation of the cache that was acknowledged last, or
    /// 0. Returns the generation that the cache has.
    pub(crate) fn check_killed(&mut self, saved: u64) -> u64 {
        let generation = self.check_caches(saved);
        self.check_runs();
        let freed = StoreInventory::read(&places(&self.folder)).unwrap().remove_leftovers().unwrap();
        self.kills_with_leftovers += u64::from(freed > 0);
        self.leftover_bytes += freed;
        assert_eq!(self.check_caches(generation), generation, "the leftovers are no part of the cache");
        generation
    }

    /// Checks that nothing is left when nobody works any more.
    pub(crate) fn check_end(&mut self) {
        self.check_runs();
        let inventory = StoreInventory::read(&places(&self.folder)).unwrap();
        inventory.remove_leftovers().unwrap();
        assert_eq!(inventory.remove_leftovers().unwrap(), 0);
        let mut names = Vec::new();
        names_below(&self.folder, &mut names);
        let strange = names.iter().filter(|name| name.contains(".new-") || name.contains(".removed-"));
        assert_eq!(strange.collect::<Vec<_>>(), Vec::<&String>::new());
        let tars = names.iter().filter(|name| name.ends_with(".tar") && name.contains("/caches/")).count();
        assert_eq!(tars, inventory.caches()[0].caches.len(), "each cache has one archive");
    }

    pub(crate) fn summary(&self) -> String {
        let Self {
            runs, aborted, archives, kills_with_leftovers, leftover_bytes, caches, newer_caches, ..
        } = self;
        format!(
            "{runs} runs seen, {aborted} of them aborted; {archives} archives and {caches} caches read in full, none \
             damaged; {newer_caches} kills between a save and its acknowledgement; {kills_with_leftovers} kills left \
             something, {leftover_bytes} bytes, which were removed"
        )
    }

    fn check_caches(&mut self, saved: u64) -> u64 {
        let store = store(&self.folder);
        let lookup = |key| store.caches().lookup(key, Timestamp::now()).unwrap();
        if let Some(shared) = lookup("shared") {
            self.read_cache(&shared);
        }
        let Some(cache) = lookup("killed") else {
            assert_eq!(saved, 0, "the cache is lost");
            return 0;
        };
        let generation = self.read_cache(&cache);
        assert!(generation == saved || generation == saved + 1, "generation {generation} after {saved}");
        self.newer_caches += u64::from(generation > saved);
        generation
    }

    fn read_cache(&mut self, cache: &StoredCache) -> u64 {
        let generation = cache.record.origin.fingerprint.parse().unwrap();
        read(&cache.archive, generation);
        self.caches += 1;
        generation
    }

    fn check_runs(&mut self) {
        for run in store(&self.folder).runs().unwrap().readable {
            // The living process may remove it meanwhile.
            let Some(_pin) = run.pin(Timestamp::now()).unwrap() else { continue };
            self.runs += 1;
            self.aborted += u64::from(run.state() == RunState::Aborted);
            let Some(record) = run.record() else {
                // The living process may be creating it.
                assert!(matches!(run.state(), RunState::Aborted | RunState::Running));
                continue;
            };
            let iid = record.iid;
            for job in run.jobs().unwrap() {
                read(&job.archive().unwrap().unwrap(), iid);
                read(&job.report("junit").unwrap().unwrap(), iid);
                assert_eq!(job.index().unwrap().map(Result::unwrap).count() as u64, FILES);
                assert_eq!(job.dotenv().unwrap().variables[0].1, iid.to_string());
                self.archives += 2;
            }
        }
    }
}

/// Reads an archive and compares it with what was stored.
fn read(archive: &StoredArchive, generation: u64) {
    let mut file = 0;
    let result = archive.for_each::<StoreError>(|entry, reader| {
        let mut found = Vec::new();
        reader.read_to_end(&mut found).unwrap();
        assert!(entry.path == path(file) && found == content(generation, file), "file {file}");
        file += 1;
        Ok(())
    });
    result.unwrap();
    assert_eq!(file, FILES);
}

/// The paths of all files and folders below `folder`.
fn names_below(folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        names.push(entry.path().to_str().unwrap().to_owned());
        if entry.file_type().unwrap().is_dir() {
            names_below(&entry.path(), names);
        }
    }
}
