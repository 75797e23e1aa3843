//! A run in the store while it goes on: its beginning and end, what its jobs have stored for each other and for the user, and
//! the removal of what is kept no longer.

use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::cli::options::CopyTarget;
use crate::cli::project::LoadedProject;
use crate::cli::run::copies::copy;
use crate::cli::run::given::Given;
use crate::cli::run::place::container_note;
use crate::cli::user_message::UserMessage;
use crate::error_chain::chain;
use crate::executor::event::EventKind;
use crate::executor::files_notice::FilesNotice;
use crate::executor::run_context::RunContext;
use crate::executor::run_report::{RunFacts, RunJob};
use crate::executor::run_store::now;
use crate::pipeline::job::Job;
use crate::store::{
    EndState, ProjectStore, RetentionRules, RunFolder, RunId, RunPurpose, RunStart, SourcesRecord,
    StoreError, StorePlaces, StoredJob, Tidied, tidy,
};

/// A run that is stored, as far as there is a store.
pub struct RunInStore<'p> {
    pub project: &'p LoadedProject,
    pub store: Option<Arc<ProjectStore>>,
    pub places: Option<StorePlaces>,
    pub retention: RetentionRules,
    pub sources: SourcesRecord,
    /// The run whose passed jobs are not repeated.
    pub resumed: Option<RunId>,
    /// What the run is for.
    pub purpose: RunPurpose,
    /// Where the artifacts of its jobs are copied (`--artifacts-to`).
    pub copied_to: Option<CopyTarget>,
    /// What the producers have given so far.
    pub given: Given,
    /// Whether artifacts that `--artifacts-to` asks for are not copied.
    pub lacks_copies: bool,
    /// What is told when the log is written.
    pub messages: Vec<UserMessage>,
}

/// Whether the run has artifacts, reports or caches to store, and not its logs alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptFiles {
    /// It has.
    Some,
    /// It has not.
    None,
}

/// A removal of what the store does not keep any more.
pub struct StoreTidying(JoinHandle<Result<Tidied, StoreError>>);

impl KeptFiles {
    /// What these jobs have to store.
    pub fn of<'j>(mut jobs: impl Iterator<Item = &'j Job>) -> Self {
        let keeps = |job: &Job| {
            job.artifacts.has_archive() || !job.artifacts.reports.is_empty() || !job.caches.is_empty()
        };
        if jobs.any(keeps) { Self::Some } else { Self::None }
    }
}

impl RunInStore<'_> {
    /// Begins the run; `None` if nothing is stored, or the user has stopped the run while another process had the store's
    /// lock.
    pub async fn begin(&self, context: &RunContext) -> Option<Arc<RunFolder>> {
        let store = self.store.clone()?;
        let facts = &self.project.facts;
        let start = RunStart {
            pipeline_id: facts.pipeline_id,
            iid: facts.pipeline_iid,
            sources: self.sources.clone(),
            started: facts.now,
            resumed: self.resumed.clone(),
        };
        let purpose = self.purpose;
        let begun = tokio::task::spawn_blocking(move || match purpose {
            RunPurpose::Jobs => store.begin_run(start),
            RunPurpose::Shell => store.begin_run_of_shell(start),
        });
        let begun = context.shutdown.unless(begun).await.ok()?.ok()?;
        let tell = |error| {
            context.events.send(EventKind::Files(FilesNotice::RecordMissing { error: chain(&error) }));
        };
        begun.map_err(tell).ok().map(Arc::new)
    }

    /// What is known of the run when it begins with these jobs, of which so many may run at the same time.
    pub fn facts(&self, run: Option<&RunFolder>, slots: usize, jobs: Vec<RunJob>) -> RunFacts {
        let facts = &self.project.facts;
        RunFacts {
            run: run.map(|run| run.id().as_str().to_owned()),
            pipeline_id: facts.pipeline_id,
            commit: self.sources.commit.clone(),
            is_dirty: self.sources.is_dirty,
            started: facts.now,
            slots,
            jobs,
        }
    }

    /// Says why no job of several has run, if the store cannot be used.
    pub fn tell_unusable(&mut self) {
        let error = "no job has run: artifacts reach later jobs through the store, which cannot be used";
        self.messages.push(UserMessage::Error(error.to_owned()));
    }

    /// Begins to remove what the store does not keep any more. It is given two seconds.
    pub fn begin_tidying(&self, run: &RunId) -> Option<StoreTidying> {
        let (places, store, rules) = (self.places.clone()?, self.store.clone()?, self.retention);
        let run = run.clone();
        Some(StoreTidying(tokio::task::spawn_blocking(move || tidy(&places, &store, &rules, &run, now()))))
    }

    /// Ends the run, none of whose jobs has its folder any more, and the removal that began with it. What the run has
    /// stored itself may be the reason for another removal.
    pub async fn end(
        &mut self,
        run: Arc<RunFolder>,
        tidying: Option<StoreTidying>,
        kept: KeptFiles,
        state: EndState,
    ) {
        let keeps_files = kept == KeptFiles::Some;
        let places = self.places.as_ref().filter(|_| keeps_files);
        self.messages.extend(places.and_then(container_note));
        let id = run.id().clone();
        self.warn_of(run.finish(now(), state));
        self.end_tidying(tidying).await;
        if keeps_files && state != EndState::Canceled {
            let tidying = self.begin_tidying(&id);
            self.end_tidying(tidying).await;
        }
    }

    async fn end_tidying(&mut self, tidying: Option<StoreTidying>) {
        let Some(StoreTidying(tidying)) = tidying else { return };
        if let Ok(tidied) = tidying.await {
            self.warn_of(tidied);
        }
    }

    /// Takes what a job that has ended gives to others, and to the user.
    pub async fn take_over(&mut self, run: &RunId, name: &str, context: &RunContext) {
        let found = self.stored_job(run, name);
        let Some(job) = self.warn_of(found).flatten() else {
            self.lacks_copies |= self.copied_to.is_some();
            return;
        };
        let given = self.given.add(run, &job);
        self.warn_of(given);
        let Some(target) = &self.copied_to else { return };
        let root = self.project.facts.root().to_owned();
        match context.shutdown.unless(copy(job, target.clone(), root)).await {
            Ok(Ok(message)) => self.messages.extend(message),
            Ok(Err(error)) => {
                self.messages.push(error);
                self.lacks_copies = true;
            }
            Err(_) => {
                let text =
                    format!("the artifacts of `{name}` are not completely copied: the run was stopped");
                self.messages.push(UserMessage::Warning(text));
                self.lacks_copies = true;
            }
        }
    }

    fn stored_job(&self, run: &RunId, name: &str) -> Result<Option<StoredJob>, StoreError> {
        let Some(store) = &self.store else { return Ok(None) };
        let Some(run) = store.run(run)? else { return Ok(None) };
        Ok(run.jobs()?.into_iter().find(|job| job.record().name == name))
    }

    /// Turns an error of the store into a warning: the job has run whatever is stored of it.
    fn warn_of<T>(&mut self, result: Result<T, StoreError>) -> Option<T> {
        let warning = |error: &StoreError| UserMessage::Warning(chain(error));
        self.messages.extend(result.as_ref().err().map(warning));
        result.ok()
    }
}
