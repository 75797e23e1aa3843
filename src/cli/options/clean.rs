//! The options of `clean`.

use crate::cli::arguments::CleanArgs;
use crate::cli::options::configured_runner::configured_host;
use crate::cli::options::engine::EngineOptions;
use crate::cli::options::usage_error::UsageError;

pub struct CleanOptions {
    pub volumes: KeptVolumes,
    pub scope: CleanScope,
    pub consent: Consent,
    pub engine: EngineOptions,
}

/// Whether `clean` removes volumes that are kept from job to job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptVolumes {
    Keep,
    /// `--volumes`
    Remove,
}

/// Whose leftovers `clean` removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CleanScope {
    /// Those of runs whose process has certainly ended.
    EndedRuns,
    /// Also those of runs in other containers, whose processes cannot be seen from here (`--all`).
    OtherContainersToo,
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
        Ok(Self {
            volumes: if args.volumes { KeptVolumes::Remove } else { KeptVolumes::Keep },
            scope: if args.all { CleanScope::OtherContainersToo } else { CleanScope::EndedRuns },
            consent,
            engine: EngineOptions::resolve(args.engine, configured_host())?,
        })
    }
}
