//! The options of `clean`.

use std::time::Duration;

use crate::cli::arguments::{CleanArgs, ColorArgument};
use crate::cli::options::configured_runner::configured_host;
use crate::cli::options::engine::EngineOptions;
use crate::cli::options::store::store_places;
use crate::cli::options::usage_error::UsageError;
use crate::cli::options::values::parse_age;
use crate::executor::cleanup::leftovers::ProcessState;
use crate::store::StorePlaces;

pub struct CleanOptions {
    pub target: CleanTarget,
    pub consent: Consent,
}

/// Where `clean` removes things.
pub enum CleanTarget {
    /// Leftovers on the engine, and if all are meant, those in the store, too.
    Engine { scope: CleanScope, engine: EngineOptions, store: Option<StorePlaces> },
    /// Runs and caches in the store.
    Store(CleanStoreOptions),
}

/// Which runs and caches of all projects `clean` removes.
pub struct CleanStoreOptions {
    pub places: StorePlaces,
    pub content: StoreContent,
    /// Only those that nobody has used for this long.
    pub older_than: Option<Duration>,
}

/// What of the store is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreContent {
    /// `--artifacts`
    Runs,
    /// `--caches`
    Caches,
    /// Both
    RunsAndCaches,
}

/// What `clean` removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CleanScope {
    /// The containers, networks and volumes with these names, or whose names begin so with those of a whole job, unless their run goes on for certain.
    Named(Vec<String>),
    /// Objects of runs, by the states of their processes: of ended ones, with `--all` also of those that cannot be
    /// observed from here, with `--other-hosts` also of those on other hosts.
    States { removed: Vec<ProcessState>, volumes: KeptVolumes, kept_jobs: KeptJobs },
}

/// Whether `clean` removes what `exec --keep` has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptJobs {
    Keep,
    /// `--kept`
    Remove,
}

/// Whether `clean` removes volumes that are kept from job to job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptVolumes {
    Keep,
    /// `--volumes`
    Remove,
}

/// Whether `clean` asks before it removes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// The user has agreed with `--force`.
    Given,
    /// The user is asked on the terminal.
    Ask,
    /// Nothing is removed; the leftovers are only listed (`--dry-run`).
    ListOnly,
}

impl CleanOptions {
    /// Resolves the arguments of `clean`.
    pub fn resolve(args: CleanArgs) -> Result<Self, UsageError> {
        let consent = match (args.force, args.dry_run) {
            (true, _) => Consent::Given,
            (false, true) => Consent::ListOnly,
            (false, false) => Consent::Ask,
        };
        let content = match (args.artifacts, args.caches) {
            (true, true) => Some(StoreContent::RunsAndCaches),
            (true, false) => Some(StoreContent::Runs),
            (false, true) => Some(StoreContent::Caches),
            (false, false) => None,
        };
        if let Some(content) = content {
            let older_than = args.older_than.as_deref().map(parse_age).transpose()?;
            let store = CleanStoreOptions { places: store_places(args.store)?, content, older_than };
            return Ok(Self { target: CleanTarget::Store(store), consent });
        }
        if args.older_than.is_some() {
            return Err(UsageError::AgeAlone);
        }
        let store = match store_places(args.store) {
            // A user without a home directory has no store.
            _ if !args.names.is_empty() => None,
            Err(UsageError::NoHome { .. }) => None,
            places => Some(places?),
        };
        let scope = if args.names.is_empty() {
            let mut removed = vec![ProcessState::Ended];
            removed.extend(args.all.then_some(ProcessState::Unknown));
            removed.extend(args.other_hosts.then_some(ProcessState::OtherHost));
            let volumes = if args.volumes { KeptVolumes::Remove } else { KeptVolumes::Keep };
            let kept_jobs = if args.kept { KeptJobs::Remove } else { KeptJobs::Keep };
            CleanScope::States { removed, volumes, kept_jobs }
        } else {
            CleanScope::Named(args.names)
        };
        let engine = EngineOptions::resolve(args.engine, configured_host(), ColorArgument::Auto)?;
        Ok(Self { target: CleanTarget::Engine { scope, engine, store }, consent })
    }
}
