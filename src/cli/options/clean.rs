//! The options of `clean`.

use crate::cli::arguments::CleanArgs;
use crate::cli::options::configured_runner::configured_host;
use crate::cli::options::engine::EngineOptions;
use crate::cli::options::usage_error::UsageError;
use crate::executor::cleanup::leftovers::ProcessState;

pub struct CleanOptions {
    pub scope: CleanScope,
    pub consent: Consent,
    pub engine: EngineOptions,
}

/// What `clean` removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CleanScope {
    /// The containers, networks and volumes with these names, unless their run goes on for certain.
    Named(Vec<String>),
    /// Objects of runs, by the states of their processes: of ended ones, with `--all` also of those that cannot be
    /// observed from here, with `--other-hosts` also of those on other hosts.
    States { removed: Vec<ProcessState>, volumes: KeptVolumes },
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
        let scope = if args.names.is_empty() {
            let mut removed = vec![ProcessState::Ended];
            removed.extend(args.all.then_some(ProcessState::Unknown));
            removed.extend(args.other_hosts.then_some(ProcessState::OtherHost));
            let volumes = if args.volumes { KeptVolumes::Remove } else { KeptVolumes::Keep };
            CleanScope::States { removed, volumes }
        } else {
            CleanScope::Named(args.names)
        };
        Ok(Self { scope, consent, engine: EngineOptions::resolve(args.engine, configured_host())? })
    }
}
