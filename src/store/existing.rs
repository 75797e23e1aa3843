//! The store of one project as far as it exists, for commands that only read it: they create no folder.

use std::path::Path;

use super::cache::{CacheStore, ListedCache};
use super::error::StoreError;
use super::folder::StoreFolder;
use super::places::{StorePlaces, name_of_folder, name_of_identity};
use super::run::{StoredRuns, stored_runs};

/// The store of one project, whose folders may be missing.
#[derive(Debug)]
pub struct ExistingStore {
    runs: Option<StoreFolder>,
    caches: Option<CacheStore>,
}

impl ExistingStore {
    /// Opens the store of the project in `folder`, as [`super::ProjectStore::open`], without creating anything.
    ///
    /// # Errors
    /// A folder cannot be opened, or belongs to another user.
    pub fn open(places: &StorePlaces, folder: &Path, identity: &str) -> Result<Self, StoreError> {
        let runs = existing(&places.state, &["projects", &name_of_folder(folder), "runs"])?;
        let caches = existing(&places.cache, &["caches", &name_of_identity(identity)])?;
        Ok(Self { runs, caches: caches.map(CacheStore::new) })
    }

    /// All runs.
    ///
    /// # Errors
    /// The folder of the runs cannot be read.
    pub fn runs(&self) -> Result<StoredRuns, StoreError> {
        self.runs.as_ref().map_or_else(|| Ok(StoredRuns::default()), stored_runs)
    }

    /// All caches; see [`CacheStore::list`].
    ///
    /// # Errors
    /// The folder of the caches cannot be read.
    pub fn list_caches(&self) -> Result<Vec<ListedCache>, StoreError> {
        self.caches.as_ref().map_or_else(|| Ok(Vec::new()), CacheStore::list)
    }

    /// Removes a cache; see [`CacheStore::clear`].
    ///
    /// # Errors
    /// It cannot be locked or removed.
    pub fn clear_cache(&self, cache: &ListedCache) -> Result<bool, StoreError> {
        self.caches.as_ref().map_or(Ok(false), |caches| caches.clear(cache))
    }
}

/// Opens the folder below one of the store's places; `None` if it does not exist.
pub(super) fn existing(place: &Path, names: &[&str]) -> Result<Option<StoreFolder>, StoreError> {
    let place = StoreFolder::existing_place(place);
    let opened = place.and_then(|place| names.iter().try_fold(place, |folder, name| folder.subfolder(name)));
    match opened {
        Err(error) if error.is_missing() => Ok(None),
        opened => opened.map(Some),
    }
}
