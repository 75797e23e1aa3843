//! The store during a run: what the executor reads from it and adds to it.

use std::sync::{Arc, Once};

use jiff::Timestamp;

use super::event::ScriptResult;
use super::files_notice::FilesNotice;
use super::outcome::{Failure, JobOutcome};
use crate::plan::job_plan::{ExpireIn, JobPlan, ReceivedArchive, ServicePlan, TerminalUse, archive_name};
use crate::secret::Secret;
use crate::store::{
    ArchiveExpiry, ArchiveLimits, ArchiveSize, ArtifactsRecord, CacheStore, EndState, JobFolder, JobRecord,
    ProducerRecord, ProjectStore, ReportRecord, RunFolder, RunId, ServiceLogFolder, ServiceRecord,
    StoreError,
};
use crate::workspace::pack::SourceSnapshot;

/// The store of a run. Clones share it.
#[derive(Debug, Clone)]
pub struct RunStore {
    pub project: Arc<ProjectStore>,
    pub run: Arc<RunFolder>,
    /// How many bytes the files of an archive may have (`--artifact-max`).
    pub archive_bytes_max: u64,
    pub dotenv_limits: DotenvLimits,
    /// The sources that all jobs of the run get; `None` if each gets the working tree.
    pub snapshot: Option<Arc<SourceSnapshot>>,
    /// Completed when the log has said that files are selected outside of the container. The reason is the same for all
    /// jobs of the run.
    whole_copy_told: Arc<Once>,
}

impl RunStore {
    /// The store of a run each of whose jobs gets the working tree.
    pub fn new(
        project: Arc<ProjectStore>,
        run: Arc<RunFolder>,
        archive_bytes_max: u64,
        dotenv_limits: DotenvLimits,
    ) -> Self {
        Self {
            project,
            run,
            archive_bytes_max,
            dotenv_limits,
            snapshot: None,
            whole_copy_told: Arc::new(Once::new()),
        }
    }
}

/// What follows if a dotenv report exceeds a limit that GitLab servers have by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DotenvLimits {
    /// The log says so.
    Told,
    /// The job fails, as with those servers (`--strict`).
    Enforced,
}

/// The store of a job, for all of its attempts.
#[derive(Debug)]
pub struct JobStore {
    pub folder: JobFolder,
    /// The name of the job.
    pub job: String,
    store: RunStore,
    started: Timestamp,
    expire_in: Option<ExpireIn>,
    secrets: Vec<Secret>,
}

/// How a job has ended.
#[derive(Debug)]
pub struct JobEnd<'a> {
    /// The outcome of the last attempt.
    pub outcome: &'a JobOutcome,
    /// How many attempts were made.
    pub attempts: u32,
    /// What the last attempt has stored.
    pub stored: StoredFiles,
}

/// What an attempt has stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredFiles {
    /// The result of the scripts after which the files were collected; `None` if nobody has begun to.
    pub collected_after: Option<ScriptResult>,
    /// `None` if nothing is known of the archive.
    pub archive: Option<ArtifactsRecord>,
    pub reports: Vec<ReportRecord>,
    /// The number of variables in the dotenv report.
    pub dotenv_variables: Option<u64>,
    /// The figure in the log for `coverage`.
    pub coverage: Option<String>,
    /// What the log says of the reports after the result of the job.
    pub remarks: Vec<FilesNotice>,
}

impl StoredFiles {
    /// The size of the archive, if one is stored.
    pub fn archive_size(&self) -> Option<ArchiveSize> {
        match &self.archive {
            Some(ArtifactsRecord::Stored { size, .. }) => Some(*size),
            _ => None,
        }
    }
}

impl JobStore {
    /// Begins the job of `plan`.
    ///
    /// # Errors
    /// Its folder cannot be created.
    pub fn begin(store: RunStore, plan: &JobPlan) -> Result<Self, StoreError> {
        let folder = store.run.begin_job(&plan.name, plan.number())?;
        Ok(Self {
            folder,
            job: plan.name.clone(),
            store,
            started: now(),
            expire_in: plan.artifacts.expire_in,
            secrets: plan.secrets.clone(),
        })
    }

    /// Begins the logs of the services of `plan`.
    ///
    /// # Errors
    /// Their record cannot be written.
    pub fn begin_service_logs(&self, plan: &JobPlan) -> Result<ServiceLogFolder, StoreError> {
        let service = |service: &ServicePlan| ServiceRecord {
            image: self.masked(&service.image.reference),
            aliases: service.aliases.iter().map(|alias| self.masked(alias)).collect(),
        };
        self.folder.begin_service_logs(plan.services.iter().map(service).collect())
    }

    /// The caches of the project.
    pub fn caches(&self) -> &CacheStore {
        self.store.project.caches()
    }

    /// The limits of the archive and of each report.
    pub fn archive_limits(&self) -> ArchiveLimits {
        ArchiveLimits::new(self.store.archive_bytes_max)
    }

    /// Calls `tell` for the first job of the run whose files are selected outside of the container.
    pub fn tell_of_whole_copy(&self, tell: impl FnOnce()) {
        self.store.whole_copy_told.call_once(tell);
    }

    /// The sources that all jobs of the run get; `None` if each gets the working tree.
    pub fn snapshot(&self) -> Option<&Arc<SourceSnapshot>> {
        self.store.snapshot.as_ref()
    }

    /// How dotenv reports are limited.
    pub fn dotenv_limits(&self) -> DotenvLimits {
        self.store.dotenv_limits
    }

    /// A text as a record may have it: without the job's secrets.
    pub fn masked(&self, text: &str) -> String {
        Secret::masked(text, &self.secrets)
    }

    /// The name of the run.
    pub fn run_id(&self) -> String {
        self.store.run.id().as_str().to_owned()
    }

    /// The fingerprint of the cache with that key; `None` if there is no such cache, or it cannot be read.
    pub fn fingerprint_of_cache(&self, key: &str) -> Option<String> {
        let cache = self.caches().lookup(key, now()).ok().flatten();
        cache.map(|cache| cache.record.origin.fingerprint)
    }

    /// The record of an archive with that size, which is complete now. `name` is expanded.
    pub fn archive_record(&self, name: &str, size: ArchiveSize) -> ArtifactsRecord {
        let expires = match self.expire_in {
            None => ArchiveExpiry::WithRun,
            Some(ExpireIn::Never) => ArchiveExpiry::Never,
            Some(ExpireIn::After(after)) => {
                now().checked_add(after).map_or(ArchiveExpiry::Never, ArchiveExpiry::At)
            }
        };
        ArtifactsRecord::Stored { name: self.masked(&archive_name(name)), size, expires }
    }

    /// Ends the job.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn finish(&self, plan: &JobPlan, end: JobEnd<'_>) -> Result<(), StoreError> {
        let JobEnd { outcome, attempts, stored } = end;
        let StoredFiles { collected_after, archive, reports, dotenv_variables, coverage, .. } = stored;
        let record = JobRecord {
            name: plan.name.clone(),
            stage: plan.stage.clone(),
            number: plan.number(),
            job_id: plan.job_id,
            state: match plan.terminal {
                // A shell says nothing about the job, which a resumed pipeline must still run.
                TerminalUse::InPlaceOfScript => EndState::Canceled,
                TerminalUse::Never | TerminalUse::AfterFailure => end_state(outcome),
            },
            exit_code: outcome.exit_code(),
            attempts,
            started: self.started,
            ended: now(),
            producers: plan.received.iter().map(producer).collect(),
            artifacts: archive.unwrap_or_else(|| without_archive(plan, collected_after)),
            reports,
            dotenv_variables,
            coverage,
        };
        self.folder.finish(&record)
    }
}

/// Where a received archive comes from.
fn producer(received: &ReceivedArchive) -> ProducerRecord {
    let ReceivedArchive { job, job_id, run, .. } = received;
    ProducerRecord { run: RunId::named(run.clone()), job: job.clone(), job_id: *job_id }
}

/// Why nothing is known of a job's archive whose files were collected after that result.
fn without_archive(plan: &JobPlan, collected_after: Option<ScriptResult>) -> ArtifactsRecord {
    match (&plan.artifacts.archive, collected_after) {
        (None, _) => ArtifactsRecord::NotConfigured,
        (Some(archive), Some(result)) if !archive.when.includes(result == ScriptResult::Success) => {
            ArtifactsRecord::NotDue
        }
        (Some(_), _) => ArtifactsRecord::NotCollected,
    }
}

fn end_state(outcome: &JobOutcome) -> EndState {
    match outcome.failure() {
        None => EndState::Success,
        Some(Failure::Interrupted(_)) => EndState::Canceled,
        Some(_) => EndState::Failed,
    }
}

/// The time for records.
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "records have the time at which they are written")]
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::testing::{job_store, plan};
    use crate::plan::job_plan::{ArchivePlan, ArtifactsPlan, SavedWhen};

    #[test]
    fn an_archive_is_not_due_only_if_its_files_were_collected_after_another_result() {
        let recorded = |when: Option<SavedWhen>| {
            let archive = when.map(|when| ArchivePlan {
                paths: vec!["out".to_owned()],
                exclude: Vec::new(),
                untracked: false,
                when,
                name: "artifacts".to_owned(),
            });
            let artifacts = ArtifactsPlan { archive, reports: Vec::new(), expire_in: None };
            let plan = JobPlan { artifacts, ..plan() };
            [None, Some(ScriptResult::Success), Some(ScriptResult::Failure)]
                .map(|result| without_archive(&plan, result))
        };
        use ArtifactsRecord::{NotCollected, NotConfigured, NotDue};
        assert_eq!(recorded(Some(SavedWhen::OnSuccess)), [NotCollected, NotCollected, NotDue]);
        assert_eq!(recorded(Some(SavedWhen::OnFailure)), [NotCollected, NotDue, NotCollected]);
        assert_eq!(recorded(Some(SavedWhen::Always)), [NotCollected, NotCollected, NotCollected]);
        assert_eq!(recorded(None), [NotConfigured, NotConfigured, NotConfigured]);
    }

    #[test]
    fn a_job_records_whose_archives_it_was_given() {
        let received = ReceivedArchive {
            job: "build".to_owned(),
            job_id: 7_001,
            run: "20261129T100000-8f3a".to_owned(),
            archive: "artifacts.tar".into(),
            files: 1,
            bytes: 3,
        };
        let plan = JobPlan { received: vec![received], ..plan() };
        let folder = tempfile::tempdir().unwrap();
        let store = job_store(folder.path(), &plan);
        let end = JobEnd { outcome: &JobOutcome::Passed, attempts: 1, stored: StoredFiles::default() };
        store.finish(&plan, end).unwrap();
        let run = store.store.project.run(store.store.run.id()).unwrap().unwrap();
        let jobs = run.jobs().unwrap();
        let [producer] = &*jobs[0].record().producers else { panic!("{:?}", jobs[0].record()) };
        assert_eq!(
            (producer.run.as_str(), &*producer.job, producer.job_id),
            ("20261129T100000-8f3a", "build", 7_001)
        );
    }
}
