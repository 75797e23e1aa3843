//! The answer of `cache list`.

use jiff::Timestamp;
use serde::Serialize;

use super::age::age;
use super::json::json_answer;
use super::table::table;
use crate::amount::size;
use crate::store::ListedCache;

/// The list as a table.
pub fn text(caches: &[ListedCache], now: Timestamp) -> String {
    let row = |cache: &ListedCache| {
        let record = &cache.record;
        [
            record.key.clone(),
            record.origin.job.clone(),
            age(record.saved, now),
            age(cache.used, now),
            record.size.files.to_string(),
            size(record.size.bytes),
        ]
    };
    table(["KEY", "SAVED BY", "SAVED", "USED", "FILES", "SIZE"], caches.iter().map(row))
}

/// The list as a JSON array.
pub fn json(caches: &[ListedCache]) -> String {
    json_answer(&caches.iter().map(JsonCache::of).collect::<Vec<_>>())
}

#[derive(Serialize)]
struct JsonCache<'c> {
    key: &'c str,
    job: &'c str,
    run: &'c str,
    saved: String,
    used: String,
    files: u64,
    bytes: u64,
}

impl<'c> JsonCache<'c> {
    fn of(cache: &'c ListedCache) -> Self {
        let record = &cache.record;
        Self {
            key: &record.key,
            job: &record.origin.job,
            run: &record.origin.run,
            saved: record.saved.to_string(),
            used: cache.used.to_string(),
            files: record.size.files,
            bytes: record.size.bytes,
        }
    }
}
