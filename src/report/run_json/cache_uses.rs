//! What happens to the caches of a job: the notices about one cache follow each other, and only the first one has its key.

use super::event_record::CacheResult;
use crate::executor::files_notice::FilesNotice;

/// The caches of a job.
#[derive(Debug, Default)]
pub(super) struct CacheUses {
    /// The key of the cache that the notices are about.
    key: Option<String>,
    /// What was said of that cache before the last word on it.
    found: Option<CacheResult>,
}

/// What happened to one cache.
#[derive(Debug)]
pub(super) struct ToldCache {
    pub(super) key: String,
    pub(super) result: CacheResult,
    /// The size of the files that were delivered or stored.
    pub(super) bytes: Option<u64>,
}

impl CacheUses {
    /// What happened to a cache, once a notice decides it.
    pub(super) fn take(&mut self, notice: &FilesNotice) -> Option<ToldCache> {
        let (result, bytes) = match notice {
            FilesNotice::CacheLookedUp { key } | FilesNotice::CacheSaving { key } => {
                (self.key, self.found) = (Some(key.clone()), None);
                return None;
            }
            FilesNotice::CacheUnchanged => {
                self.found = Some(CacheResult::Unchanged);
                return None;
            }
            // The store keeps what it has, which the log then calls saved.
            FilesNotice::CacheEmpty => {
                self.found = Some(CacheResult::NotSaved);
                return None;
            }
            FilesNotice::CacheRestored { bytes } => (CacheResult::Hit, Some(*bytes)),
            FilesNotice::CacheNotRestored => (CacheResult::Miss, None),
            FilesNotice::CacheSaved { bytes } => (self.found.unwrap_or(CacheResult::Saved), *bytes),
            FilesNotice::CacheNotSaved => (CacheResult::NotSaved, None),
            _ => return None,
        };
        Some(ToldCache { key: self.key.take()?, result, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_notice_about_a_cache_decides_and_the_first_has_its_key() {
        let looked_up = |key: &str| FilesNotice::CacheLookedUp { key: key.to_owned() };
        let saving = |key: &str| FilesNotice::CacheSaving { key: key.to_owned() };
        let notices = [
            looked_up("a"),
            FilesNotice::CacheMissing,
            FilesNotice::CacheNotRestored,
            looked_up("b"),
            FilesNotice::CacheRestored { bytes: 5 },
            saving("a"),
            FilesNotice::CacheSaved { bytes: Some(7) },
            saving("b"),
            FilesNotice::CacheUnchanged,
            FilesNotice::CacheSaved { bytes: None },
            saving("c"),
            FilesNotice::CacheEmpty,
            FilesNotice::CacheSaved { bytes: None },
            saving("d"),
            FilesNotice::CacheRefused { error: "full".to_owned() },
            FilesNotice::CacheNotSaved,
        ];
        let mut uses = CacheUses::default();
        let results: Vec<String> = notices
            .iter()
            .filter_map(|notice| uses.take(notice))
            .map(|used| format!("{} {:?} {:?}", used.key, used.result, used.bytes))
            .collect();
        let expected = ["a Miss None", "b Hit Some(5)", "a Saved Some(7)", "b Unchanged None"];
        assert_eq!(results, [&expected[..], &["c NotSaved None", "d NotSaved None"]].concat());
    }
}
