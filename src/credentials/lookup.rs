//! Searches the sources for an image's credentials, and records the outcome for every entry.

use thiserror::Error;

use super::helper::HelperError;
use super::memory::Helpers;
use crate::registry::auth_config::{Auth, AuthConfigError};
use crate::registry::credential_source::CredentialSource;
use crate::registry::entry_ranking::{CredentialEntry, Holder, entries, rank};
use crate::registry::registry_path::RegistryPath;

/// The result of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSearch {
    /// The image's registry and path.
    pub image: RegistryPath,
    /// The credentials, with the index of their source.
    pub found: Option<(usize, Auth)>,
    /// All entries of all sources, the best match first.
    pub entries: Vec<ConsideredEntry>,
    /// The sources that failed.
    pub failures: Vec<SourceFailure>,
}

/// A source that failed. None of its entries is used, as in GitLab Runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFailure {
    /// The index of the source.
    pub source: usize,
    pub error: SourceError,
}

/// Why a source failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SourceError {
    /// Its text is not a valid configuration.
    #[error(transparent)]
    Config(#[from] AuthConfigError),
    /// One of its helpers failed.
    #[error(transparent)]
    Helper(#[from] HelperError),
}

impl SourceError {
    /// Whether the user may have expected the source to be used.
    pub fn is_surprising(&self) -> bool {
        !matches!(self, Self::Config(AuthConfigError::NotRead))
    }

    /// Whether the job must fail, as in GitLab Runner: the source names a helper outside of the PATH.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Config(AuthConfigError::HelperName { .. }))
    }
}

/// An entry of a source, and its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsideredEntry {
    /// The index of the source.
    pub source: usize,
    /// The entry's key as written; `credsStore` for a store that was not asked.
    pub key: String,
    /// The helper that stores the credentials.
    pub helper: Option<String>,
    pub outcome: EntryOutcome,
}

/// Whether an entry is used, or why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryOutcome {
    /// Its credentials are used.
    Used,
    /// The entry is for another registry.
    OtherRegistry,
    /// The entry is for another path of the registry.
    OtherPath,
    /// Another entry covers a longer part of the image's path.
    LessExact,
    /// An earlier source or an earlier key has the same path.
    AlreadySet,
    /// The entry has neither a user nor a token.
    Empty,
    /// The helper has no credentials for it.
    NotFound,
    /// The entry's source failed.
    SourceFailed,
    /// The store was not asked, because an earlier entry is for the registry.
    NotAsked,
}

/// Which credential stores are asked to list their keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stores {
    /// Stores without an earlier entry for the image. docker stores credentials of whole registries only.
    IfNeeded,
    /// All stores.
    All,
}

/// Searches for the credentials of `image`.
pub async fn search(sources: &[CredentialSource], image: &str, helpers: &Helpers) -> CredentialSearch {
    let first = search_in(sources, image, helpers, Stores::IfNeeded).await;
    let is_unasked = |entry: &ConsideredEntry| entry.outcome == EntryOutcome::NotAsked;
    if first.found.is_none() && first.entries.iter().any(is_unasked) {
        // The entries before the stores had no credentials.
        return search_in(sources, image, helpers, Stores::All).await;
    }
    first
}

async fn search_in(
    sources: &[CredentialSource],
    image: &str,
    helpers: &Helpers,
    stores: Stores,
) -> CredentialSearch {
    let image = RegistryPath::of_image(image);
    let mut search = CredentialSearch { image, found: None, entries: Vec::new(), failures: Vec::new() };
    let mut all = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let own = search.entries_of(index, source, &all, (helpers, stores)).await;
        all.extend(own);
    }
    let (candidates, others) = rank(&search.image, all);
    let mut used: Option<CredentialEntry> = None;
    for entry in candidates {
        let outcome = match &used {
            Some(used) if used.path == entry.path => EntryOutcome::AlreadySet,
            Some(_) => EntryOutcome::LessExact,
            None => search.attempt(&entry, helpers).await,
        };
        search.record(&entry, outcome);
        if outcome == EntryOutcome::Used {
            used = Some(entry);
        }
    }
    for entry in others {
        let outcome = match entry.path.registry() == search.image.registry() {
            true => EntryOutcome::OtherPath,
            false => EntryOutcome::OtherRegistry,
        };
        search.record(&entry, outcome);
    }
    search
}

impl CredentialSearch {
    /// The entries of a source, and those of its store if the store is asked.
    async fn entries_of(
        &mut self,
        index: usize,
        source: &CredentialSource,
        earlier: &[CredentialEntry],
        (helpers, stores): (&Helpers, Stores),
    ) -> Vec<CredentialEntry> {
        let config = match &source.config {
            Ok(config) => config,
            Err(error) => {
                self.fail(index, error.clone());
                return Vec::new();
            }
        };
        let own = entries(index, config, &[]);
        let Some(store) = &config.store else { return own };
        let is_named = |entry: &CredentialEntry| entry.path.covers(&self.image) && !is_empty(entry);
        let by_helper = |entry: &&CredentialEntry| matches!(entry.holder, Holder::Helper(_));
        let is_settled = earlier.iter().any(is_named) || own.iter().filter(by_helper).any(is_named);
        if is_settled && stores == Stores::IfNeeded {
            let (key, helper) = ("credsStore".to_owned(), Some(store.program()));
            self.entries.push(ConsideredEntry {
                source: index,
                key,
                helper,
                outcome: EntryOutcome::NotAsked,
            });
            return own;
        }
        match helpers.list(store).await {
            Ok(listed) => entries(index, config, &listed),
            Err(error) => {
                self.fail(index, error);
                own
            }
        }
    }

    async fn attempt(&mut self, entry: &CredentialEntry, helpers: &Helpers) -> EntryOutcome {
        if self.failures.iter().any(|failure| failure.source == entry.source) {
            return EntryOutcome::SourceFailed;
        }
        let auth = match &entry.holder {
            Holder::Text(_) if is_empty(entry) => return EntryOutcome::Empty,
            Holder::Text(auth) => Ok(Some(auth.clone())),
            Holder::Helper(name) => helpers.get(name, &entry.key).await,
        };
        match auth {
            Ok(Some(auth)) => {
                self.found = Some((entry.source, auth));
                EntryOutcome::Used
            }
            Ok(None) => EntryOutcome::NotFound,
            Err(error) => {
                self.fail(entry.source, error);
                EntryOutcome::SourceFailed
            }
        }
    }

    fn fail(&mut self, source: usize, error: impl Into<SourceError>) {
        self.failures.push(SourceFailure { source, error: error.into() });
    }

    fn record(&mut self, entry: &CredentialEntry, outcome: EntryOutcome) {
        let helper = match &entry.holder {
            Holder::Text(_) => None,
            Holder::Helper(name) => Some(name.program()),
        };
        self.entries.push(ConsideredEntry { source: entry.source, key: entry.key.clone(), helper, outcome });
    }
}

/// Whether an entry has no credentials. `docker login` writes such an entry if a store has them.
fn is_empty(entry: &CredentialEntry) -> bool {
    matches!(&entry.holder, Holder::Text(auth) if auth.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str, key: &str) -> String {
        format!(r#""{key}": {{"username": "{name}", "password": "p"}}"#)
    }

    async fn outcome(texts: &[&str], image: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let script = "#!/bin/sh\nif [ $1 = list ]; then echo '{\"https://store.io\": \"u\"}'; exit; fi\n\
                      read key\ncase $key in *none*) echo credentials not found in native keychain; exit 1;;\n\
                      *bad*) exit 1;; esac\necho \"{\\\"Username\\\": \\\"helped\\\", \\\"Secret\\\": \\\"p\\\"}\"\n";
        let program = folder.path().join("docker-credential-it");
        crate::credentials::helper::tests::write_program(&program, script);
        let sources =
            texts.iter().enumerate().map(|(index, text)| CredentialSource::new(index.to_string(), text));
        let sources: Vec<_> = sources.collect();
        let found = search(&sources, image, &Helpers::new(Some(folder.path().into()))).await;
        let used = found
            .found
            .map_or("nobody".to_owned(), |(source, auth)| format!("{} of {source}", auth.username));
        let outcomes: Vec<_> = found
            .entries
            .iter()
            .map(|entry| format!("{}/{} {:?}", entry.source, entry.key, entry.outcome))
            .collect();
        let failures =
            found.failures.iter().map(|failure| format!("; {}", failure.error)).collect::<String>();
        format!("{used}: {}{failures}", outcomes.join(", "))
    }

    #[tokio::test]
    async fn every_entry_has_an_outcome() {
        let one = format!(
            r#"{{"auths": {{{}, {}, {}, {}}}}}"#,
            user("a", "r.io"),
            user("b", "r.io/g"),
            user("c", "r.io/other"),
            user("d", "s.io")
        );
        let two = format!(r#"{{"auths": {{{}}}}}"#, user("e", "r.io/g"));
        let expect = "b of 0: 0/r.io/g Used, 1/r.io/g AlreadySet, 0/r.io LessExact, 0/r.io/other OtherPath, \
                      0/s.io OtherRegistry";
        assert_eq!(outcome(&[&one, &two], "r.io/g/x:1").await, expect);
    }

    #[tokio::test]
    async fn a_helper_without_credentials_and_an_empty_entry_are_skipped() {
        let one = r#"{"credHelpers": {"r.io/none": "it"}, "auths": {"r.io": {}}}"#;
        let two = format!(r#"{{"auths": {{{}}}}}"#, user("e", "r.io"));
        let expect = "e of 1: 0/r.io/none NotFound, 0/r.io Empty, 1/r.io Used";
        assert_eq!(outcome(&[one, &two], "r.io/none/x").await, expect);
    }

    #[tokio::test]
    async fn a_store_is_listed_and_asked_for_the_matching_key_only() {
        let store = r#"{"credsStore": "it", "auths": {"store.io": {}}}"#;
        let expect = "helped of 0: 0/https://store.io Used, 0/store.io AlreadySet";
        assert_eq!(outcome(&[store], "store.io/x").await, expect);
        assert_eq!(
            outcome(&[store], "r.io/x").await,
            "nobody: 0/https://store.io OtherRegistry, 0/store.io OtherRegistry"
        );
    }

    #[tokio::test]
    async fn a_store_is_not_asked_if_an_earlier_entry_is_for_the_registry() {
        let store = r#"{"credsStore": "gone", "credHelpers": {"h.io": "it"}}"#;
        let expect = "helped of 0: 0/credsStore NotAsked, 0/h.io Used";
        assert_eq!(outcome(&[store], "h.io/x").await, expect);
        let one = format!(r#"{{"auths": {{{}}}}}"#, user("a", "r.io"));
        let expect = "a of 0: 1/credsStore NotAsked, 0/r.io Used, 1/h.io OtherRegistry";
        assert_eq!(outcome(&[&one, store], "r.io/x").await, expect);
    }

    #[tokio::test]
    async fn a_store_is_asked_if_earlier_entries_have_no_credentials() {
        let store = r#"{"credsStore": "it"}"#;
        let none = r#"{"credHelpers": {"store.io/none": "it"}}"#;
        let expect = "helped of 1: 0/store.io/none NotFound, 1/https://store.io Used";
        assert_eq!(outcome(&[none, store], "store.io/none/x").await, expect);
        let gone = r#"{"credHelpers": {"store.io": "gone"}}"#;
        let found = outcome(&[gone, store], "store.io/x").await;
        assert!(
            found.starts_with("helped of 1: 0/store.io SourceFailed, 1/https://store.io Used; "),
            "{found}"
        );
    }

    #[tokio::test]
    async fn only_the_helper_that_the_registry_needs_is_run() {
        let helpers = r#"{"credHelpers": {"r.io": "it", "s.io": "gone"}}"#;
        assert_eq!(outcome(&[helpers], "r.io/x").await, "helped of 0: 0/r.io Used, 0/s.io OtherRegistry");
    }

    #[tokio::test]
    async fn no_entry_of_a_failed_source_is_used() {
        let one = format!(r#"{{"credHelpers": {{"r.io/bad": "it"}}, "auths": {{{}}}}}"#, user("a", "r.io"));
        let two = format!(r#"{{"auths": {{{}}}}}"#, user("e", "r.io"));
        let helper = "credential helper `docker-credential-it`: it failed (exit status: 1)";
        let expect = format!(
            "e of 2: 0/r.io/bad SourceFailed, 0/r.io SourceFailed, 2/r.io Used; it is not valid JSON: line 1, \
             column 1; {helper}"
        );
        assert_eq!(outcome(&[&one, "{", &two], "r.io/bad/x").await, expect);
        let gone = "credential helper `docker-credential-gone`: there is no such program on the PATH";
        assert_eq!(outcome(&[r#"{"credsStore": "gone"}"#], "r.io/x").await, format!("nobody: ; {gone}"));
    }

    #[tokio::test]
    async fn a_program_outside_of_the_path_is_fatal() {
        let sources = [CredentialSource::new("0", r#"{"credsStore": "a/b"}"#)];
        let found = search(&sources, "r.io/x", &Helpers::new(None)).await;
        assert!(found.failures.iter().all(|failure| failure.error.is_fatal()));
        assert_eq!(found.failures.len(), 1);
    }
}
