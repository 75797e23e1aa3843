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

impl CacheUses {
    /// The key and the result, once a notice decides it.
    pub(super) fn take(&mut self, notice: &FilesNotice) -> Option<(String, CacheResult)> {
        let result = match notice {
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
            FilesNotice::CacheRestored => CacheResult::Hit,
            FilesNotice::CacheNotRestored => CacheResult::Miss,
            FilesNotice::CacheSaved => self.found.unwrap_or(CacheResult::Saved),
            FilesNotice::CacheNotSaved => CacheResult::NotSaved,
            _ => return None,
        };
        Some((self.key.take()?, result))
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
            FilesNotice::CacheRestored,
            saving("a"),
            FilesNotice::CacheSaved,
            saving("b"),
            FilesNotice::CacheUnchanged,
            FilesNotice::CacheSaved,
            saving("c"),
            FilesNotice::CacheEmpty,
            FilesNotice::CacheSaved,
            saving("d"),
            FilesNotice::CacheRefused { error: "full".to_owned() },
            FilesNotice::CacheNotSaved,
        ];
        let mut uses = CacheUses::default();
        let results: Vec<String> = notices
            .iter()
            .filter_map(|notice| uses.take(notice))
            .map(|(key, result)| format!("{key} {result:?}"))
            .collect();
        assert_eq!(results, ["a Miss", "b Hit", "a Saved", "b Unchanged", "c NotSaved", "d NotSaved"]);
    }
}
