//! The hashes over files in the keys of caches (`cache:key:files`, `cache:key:files_commits`).

#![warn(missing_docs)]

use std::collections::{BTreeSet, HashMap};

use sha1_smol::Sha1;

use crate::pipeline::cache::{HashedIds, KeySource};
use crate::pipeline::job::Job;

/// The project's files, as far as keys depend on them. The methods are called only for jobs with such keys.
pub trait KeyFiles {
    /// The ids of the files that match one of these paths or patterns; of absent files there is none.
    fn ids(&self, patterns: &[String], hashed: HashedIds) -> Vec<String>;
}

/// The hash of each list of files in a job's keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyHashes(HashMap<(Vec<String>, HashedIds), String>);

impl KeyHashes {
    /// Hashes the files in the keys of a job's caches.
    pub fn of(job: &Job, files: &dyn KeyFiles) -> Self {
        let mut hashes = HashMap::new();
        for cache in job.caches.iter().filter(|cache| cache.has_files()) {
            if let KeySource::Files { files: patterns, hashed, .. } = &cache.key {
                let ids: BTreeSet<String> = files.ids(patterns, *hashed).into_iter().collect();
                if !ids.is_empty() {
                    hashes.insert((patterns.clone(), *hashed), hash(&ids));
                }
            }
        }
        Self(hashes)
    }

    /// The hash for these files; `None` if none of them exists.
    pub(super) fn get(&self, files: &[String], hashed: HashedIds) -> Option<&str> {
        self.0.get(&(files.to_vec(), hashed)).map(String::as_str)
    }
}

/// GitLab's hash: the SHA-1 of the sorted distinct ids, joined by `-`.
fn hash(ids: &BTreeSet<String>) -> String {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    Sha1::from(ids.join("-")).digest().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_made_of_the_sorted_ids() {
        let ids = ["b", "a"].map(str::to_owned).into_iter().collect();
        assert_eq!(hash(&ids), Sha1::from("a-b").digest().to_string());
    }
}
