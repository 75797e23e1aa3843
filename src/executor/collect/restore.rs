//! What a job is given besides its sources: caches of the store, and artifacts of other jobs.

use crate::error_chain::chain;
use crate::executor::event::{EventKind, Section};
use crate::executor::files_notice::{CacheDirection, FilesNotice};
use crate::executor::job_context::JobContext;
use crate::executor::outcome::Failure;
use crate::executor::run_store::{JobStore, now};
use crate::plan::job_plan::{CachePlan, KeyWarning, ReceivedArchive, ResolvedKey};
use crate::store::{ArchiveSize, StoredJob};
use crate::workspace::WorkspaceError;
use crate::workspace::pack::{ArchiveOrigin, BrokenCache, GivenArchive};

/// Archives that are delivered with the sources, and what the log says about them once they are.
#[derive(Default)]
pub struct GivenFiles {
    /// In the order of their delivery: the files of later ones replace those of earlier ones.
    pub archives: Vec<GivenArchive>,
    /// The nth [`FilesNotice::CacheRestored`] is about the nth archive: those of caches come first.
    of_caches: Vec<FilesNotice>,
    of_artifacts: Vec<FilesNotice>,
    /// Why the job ends before its scripts.
    failure: Option<Failure>,
}

/// Looks up the caches of the job.
pub fn look_up(context: &JobContext) -> GivenFiles {
    let mut given = GivenFiles::default();
    for cache in &context.plan.caches {
        if let Err(failure) = given.look_up(cache, context.store.as_deref()) {
            given.failure = Some(failure);
            break;
        }
    }
    if given.failure.is_none() {
        given.failure = context.plan.received.iter().find_map(|received| given.receive(received).err());
    }
    given
}

impl GivenFiles {
    /// Whether there is no file to deliver, and nothing that ends the job.
    pub fn is_nothing(&self) -> bool {
        self.archives.is_empty() && self.lets_script_run()
    }

    /// Whether nothing ends the job before its scripts.
    pub fn lets_script_run(&self) -> bool {
        self.failure.is_none()
    }

    /// Opens the artifacts of another job.
    fn receive(&mut self, received: &ReceivedArchive) -> Result<(), Failure> {
        let ReceivedArchive { job, job_id, run, archive, .. } = received;
        let archive = StoredJob::containing(archive).and_then(|job| job.archive());
        let archive = archive.map_err(|error| WorkspaceError::from(error).of_artifacts(job))?;
        self.of_artifacts.push(FilesNotice::ArtifactsReceiving { job: job.clone(), job_id: *job_id });
        if let Some(archive) = archive {
            let ArchiveSize { files, bytes, .. } = archive.size();
            self.of_artifacts.push(FilesNotice::ArtifactsReceived {
                job: job.clone(),
                files,
                bytes,
                run: run.clone(),
            });
            self.archives.push(GivenArchive { archive, origin: ArchiveOrigin::Job(job.clone()) });
        }
        Ok(())
    }

    fn look_up(&mut self, cache: &CachePlan, store: Option<&JobStore>) -> Result<(), Failure> {
        let Some(key) = self.usable(&cache.key) else { return Ok(()) };
        let policy = cache.policy.clone();
        let policy = policy.map_err(|policy| Failure::CachePolicy { policy, key: key.clone() })?;
        if !policy.restores() {
            self.of_caches.push(FilesNotice::CacheExcluded { direction: CacheDirection::Restore, key });
            return Ok(());
        }
        let mut keys = vec![key];
        for fallback in &cache.fallback_keys {
            keys.extend(self.usable(fallback));
        }
        // The first hit ends the search.
        for key in keys {
            let found = store.map(|store| store.caches().lookup(&key, now())).transpose();
            self.of_caches.push(FilesNotice::CacheLookedUp { key });
            match found {
                Ok(Some(Some(cache))) => {
                    let archive = cache.archive;
                    self.of_caches.push(FilesNotice::CacheRestored { bytes: archive.size().bytes });
                    self.archives.push(GivenArchive { archive, origin: ArchiveOrigin::Cache });
                    break;
                }
                Ok(_) => self.of_caches.push(FilesNotice::CacheMissing),
                Err(error) => self.of_caches.push(FilesNotice::CacheUnreadable { error: chain(&error) }),
            }
            self.of_caches.push(FilesNotice::CacheNotRestored);
        }
        Ok(())
    }

    /// The key, unless it cannot be used, which the log says.
    fn usable(&mut self, key: &ResolvedKey) -> Option<String> {
        self.of_caches.extend(key.warning.clone().map(FilesNotice::CacheKeyUnusual));
        let is_forbidden = matches!(key.warning, Some(KeyWarning::Protected { .. }));
        if key.key.is_none() && !is_forbidden {
            self.of_caches.push(FilesNotice::CacheSkipped(CacheDirection::Restore));
        }
        key.key.clone()
    }

    /// Says what the job was given. Of the caches, the `broken` ones did not arrive as a whole.
    ///
    /// # Errors
    /// The job must not go on.
    pub fn report(self, context: &JobContext, broken: &[BrokenCache]) -> Result<(), Failure> {
        let events = &context.events;
        if !context.plan.caches.is_empty() {
            events.send(EventKind::Section(Section::RestoreCache));
        }
        let mut archives = 0..;
        for notice in self.of_caches {
            let is_restored = matches!(notice, FilesNotice::CacheRestored { .. });
            let archive = if is_restored { archives.next() } else { None };
            let Some(broken) = broken.iter().find(|broken| Some(broken.index) == archive) else {
                events.send(EventKind::Files(notice));
                continue;
            };
            events.send(EventKind::Files(FilesNotice::CacheBroken { error: broken.error.clone() }));
            events.send(EventKind::Files(FilesNotice::CacheNotRestored));
        }
        if !self.of_artifacts.is_empty() {
            events.send(EventKind::Section(Section::DownloadArtifacts));
        }
        for notice in self.of_artifacts {
            events.send(EventKind::Files(notice));
        }
        self.failure.map_or(Ok(()), Err)
    }
}
