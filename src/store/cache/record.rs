//! The record of a cache.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::archive::ArchiveSize;
use crate::store::places::is_folder_name;
use crate::store::timestamp;

/// The record of a cache, `meta.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheRecord {
    /// The final key, without secrets: the name of the cache's folder tells which key it has.
    pub key: String,
    #[serde(flatten)]
    pub origin: CacheOrigin,
    #[serde(with = "timestamp")]
    pub saved: Timestamp,
    #[serde(flatten)]
    pub size: ArchiveSize,
    /// The name of the archive beside the record.
    pub(super) archive: String,
}

/// Where a cache comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheOrigin {
    /// The name of the job that saved it.
    pub job: String,
    /// The name of the run.
    pub run: String,
    /// A text that differs if the files differ.
    pub fingerprint: String,
}

impl CacheRecord {
    /// Whether the archive is a file beside the record, as the store writes it.
    pub(super) fn is_plain(&self) -> bool {
        is_folder_name(&self.archive)
    }
}
