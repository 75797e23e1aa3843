//! The resource groups of a run: which job has a resource, and which jobs wait for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::store::{ProjectStore, ResourceAttempt, ResourceLock, StoreError};

/// The resources that jobs of a run have or wait for.
pub(super) struct ResourceGroups {
    store: Arc<ProjectStore>,
    /// The name of the run, for those who wait for it.
    run: String,
    /// The resource groups of the jobs that have or want one.
    groups: HashMap<usize, String>,
    held: HashMap<String, HeldResource>,
    /// The jobs that wait, by their places: the first one gets the resource first.
    waiting: BTreeMap<usize, String>,
}

struct HeldResource {
    job: usize,
    _lock: ResourceLock,
}

/// What a job gets that wants a resource.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ResourceGrant {
    /// The resource, or it needs none.
    Granted,
    /// It waits: the resource and who has it.
    Waits { resource: String, holder: String },
}

impl ResourceGroups {
    /// `groups` are the resource groups of the jobs.
    pub(super) fn new(store: Arc<ProjectStore>, run: String, groups: HashMap<usize, String>) -> Self {
        Self { store, run, groups, held: HashMap::new(), waiting: BTreeMap::new() }
    }

    /// Takes the resource of a job that is to run, or notes that it waits.
    ///
    /// # Errors
    /// The lock file cannot be opened.
    pub(super) fn want(&mut self, job: usize, name: &str) -> Result<ResourceGrant, StoreError> {
        let Some(resource) = self.groups.get(&job).cloned() else { return Ok(ResourceGrant::Granted) };
        if let Some(held) = self.held.get(&resource) {
            let holder = if held.job == job { return Ok(ResourceGrant::Granted) } else { String::new() };
            self.waiting.insert(job, name.to_owned());
            return Ok(ResourceGrant::Waits { resource, holder });
        }
        let text = format!("run {} (job {name})", self.run);
        match self.store.take_resource(&resource, &text)? {
            ResourceAttempt::Taken(lock) => {
                self.waiting.remove(&job);
                self.held.insert(resource, HeldResource { job, _lock: lock });
                Ok(ResourceGrant::Granted)
            }
            ResourceAttempt::HeldBy(holder) => {
                self.waiting.insert(job, name.to_owned());
                Ok(ResourceGrant::Waits { resource, holder })
            }
        }
    }

    /// The jobs that wait and get their resource now, or cannot get it because of an error.
    pub(super) fn grant(&mut self) -> Vec<(usize, Result<(), StoreError>)> {
        let mut granted = Vec::new();
        for (job, name) in self.waiting.clone() {
            match self.want(job, &name) {
                Ok(ResourceGrant::Granted) => granted.push((job, Ok(()))),
                Ok(ResourceGrant::Waits { .. }) => {}
                Err(error) => {
                    self.waiting.remove(&job);
                    granted.push((job, Err(error)));
                }
            }
        }
        granted
    }

    /// Whether a job waits.
    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Releases what a job has that has ended, or does not run any more.
    pub(super) fn release(&mut self, job: usize) {
        self.waiting.remove(&job);
        self.held.retain(|_, held| held.job != job);
    }
}
