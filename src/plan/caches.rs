//! The caches of a job, as plain data.

#![warn(missing_docs)]

use thiserror::Error;

use super::artifacts::SavedWhen;
use super::cache_key::KeyResolver;
pub use super::cache_key::{KeyWarning, ResolvedKey};
use crate::pipeline::cache::Cache;
use crate::vars::expand::ExpandError;

/// One cache, which has `paths` or `untracked`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachePlan {
    /// The key that the cache is looked up and saved under.
    pub key: ResolvedKey,
    /// The keys to look up after that, in this order; the first hit ends the search.
    pub fallback_keys: Vec<ResolvedKey>,
    /// `paths`: globs as in `artifacts`, not expanded.
    pub paths: Vec<String>,
    /// Whether all files that were not delivered as sources belong to the cache.
    pub untracked: bool,
    /// `policy`, expanded. GitLab Runner evaluates it only if the key is usable, and an unknown one fails the job.
    pub policy: Result<CachePolicy, UnknownCachePolicy>,
    /// After which results of the job the cache is saved. It is restored whatever this says.
    pub when: SavedWhen,
}

/// In which directions a cache moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CachePolicy {
    /// It is restored and saved.
    #[default]
    PullPush,
    /// It is only restored.
    Pull,
    /// It is only saved.
    Push,
}

impl CachePolicy {
    /// Whether the cache is restored before the job.
    pub fn restores(self) -> bool {
        self != Self::Push
    }

    /// Whether the cache is saved after the job.
    pub fn saves(self) -> bool {
        self != Self::Pull
    }

    fn parse(word: &str) -> Result<Self, UnknownCachePolicy> {
        match word {
            "" | "pull-push" => Ok(Self::PullPush),
            "pull" => Ok(Self::Pull),
            "push" => Ok(Self::Push),
            _ => Err(UnknownCachePolicy(word.to_owned())),
        }
    }
}

/// A policy that GitLab Runner does not know; the file can get one only from a variable. GitLab Runner adds ` for KEY`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown cache policy {0}")]
pub struct UnknownCachePolicy(pub String);

/// Plans the caches that have something to save.
///
/// # Errors
/// A value over the limit.
pub(super) fn plan_caches(caches: &[Cache], keys: &KeyResolver<'_>) -> Result<Vec<CachePlan>, ExpandError> {
    let numbered = caches.iter().enumerate().filter(|(_, cache)| cache.has_files());
    numbered.map(|(index, cache)| plan_cache(index, cache, keys)).collect()
}

fn plan_cache(index: usize, cache: &Cache, keys: &KeyResolver<'_>) -> Result<CachePlan, ExpandError> {
    let policy = keys.variables.expand("cache:policy", &cache.policy)?;
    Ok(CachePlan {
        key: keys.key(index, &cache.key)?,
        fallback_keys: keys.fallback_keys(&cache.fallback_keys)?,
        paths: cache.paths.clone(),
        untracked: cache.untracked,
        policy: CachePolicy::parse(&policy),
        when: cache.when,
    })
}

#[cfg(test)]
mod tests;
