//! Caches: one archive a key, replaced as a whole.
//!
//! A cache is a folder with `meta.json` and the archive that it names. The rename of `meta.json` replaces both at once;
//! what it does not name is a leftover. A short lock on the folder of all caches keeps changes apart; readers need none.

mod record;
mod writer;

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;

pub use record::{CacheOrigin, CacheRecord};
pub use writer::CacheWriter;

use super::archive::{ArchiveLimits, StoredArchive};
use super::error::StoreError;
use super::folder::{StoreFolder, TEMPORARY_PREFIX};
use super::leftover::LeftoverAction;
use super::lock::{FileLock, LockKind, try_lock};
use super::record::from_json;

/// The largest record of a cache. A key is a variable's value, at most 1 MiB, which JSON may write six times as long.
const RECORD_BYTES_MAX: u64 = 8 << 20;

/// How often a lookup is repeated while another process replaces the cache.
const LOOKUPS_MAX: usize = 5;

const RECORD: &str = "meta.json";

/// The lock file of all caches of a project, held for a few system calls while one is begun, replaced or removed.
const LOCK: &str = ".lock";

/// The caches of a project.
#[derive(Debug)]
pub struct CacheStore {
    folder: Arc<StoreFolder>,
}

/// A cache that was looked up. Its archive stays readable when another process replaces or removes the cache.
#[derive(Debug, Clone)]
pub struct StoredCache {
    pub archive: StoredArchive,
    pub record: CacheRecord,
}

/// A cache in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCache {
    pub record: CacheRecord,
    /// When it was saved or restored for the last time.
    pub used: Timestamp,
    /// The size on the disk.
    pub bytes: u64,
    /// The folder's name.
    pub(super) folder: String,
}

impl CacheStore {
    pub(super) fn new(folder: StoreFolder) -> Self {
        Self { folder: Arc::new(folder) }
    }

    /// Where the caches lie, for messages.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Opens the cache with this final key and notes that it is used at this time; `None` if there is none.
    ///
    /// # Errors
    /// The cache cannot be read, or is damaged.
    pub fn lookup(&self, key: &str, now: Timestamp) -> Result<Option<StoredCache>, StoreError> {
        let name = folder_of_key(key);
        let mut tries = 0;
        loop {
            tries += 1;
            match self.open(&name) {
                // Another process has replaced the cache since its record was read.
                Err(error) if error.is_missing() && tries < LOOKUPS_MAX => {}
                Err(error) => return Err(error),
                Ok(None) => return Ok(None),
                Ok(Some((cache, record))) => {
                    // The use only decides what is removed first; a read-only disk is no reason to fail.
                    let _ = SystemTime::try_from(now).map(|now| record.set_modified(now));
                    return Ok(Some(cache));
                }
            }
        }
    }

    /// Begins a new archive for this final key. The present one stays until [`CacheWriter::commit`].
    ///
    /// # Errors
    /// The file cannot be created, or the disk is almost full.
    pub fn writer(&self, key: &str, limits: ArchiveLimits) -> Result<CacheWriter, StoreError> {
        CacheWriter::begin(&self.folder, key, limits)
    }

    /// All caches that can be read, the least recently used first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<ListedCache>, StoreError> {
        let mut caches = Vec::new();
        for name in self.folder.subfolder_names()? {
            // Others have just been removed, or belong to another user or a later version.
            if let Ok(cache) = self.listed(name) {
                caches.extend(cache);
            }
        }
        caches.sort_by_key(|cache| cache.used);
        Ok(caches)
    }

    /// Removes a cache. Returns whether it was still there.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn clear(&self, cache: &ListedCache) -> Result<bool, StoreError> {
        let name = &cache.folder;
        let _lock = FileLock::wait(&self.folder, LOCK)?;
        let exists = match self.folder.subfolder(name) {
            Err(error) if error.is_missing() => false,
            folder => folder.map(|_| true)?,
        };
        self.folder.remove_folder(name)?;
        Ok(exists)
    }

    /// Visits what killed processes have left: archives that no record names, and files that nobody writes any more.
    /// Returns the size of all.
    pub(super) fn visit_leftovers(&self, action: LeftoverAction) -> Result<u64, StoreError> {
        let _lock = FileLock::wait(&self.folder, LOCK)?;
        let mut bytes: u64 = 0;
        for entry in self.folder.entries()? {
            if entry.is_folder {
                let read =
                    self.folder.subfolder(&entry.name).and_then(|folder| Ok((read_record(&folder)?, folder)));
                // A record that cannot be read may name the files.
                let Ok((record, folder)) = read else { continue };
                let named = record.map(|(record, _)| record.archive);
                bytes = bytes.saturating_add(writer::visit_unnamed(&folder, named.as_deref(), action)?);
            } else if entry.name.as_encoded_bytes().starts_with(TEMPORARY_PREFIX.as_bytes()) {
                let file = match self.folder.open(&entry.name) {
                    // Its writer has just given up, and removed it.
                    Err(error) if error.is_missing() => continue,
                    file => file?,
                };
                let is_free = try_lock(&file, LockKind::Exclusive);
                let is_free =
                    is_free.map_err(|error| self.folder.failed("lock the file", &entry.name, error))?;
                if is_free && !is_removed(&file) {
                    bytes = bytes.saturating_add(action(&self.folder, &entry)?);
                }
            }
        }
        Ok(bytes)
    }

    /// Checks that the disk of the caches is not almost full.
    pub(super) fn check_free(&self) -> Result<(), StoreError> {
        self.folder.check_free()
    }

    fn open(&self, name: &str) -> Result<Option<(StoredCache, File)>, StoreError> {
        let folder = match self.folder.subfolder(name) {
            Err(error) if error.is_missing() => return Ok(None),
            folder => folder?,
        };
        let Some((record, file)) = read_record(&folder)? else { return Ok(None) };
        let archive = folder.open(&record.archive)?;
        let archive = StoredArchive::checked(folder.path().join(&record.archive), archive, record.size)?;
        Ok(Some((StoredCache { archive, record }, file)))
    }

    fn listed(&self, name: String) -> Result<Option<ListedCache>, StoreError> {
        let folder = self.folder.subfolder(&name)?;
        let Some((record, file)) = read_record(&folder)? else { return Ok(None) };
        let used = file.metadata().and_then(|metadata| metadata.modified());
        let used = used.map_err(|error| folder.failed("read the metadata of", RECORD.as_ref(), error))?;
        let used = Timestamp::try_from(used).unwrap_or(record.saved);
        let bytes = folder.bytes()?;
        Ok(Some(ListedCache { record, used, bytes, folder: name }))
    }
}

/// Reads the record of a cache; `None` if there is none, or it was cut when the machine failed.
///
/// # Errors
/// The file cannot be read, or a later version has written it.
fn read_record(folder: &StoreFolder) -> Result<Option<(CacheRecord, File)>, StoreError> {
    let file = match folder.open(RECORD) {
        Err(error) if error.is_missing() => return Ok(None),
        file => file?,
    };
    let text = match folder.read_file(&file, RECORD, RECORD_BYTES_MAX) {
        Err(StoreError::Record { .. }) => return Ok(None),
        text => text?,
    };
    let record = match from_json::<CacheRecord>(&text) {
        Err(error) if error.is_data() => {
            let path = folder.path().join(RECORD);
            return Err(StoreError::Record { path, reason: error.to_string() });
        }
        record => record.ok(),
    };
    Ok(record.filter(CacheRecord::is_plain).map(|record| (record, file)))
}

/// The folder of a cache: a key may be a path with any characters.
fn folder_of_key(key: &str) -> String {
    hmac_sha256::Hash::hash(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the file has no name any more: its writer has just given up.
fn is_removed(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
}

#[cfg(test)]
mod tests;
