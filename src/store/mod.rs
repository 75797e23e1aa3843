//! The store on this host: runs with their logs and artifacts, caches, counters and slots.
//!
//! Invariants: nothing is written into the work tree; only the user can read the folders (0700) and files (0600); a file
//! gets its name when it is complete, so that a process that is killed leaves the old content; locks die with their
//! process; no symbolic link below the store's places is followed. All calls block.
//!
//! Nothing is flushed to the disk (`fsync`), because that takes longer than storing: after a power failure, a record or
//! an archive may be empty or cut, which its reader finds out (`archive/stored.rs`) and treats as if it had been removed.

mod archive;
mod cache;
mod counter;
mod error;
mod existing;
mod export;
mod folder;
mod free_space;
mod identity;
mod inventory;
mod json_path;
mod leftover;
mod lock;
mod places;
mod project;
mod record;
mod resource;
mod retention;
mod run;
mod slot;
mod temporary;
#[cfg(test)]
mod testing;
mod tidy;
mod timestamp;

pub use archive::{
    ArchiveEntry, ArchiveEntryKind, ArchiveLimits, ArchiveSize, ArchiveWriter, EntryError, FileTime,
    IndexEntry, ReadEntriesError, StoredArchive, read_entries,
};
pub use cache::{CacheOrigin, CacheRecord, CacheStore, CacheWriter, ListedCache, StoredCache};
pub use error::StoreError;
pub use existing::ExistingStore;
pub use export::{ExtractError, ExtractFolder, Extracted, ZipFile};
pub use inventory::{InventoryCaches, InventoryProject, InventoryRun, StoreInventory};
pub use json_path::JsonPath;
pub use places::StorePlaces;
pub use project::{ProjectStore, RunStart};
pub use record::{
    ArchiveExpiry, ArtifactsRecord, DotenvRecord, EndState, JobRecord, ProducerRecord, ReportRecord, RunEnd,
    RunId, RunPurpose, RunRecord, SourcesRecord,
};
pub use resource::{ResourceAttempt, ResourceLock};
pub use retention::{RemovalReason, RetentionDecision, RetentionRules, StoredJobFacts, StoredRunFacts};
pub use run::{
    JOB_LOG, JobFolder, RunFolder, RunPin, RunState, ServiceLogFolder, ServiceLogWriter, ServiceRecord,
    StoredJob, StoredLog, StoredRun, StoredRuns,
};
pub use slot::SlotLock;
pub use tidy::{Tidied, tidy};
