//! `cache`: what a job keeps for later runs. Values of the wrong form are reported by `shapes` and are ignored here.

use super::artifacts::texts;
use super::decode::{boolean, flatten_fully, invalid_value, present};
use super::exclusive_keys::check_exactly_one;
use super::saved_when::SavedWhen;
use crate::source::diagnostic::Diagnostics;
use crate::source::map::Span;
use crate::source::node::{Node, Value};

/// The most `fallback_keys` of a cache; GitLab's limit.
const FALLBACK_KEYS_MAX: usize = 5;

/// The most `files` of a key; GitLab's limit unless its feature flag `increase_ci_cache_key_files_limit` is on.
const KEY_FILES_MAX: usize = 2;

/// One cache of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    pub key: KeySource,
    /// Keys to look up if there is no cache under `key`, not expanded.
    pub fallback_keys: Vec<String>,
    pub paths: Vec<String>,
    /// Whether all files that are not sources are saved.
    pub untracked: bool,
    /// `policy`, not expanded; empty for the default.
    pub policy: String,
    pub when: SavedWhen,
    pub span: Span,
}

/// What the key of a cache is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A text, not expanded.
    Text(String),
    /// A hash over files of the project.
    Files {
        /// Paths and patterns, relative to the project's root. They cannot contain variables.
        files: Vec<String>,
        hashed: HashedIds,
        /// The text before the hash, not expanded; `None` for one that GitLab derives from the names of the files.
        prefix: Option<String>,
    },
}

/// Which ids the hash of a key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashedIds {
    /// `files`: git's ids of the contents.
    Blobs,
    /// `files_commits`: the ids of the last commits that changed the files.
    Commits,
}

impl Cache {
    /// Whether there is anything to save. GitLab Runner passes over other caches.
    pub fn has_files(&self) -> bool {
        !self.paths.is_empty() || self.untracked
    }
}

/// Decodes `cache`. `path` is the path of the job: `jobs:test`.
pub fn decode_caches(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<Cache> {
    let path = format!("{path}:cache");
    let items = flatten_fully(node).into_iter().filter(|item| matches!(item.value, Value::Mapping(_)));
    items.map(|item| decode_cache(item, &path, diagnostics)).collect()
}

fn decode_cache(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Cache {
    let fallback_keys = texts(node, "fallback_keys");
    if let Some(written) = present(node, "fallback_keys").filter(|_| fallback_keys.len() > FALLBACK_KEYS_MAX)
    {
        let message = format!("{path} fallback keys has to many entries (maximum {FALLBACK_KEYS_MAX})");
        diagnostics.push(invalid_value(written, message, "").help("remove some of them"));
    }
    let text = |key: &str| present(node, key).and_then(Node::as_str);
    Cache {
        key: match present(node, "key") {
            Some(key) => decode_key(key, &format!("{path}:key"), diagnostics),
            None => KeySource::Text("default".to_owned()),
        },
        fallback_keys,
        paths: texts(node, "paths"),
        untracked: present(node, "untracked").and_then(boolean).unwrap_or_default(),
        policy: text("policy").unwrap_or_default().to_owned(),
        when: text("when").and_then(SavedWhen::parse).unwrap_or_default(),
        span: node.span,
    }
}

fn decode_key(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> KeySource {
    let Value::Mapping(_) = &node.value else {
        check_key_text(node, path, diagnostics);
        return KeySource::Text(node.key_text());
    };
    let prefix = present(node, "prefix");
    if let Some(prefix) = prefix {
        check_key_text(prefix, &format!("{path}:prefix"), diagnostics);
    }
    let written = [("files", HashedIds::Blobs), ("files_commits", HashedIds::Commits)]
        .map(|(key, hashed)| (present(node, key), key, hashed));
    let advice = "name the files that the key depends on: `files: [package-lock.json]`";
    check_exactly_one(node, path, &written.map(|(_, key, _)| key), advice, diagnostics);
    let found = written.into_iter().find_map(|(files, key, hashed)| Some((files?, key, hashed)));
    let (files, hashed) = match found {
        Some((files, key, hashed)) => {
            check_key_files(files, &format!("{path}:{key}"), diagnostics);
            (texts(node, key), hashed)
        }
        None => (Vec::new(), HashedIds::Blobs),
    };
    let files = files.iter().map(|file| file.trim_start_matches('/').to_owned());
    KeySource::Files { files: files.collect(), hashed, prefix: prefix.map(Node::key_text) }
}

fn check_key_files(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Value::Sequence(items) = &node.value else { return };
    match items.len() {
        0 => {
            let problem = invalid_value(node, format!("{path} config requires at least 1 item"), "");
            diagnostics.push(problem.help("name a file, such as `package-lock.json`"));
        }
        count if count > KEY_FILES_MAX => {
            let message = format!("{path} config has too many items (maximum is {KEY_FILES_MAX})");
            diagnostics.push(invalid_value(node, message, "").help(
                "name fewer files; only a server with the feature flag `increase_ci_cache_key_files_limit` accepts \
                 more",
            ));
        }
        _ => {}
    }
}

/// Checks a key, or a prefix of one, as GitLab does before variables are expanded.
fn check_key_text(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Some(text) = node.as_str() else { return };
    let decoded = percent_decoded(text);
    let rule = match &*decoded {
        "." | ".." => "cannot be \".\" or \"..\"",
        decoded if decoded.contains('/') => "cannot contain the \"/\" character",
        _ => return,
    };
    let problem = invalid_value(node, format!("{path} config {rule}"), "");
    diagnostics.push(problem.help("use `-` instead; a variable may contain `/`"));
}

/// Decodes the escapes of `/` and `.` in a key.
fn percent_decoded(text: &str) -> String {
    let slashes = text.replace("%2f", "/").replace("%2F", "/");
    slashes.replace("%2e", ".").replace("%2E", ".")
}

#[cfg(test)]
mod tests;
