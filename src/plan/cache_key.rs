//! The keys of caches: prefix and hash, expansion, and GitLab Runner's sanitising.

#![warn(missing_docs)]

use thiserror::Error;

use super::key_hashes::KeyHashes;
use crate::pipeline::cache::{HashedIds, KeySource};
use crate::vars::expand::{ExpandError, Lookup};

/// The variable that names one more key to look up, for all caches of a job.
const FALLBACK_KEY: &str = "CACHE_FALLBACK_KEY";

/// The end of keys that GitLab's server makes for protected branches. `CACHE_FALLBACK_KEY` must not reach them.
const PROTECTED: &str = "-protected";

/// The end of keys that GitLab's server makes for all other branches. Keys have no such end here.
const NON_PROTECTED: &str = "-non_protected";

/// A key of a cache after expansion and sanitising.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedKey {
    /// The key in the log and in the store; `None` if the cache cannot be used under this key.
    pub key: Option<String>,
    /// The warning to print first.
    pub warning: Option<KeyWarning>,
}

/// A warning about a key. The texts are GitLab Runner's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyWarning {
    /// The key was changed.
    #[error("cache key {written:?} sanitized to {key:?}")]
    Sanitized {
        /// The expanded key.
        written: String,
        /// The key that is used.
        key: String,
    },
    /// Nothing of the key is left.
    #[error("cache key {written:?} could not be sanitized")]
    Unusable {
        /// The expanded key.
        written: String,
    },
    /// `CACHE_FALLBACK_KEY` names caches of protected branches, and is ignored without a further line.
    #[error("CACHE_FALLBACK_KEY {key:?} not allowed to end in \"-protected\"")]
    Protected {
        /// The sanitized key.
        key: String,
    },
}

/// What decides the keys of a job's caches.
pub(super) struct KeyResolver<'a> {
    pub(super) variables: &'a Lookup<'a>,
    pub(super) hashes: &'a KeyHashes,
    /// The name of the job, and the branch or tag: the key if `key` is an empty text.
    pub(super) job: &'a str,
    pub(super) git_ref: &'a str,
    /// Whether keys stay as they are (`FF_HASH_CACHE_KEYS`).
    pub(super) keeps_keys: bool,
}

impl KeyResolver<'_> {
    /// The key of the cache at `index` in the job's list.
    pub(super) fn key(&self, index: usize, source: &KeySource) -> Result<ResolvedKey, ExpandError> {
        match source {
            KeySource::Text(text) if text.is_empty() => {
                let path = clean(&format!("{}/{}", self.job, self.git_ref));
                Ok(self.sanitized(path))
            }
            KeySource::Text(text) => self.expanded(text),
            KeySource::Files { files, hashed, prefix } => {
                let derived = || derived_prefix(index, files, *hashed);
                let prefix = prefix.clone().unwrap_or_else(derived);
                let hash = self.hashes.get(files, *hashed).unwrap_or("default");
                let parts = [&*prefix, hash].into_iter().filter(|part| !part.trim().is_empty());
                self.expanded(&parts.collect::<Vec<_>>().join("-"))
            }
        }
    }

    /// The keys to look up after the cache's own: `fallback_keys`, then `CACHE_FALLBACK_KEY`.
    pub(super) fn fallback_keys(&self, written: &[String]) -> Result<Vec<ResolvedKey>, ExpandError> {
        let mut keys = Vec::new();
        for text in written {
            // GitLab Runner expands these keys twice.
            let expanded = self.variables.expand("cache:fallback_keys", text)?;
            if !expanded.is_empty() {
                keys.push(self.expanded(&expanded)?);
            }
        }
        if let Some(text) = self.variables.get(FALLBACK_KEY).filter(|text| !text.is_empty()) {
            keys.push(unprotected(self.expanded(text)?));
        }
        Ok(keys)
    }

    fn expanded(&self, text: &str) -> Result<ResolvedKey, ExpandError> {
        Ok(self.sanitized(self.variables.expand("cache:key", text)?))
    }

    fn sanitized(&self, written: String) -> ResolvedKey {
        if self.keeps_keys {
            return ResolvedKey { key: Some(written).filter(|key| !key.is_empty()), warning: None };
        }
        let key = sanitize(&written);
        let warning = match &key {
            None if written.is_empty() => None,
            None => Some(KeyWarning::Unusable { written }),
            Some(key) if *key == written => None,
            Some(key) => Some(KeyWarning::Sanitized { written, key: key.clone() }),
        };
        ResolvedKey { key, warning }
    }
}

/// The prefix of a key without `prefix`: the cache's index, and for `files` their names up to the first dot.
fn derived_prefix(index: usize, files: &[String], hashed: HashedIds) -> String {
    let names = files.iter().map(|file| file.split('.').next().unwrap_or_default());
    match hashed {
        HashedIds::Blobs => format!("{index}_{}", names.collect::<Vec<_>>().join("_")),
        HashedIds::Commits => index.to_string(),
    }
}

/// Applies GitLab Runner's rule for `CACHE_FALLBACK_KEY`, and removes the end that only GitLab's server adds.
fn unprotected(mut resolved: ResolvedKey) -> ResolvedKey {
    let Some(key) = resolved.key.take() else { return resolved };
    if key.trim_end_matches(['.', ' ']).ends_with(PROTECTED) {
        let warning = Some(KeyWarning::Protected { key });
        return ResolvedKey { key: None, warning };
    }
    ResolvedKey { key: Some(without_server_suffix(&key).to_owned()), ..resolved }
}

/// Removes `-non_protected`, and the number before it that counts how often the project's caches were cleared.
fn without_server_suffix(key: &str) -> &str {
    let Some(key) = key.strip_suffix(NON_PROTECTED).filter(|key| !key.is_empty()) else { return key };
    match key.rsplit_once('-') {
        Some((rest, number))
            if !rest.is_empty()
                && !number.is_empty()
                && number.bytes().all(|digit| digit.is_ascii_digit()) =>
        {
            rest
        }
        _ => key,
    }
}

/// GitLab Runner's sanitising; `None` if nothing is left.
fn sanitize(key: &str) -> Option<String> {
    let mut parts = Vec::from_iter(clean(&normalized(key)).split('/').map(str::to_owned));
    // Blanks at the end of the last components are removed, and components of nothing else with them.
    while let Some(last) = parts.pop() {
        let trimmed = last.trim_end();
        if !trimmed.is_empty() {
            parts.push(trimmed.to_owned());
            return Some(parts.join("/"));
        }
    }
    None
}

/// Decodes the escapes of `/` and `.`, and replaces `\` by `/`, each once.
fn normalized(key: &str) -> String {
    let mut output = String::with_capacity(key.len());
    let mut rest = key;
    while let Some(first) = rest.chars().next() {
        let escape = rest.get(..3).unwrap_or_default();
        let (character, length) = match escape {
            "%2f" | "%2F" => ('/', 3),
            "%2e" | "%2E" => ('.', 3),
            _ if first == '\\' => ('/', 1),
            _ => (first, first.len_utf8()),
        };
        output.push(character);
        rest = rest.get(length..).unwrap_or_default();
    }
    output
}

/// Resolves `.`, `..` and empty components beneath a root that `..` cannot leave.
fn clean(path: &str) -> String {
    let mut components: Vec<&str> = Vec::new();
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => {
                components.pop();
            }
            name => components.push(name),
        }
    }
    components.join("/")
}

#[cfg(test)]
mod tests;
