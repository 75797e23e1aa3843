//! Writes a cache.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;

use super::{CacheOrigin, CacheRecord, LOCK, RECORD, folder_of_key};
use crate::store::archive::{ArchiveLimits, ArchiveWriter, StoredArchive};
use crate::store::error::StoreError;
use crate::store::folder::{StoreFolder, random};
use crate::store::leftover::{self, LeftoverAction};
use crate::store::lock::FileLock;
use crate::store::record::to_json;

/// A new archive for a cache. Dropping it leaves the present one.
pub struct CacheWriter {
    caches: Arc<StoreFolder>,
    folder: String,
    shown_key: String,
    archive: ArchiveWriter,
}

impl CacheWriter {
    pub(super) fn begin(
        caches: &Arc<StoreFolder>,
        key: &str,
        limits: ArchiveLimits,
    ) -> Result<Self, StoreError> {
        // Without this lock, another process could take the new file for a leftover before it is locked.
        let _lock = FileLock::wait(caches, LOCK)?;
        let archive = ArchiveWriter::create(caches, "cache.tar", limits)?;
        Ok(Self { caches: caches.clone(), folder: folder_of_key(key), shown_key: key.to_owned(), archive })
    }

    /// The archive, to which entries are added.
    pub fn archive(&mut self) -> &mut ArchiveWriter {
        &mut self.archive
    }

    /// Makes the record name the key like this, if it contains a secret.
    pub fn show_key_as(&mut self, shown_key: String) {
        self.shown_key = shown_key;
    }

    /// Replaces the cache by the new archive.
    ///
    /// # Errors
    /// The archive cannot be completed. The present one stays.
    pub fn commit(self, origin: CacheOrigin, saved: Timestamp) -> Result<StoredArchive, StoreError> {
        let Self { caches, folder, shown_key, archive } = self;
        let name = format!("{:016x}.tar", random());
        let complete = archive.complete()?;
        let _lock = FileLock::wait(&caches, LOCK)?;
        let folder = Arc::new(caches.create_subfolder(folder)?);
        let record =
            CacheRecord { key: shown_key, origin, saved, size: complete.size(), archive: name.clone() };
        let text = to_json(&record).map_err(io::Error::from);
        let text = text.map_err(|error| folder.failed("write the record", RECORD.as_ref(), error))?;
        let archive = complete.keep_in(&folder, &name)?;
        folder.replace(RECORD, &text)?;
        // The cache is replaced; what is left of the old one goes with the next replacement if it cannot go now.
        let _ = visit_unnamed(&folder, Some(&name), leftover::remove);
        Ok(archive)
    }
}

/// Visits the files of a cache's folder that its record does not name. The caches must be locked. Returns the size of
/// all.
pub(super) fn visit_unnamed(
    folder: &StoreFolder,
    archive: Option<&str>,
    action: LeftoverAction,
) -> Result<u64, StoreError> {
    let mut bytes: u64 = 0;
    for entry in folder.entries()? {
        let is_named = archive.is_some_and(|archive| entry.name == archive || entry.name == RECORD);
        if !is_named && !entry.is_folder {
            bytes = bytes.saturating_add(action(folder, &entry)?);
        }
    }
    Ok(bytes)
}
