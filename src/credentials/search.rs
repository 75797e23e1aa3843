//! The search for an image's credentials, and how it went with every entry.

use thiserror::Error;

use super::helper::HelperError;
use super::memory::Helpers;
use crate::registry::auth_config::{Auth, AuthConfigError};
use crate::registry::credential_source::CredentialSource;
use crate::registry::ranking::{CredentialEntry, Holder, entries, rank};
use crate::registry::registry_path::RegistryPath;

/// What came of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSearch {
    /// Where the image lies.
    pub image: RegistryPath,
    /// The credentials, with the position of their source.
    pub found: Option<(usize, Auth)>,
    /// Every entry of every source that was looked at, best first.
    pub entries: Vec<ConsideredEntry>,
    /// Sources that are of no use.
    pub failures: Vec<SourceFailure>,
}

/// A source that is of no use, as a whole, as in GitLab Runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFailure {
    /// Its position.
    pub source: usize,
    /// Why.
    pub error: SourceError,
}

/// Why a source is of no use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SourceError {
    /// Its text.
    #[error(transparent)]
    Config(#[from] AuthConfigError),
    /// One of its helpers.
    #[error(transparent)]
    Helper(#[from] HelperError),
}

impl SourceError {
    /// Whether the job must not go on, as in GitLab Runner: somebody names a program outside of the PATH.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Config(AuthConfigError::HelperName { .. }))
    }
}

/// An entry, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsideredEntry {
    /// Position of its source.
    pub source: usize,
    /// Its key as written; `credsStore` for a store that was not asked.
    pub key: String,
    /// The helper that has its credentials.
    pub helper: Option<String>,
    /// What became of it.
    pub outcome: EntryOutcome,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryOutcome {
    /// Its credentials are used.
    Used,
    /// It is for another registry.
    OtherRegistry,
    /// It is for another part of the registry.
    OtherPath,
    /// There is one for a longer part of the image's path.
    LessExact,
    /// There is one for the same path in an earlier source, or with an earlier key.
    AlreadySet,
    /// It names nobody.
    Empty,
    /// The helper has no credentials for it.
    NotFound,
    /// The source is of no use.
    SourceFailed,
    /// A store that was not asked: what comes before it names the registry already.
    NotAsked,
}

/// Which stores are asked for what they have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stores {
    /// Those that nothing before is for the image: docker itself puts whole registries into a store, never parts of
    /// one.
    IfNeeded,
    /// Every one.
    All,
}

/// Looks for the credentials of `image`.
pub async fn search(sources: &[CredentialSource], image: &str, helpers: &Helpers) -> CredentialSearch {
    let first = search_in(sources, image, helpers, Stores::IfNeeded).await;
    let is_unasked = |entry: &ConsideredEntry| entry.outcome == EntryOutcome::NotAsked;
    if first.found.is_none() && first.entries.iter().any(is_unasked) {
        // What came before the stores was of no use.
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
        search.judge(&entry, outcome);
        if outcome == EntryOutcome::Used {
            used = Some(entry);
        }
    }
    for entry in others {
        let outcome = match entry.path.registry() == search.image.registry() {
            true => EntryOutcome::OtherPath,
            false => EntryOutcome::OtherRegistry,
        };
        search.judge(&entry, outcome);
    }
    search
}

impl CredentialSearch {
    /// The entries of a source, with those of its store if that is asked.
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
        let is_named = |entry: &CredentialEntry| entry.path.covers(&self.image) && !names_nobody(entry);
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
            Holder::Text(_) if names_nobody(entry) => return EntryOutcome::Empty,
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

    fn judge(&mut self, entry: &CredentialEntry, outcome: EntryOutcome) {
        let helper = match &entry.holder {
            Holder::Text(_) => None,
            Holder::Helper(name) => Some(name.program()),
        };
        self.entries.push(ConsideredEntry { source: entry.source, key: entry.key.clone(), helper, outcome });
    }
}

/// `docker login` leaves such an entry where a store has the credentials.
fn names_nobody(entry: &CredentialEntry) -> bool {
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
    async fn every_entry_is_judged() {
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
    async fn a_helper_without_credentials_and_an_empty_entry_leave_it_to_the_next() {
        let one = r#"{"credHelpers": {"r.io/none": "it"}, "auths": {"r.io": {}}}"#;
        let two = format!(r#"{{"auths": {{{}}}}}"#, user("e", "r.io"));
        let expect = "e of 1: 0/r.io/none NotFound, 0/r.io Empty, 1/r.io Used";
        assert_eq!(outcome(&[one, &two], "r.io/none/x").await, expect);
    }

    #[tokio::test]
    async fn a_store_is_listed_and_only_the_key_that_counts_is_asked_for() {
        let store = r#"{"credsStore": "it", "auths": {"store.io": {}}}"#;
        let expect = "helped of 0: 0/https://store.io Used, 0/store.io AlreadySet";
        assert_eq!(outcome(&[store], "store.io/x").await, expect);
        assert_eq!(
            outcome(&[store], "r.io/x").await,
            "nobody: 0/https://store.io OtherRegistry, 0/store.io OtherRegistry"
        );
    }

    #[tokio::test]
    async fn a_store_is_not_asked_where_the_registry_is_named_before_it() {
        let store = r#"{"credsStore": "gone", "credHelpers": {"h.io": "it"}}"#;
        let expect = "helped of 0: 0/credsStore NotAsked, 0/h.io Used";
        assert_eq!(outcome(&[store], "h.io/x").await, expect);
        let one = format!(r#"{{"auths": {{{}}}}}"#, user("a", "r.io"));
        let expect = "a of 0: 1/credsStore NotAsked, 0/r.io Used, 1/h.io OtherRegistry";
        assert_eq!(outcome(&[&one, store], "r.io/x").await, expect);
    }

    #[tokio::test]
    async fn a_store_is_asked_after_all_where_what_comes_before_it_is_of_no_use() {
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
    async fn a_source_that_fails_is_passed_over_as_a_whole() {
        let one = format!(r#"{{"credHelpers": {{"r.io/bad": "it"}}, "auths": {{{}}}}}"#, user("a", "r.io"));
        let two = format!(r#"{{"auths": {{{}}}}}"#, user("e", "r.io"));
        let helper = "credential helper `docker-credential-it`: it failed (exit status: 1)";
        let expect = format!(
            "e of 2: 0/r.io/bad SourceFailed, 0/r.io SourceFailed, 2/r.io Used; it is no JSON: line 1, column 1; {helper}"
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
