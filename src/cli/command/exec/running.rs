//! Runs the planned jobs one after another, within one stored run.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinHandle;

use crate::cli::command::exec::after_failure::{StartCondition, last_can_run, next_runs};
use crate::cli::command::exec::copies::copy;
use crate::cli::command::exec::given::Given;
use crate::cli::command::exec::run_place::container_note;
use crate::cli::command::exec::steps::PlannedStep;
use crate::cli::command::exec::unavailable_image::WrittenImages;
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code::{self, ScriptExitCode};
use crate::cli::options::{CacheUse, JobArtifactsOptions};
use crate::cli::project::LoadedProject;
use crate::cli::user_message::UserMessage;
use crate::error_chain::chain;
use crate::executor::event::EventKind;
use crate::executor::execute;
use crate::executor::files_notice::FilesNotice;
use crate::executor::notice::Notice;
use crate::executor::outcome::{Allowed, Failure, JobOutcome};
use crate::executor::run_context::RunContext;
use crate::executor::run_store::RunStore;
use crate::pipeline::job::Job;
use crate::plan::job_plan::{AllowFailure, JobPlan};
use crate::store::{
    EndState, ProjectStore, RetentionRules, RunFolder, RunId, RunStart, SourcesRecord, StoreError,
    StorePlaces, StoredJob, Tidied, tidy,
};

/// What the jobs of a run share while they run.
pub(super) struct Running<'p> {
    pub(super) project: &'p LoadedProject,
    pub(super) store: Option<Arc<ProjectStore>>,
    pub(super) places: Option<StorePlaces>,
    pub(super) retention: RetentionRules,
    /// What the producers have given so far.
    pub(super) given: Given,
    pub(super) sources: SourcesRecord,
    pub(super) options: &'p JobArtifactsOptions,
    pub(super) script_exit_code: ScriptExitCode,
    /// What is told when the log is written.
    pub(super) messages: Vec<UserMessage>,
    /// Whether artifacts that `--artifacts-to` asks for are not copied.
    pub(super) lacks_copies: bool,
}

/// A removal of what the store does not keep any more.
type StoreTidying = JoinHandle<Result<Tidied, StoreError>>;

/// How the jobs have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RunEnding {
    code: u8,
    state: EndState,
}

impl Running<'_> {
    /// Runs the jobs, after a failure those whose `when` admits it, and returns the exit code.
    pub(super) async fn run(&mut self, steps: Vec<PlannedStep<'_>>, mut context: RunContext) -> u8 {
        context.store = self.begin(&context).await;
        let run = context.store.as_ref().map(|store| Arc::clone(&store.run));
        if run.is_none() && steps.len() > 1 && !context.shutdown.is_requested() {
            let error = "no job has run: artifacts reach later jobs through the store, which cannot be used";
            self.messages.push(UserMessage::Error(error.to_owned()));
            return exit_code::SYSTEM_FAILED;
        }
        let keeps_files = steps.iter().any(|step| keeps_files(step.decision.job));
        // Beside the first job, whose engine is what takes time.
        let tidying = run.as_ref().and_then(|run| self.begin_tidying(run.id()));
        let ending = self.run_steps(steps, context, run.as_ref()).await;
        if let Some(run) = run.and_then(Arc::into_inner) {
            let places = self.places.as_ref().filter(|_| keeps_files);
            self.messages.extend(places.and_then(container_note));
            let id = run.id().clone();
            self.warn_of(run.finish(now(), ending.state));
            self.end_tidying(tidying).await;
            if keeps_files && ending.state != EndState::Canceled {
                let tidying = self.begin_tidying(&id);
                self.end_tidying(tidying).await;
            }
        }
        match ending.code {
            exit_code::PASSED if self.lacks_copies => exit_code::SYSTEM_FAILED,
            code => code,
        }
    }

    /// Begins to remove what the store does not keep any more. It is given two seconds.
    fn begin_tidying(&self, run: &RunId) -> Option<StoreTidying> {
        let (places, project, rules) = (self.places.clone()?, self.store.clone()?, self.retention);
        let run = run.clone();
        Some(tokio::task::spawn_blocking(move || tidy(&places, &project, &rules, &run, now())))
    }

    async fn end_tidying(&mut self, tidying: Option<StoreTidying>) {
        let Some(tidying) = tidying else { return };
        if let Ok(tidied) = tidying.await {
            self.warn_of(tidied);
        }
    }

    /// Begins the run in the store; `None` if nothing is stored, or the user has stopped the run while another process
    /// had the store's lock.
    async fn begin(&self, context: &RunContext) -> Option<RunStore> {
        let project = self.store.clone()?;
        let facts = &self.project.facts;
        let start = RunStart {
            pipeline_id: facts.pipeline_id,
            iid: facts.pipeline_iid,
            sources: self.sources.clone(),
            started: facts.now,
        };
        let store = Arc::clone(&project);
        let begun = tokio::task::spawn_blocking(move || store.begin_run(start));
        let begun = context.shutdown.unless(begun).await.ok()?.ok()?;
        let tell = |error| {
            context.events.send(EventKind::Files(FilesNotice::RecordMissing { error: chain(&error) }));
        };
        let run = Arc::new(begun.map_err(tell).ok()?);
        let JobArtifactsOptions { archive_bytes_max, dotenv_limits, .. } = *self.options;
        Some(RunStore { project, run, archive_bytes_max, dotenv_limits, snapshot: None })
    }

    async fn run_steps(
        &mut self,
        steps: Vec<PlannedStep<'_>>,
        context: RunContext,
        run: Option<&Arc<RunFolder>>,
    ) -> RunEnding {
        let total = steps.len();
        let last = steps.last().map(|step| step.name().to_owned()).unwrap_or_default();
        let conditions: Vec<StartCondition> = steps.iter().map(|step| step.start.clone()).collect();
        let (mut passed, mut ended, mut failed) = (Vec::new(), Vec::new(), None);
        let mut ending = RunEnding { code: exit_code::PASSED, state: EndState::Success };
        for (number, step) in (1..).zip(steps) {
            if !next_runs(&conditions, &passed) {
                passed.push(false);
                continue;
            }
            let name = step.name().to_owned();
            let plan = match self.plan(step, &ended) {
                Ok(plan) => plan,
                Err(error) => {
                    self.messages.extend(error.messages);
                    return RunEnding { code: exit_code::of_error(error.kind), state: EndState::Failed };
                }
            };
            if total > 1 {
                context.events.notice(Notice::JobOfRun { job: name.clone(), number, total });
            }
            let images = WrittenImages::of(&plan);
            let outcome = execute(plan, context.clone()).await.outcome;
            let explained = images.explain(&outcome, &context.engine, &self.project.renderer);
            self.messages.extend(context.shutdown.unless(explained).await.unwrap_or_default());
            let of_job = RunEnding {
                code: exit_code::of_job(&outcome, self.script_exit_code),
                state: state(&outcome),
            };
            ending = ending.and(of_job);
            // After the last job, nobody but the user takes something.
            if number < total || self.options.copied_to.is_some() {
                match run {
                    Some(run) => self.take_over(run.id(), &name, &context).await,
                    None => self.lacks_copies = true,
                }
            }
            passed.push(of_job.state == EndState::Success);
            if context.shutdown.is_requested() || !last_can_run(&conditions, &passed) {
                if name != last {
                    let error = format!("`{name}` {}, so that `{last}` has not run", verb(of_job.state));
                    self.messages.push(UserMessage::Error(error));
                    if ending.state == EndState::Success {
                        // The signal came after the result of this job, and the one that the user named has none.
                        let code = exit_code::of_signal(context.shutdown.requested().await);
                        ending = RunEnding { code, state: EndState::Canceled };
                    }
                }
                return ending;
            }
            if of_job.state != EndState::Success {
                failed.get_or_insert_with(|| name.clone());
            }
            ended.push(name);
        }
        if let Some(failed) = failed {
            let error = format!("`{failed}` failed, and with it the run, although `{last}` passed");
            self.messages.push(UserMessage::Error(error));
        }
        ending
    }

    /// The plan of a job, made again if a producer has run meanwhile.
    fn plan(&mut self, step: PlannedStep<'_>, ended: &[String]) -> Result<JobPlan, CommandError> {
        let lost = step
            .producers
            .iter()
            .find(|producer| ended.iter().any(|ended| ended == *producer) && !self.given.has(producer));
        if let Some(producer) = lost {
            let error =
                format!("`{}` has not run: what `{producer}` gives it is not in the store", step.name());
            return Err(CommandError::new(CommandErrorKind::System, error));
        }
        let is_known = !step.producers.iter().any(|producer| ended.iter().any(|ended| ended == producer));
        let mut plan = match step.plan {
            Some(plan) if is_known => plan,
            early => {
                let inputs = self.given.inputs(&step.producers);
                let (plan, warnings) = self.project.plan_as(&step.decision, step.identity, &inputs)?;
                // Those of an early plan have been told before.
                self.messages.extend(if early.is_some() { Vec::new() } else { warnings });
                plan
            }
        };
        if self.options.caches == CacheUse::Ignored {
            plan.caches.clear();
        }
        // Only a pipeline goes on without a manual job; here, the user has asked for the job itself.
        if plan.allow_failure == AllowFailure::Manual {
            plan.allow_failure = AllowFailure::No;
        }
        Ok(plan)
    }

    /// Takes what a job that has ended gives to others, and to the user.
    async fn take_over(&mut self, run: &RunId, name: &str, context: &RunContext) {
        let found = self.stored_job(run, name);
        let Some(job) = self.warn_of(found).flatten() else {
            self.lacks_copies |= self.options.copied_to.is_some();
            return;
        };
        let given = self.given.add(run, &job);
        self.warn_of(given);
        let Some(target) = &self.options.copied_to else { return };
        let root = self.project.facts.root().to_owned();
        match context.shutdown.unless(copy(job, target.clone(), root)).await {
            Ok(Ok(message)) => self.messages.extend(message),
            Ok(Err(error)) => {
                self.messages.push(error);
                self.lacks_copies = true;
            }
            Err(_) => self.messages.push(UserMessage::Warning(format!(
                "the artifacts of `{name}` are not completely copied: the run was stopped"
            ))),
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

impl RunEnding {
    /// How the run ends with a further job: with the first failure, unless the user stops it.
    fn and(self, job: Self) -> Self {
        match (self.state, job.state) {
            (EndState::Success, _) | (_, EndState::Canceled) => job,
            _ => self,
        }
    }
}

/// Whether a job has artifacts, reports or caches to store, and not its log alone.
fn keeps_files(job: &Job) -> bool {
    job.artifacts.has_archive() || !job.artifacts.reports.is_empty() || !job.caches.is_empty()
}

/// How a job with this outcome ends the run.
fn state(outcome: &JobOutcome) -> EndState {
    match outcome {
        JobOutcome::Passed | JobOutcome::Failed(_, Allowed::Yes) => EndState::Success,
        JobOutcome::Failed(Failure::Interrupted(_), _) => EndState::Canceled,
        JobOutcome::Failed(_, Allowed::No) => EndState::Failed,
    }
}

fn verb(state: EndState) -> &'static str {
    match state {
        EndState::Failed => "failed",
        EndState::Success | EndState::Canceled | EndState::Skipped => "was stopped",
    }
}

fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the time at which the run ends")]
    Timestamp::now()
}
