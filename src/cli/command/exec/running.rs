//! Runs the planned jobs one after another, within one stored run.

use std::sync::Arc;

use crate::cli::command::exec::after_failure::{StartCondition, last_can_run, next_runs};
use crate::cli::command::exec::run_events::{RunEvents, RunResult, run_job};
use crate::cli::command::exec::steps::PlannedStep;
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code::{self, ScriptExitCode};
use crate::cli::options::{CacheUse, JobArtifactsOptions, KeptFilesOptions};
use crate::cli::run::in_store::{KeptFiles, RunInStore};
use crate::cli::run::unavailable_image::WrittenImages;
use crate::cli::user_message::UserMessage;
use crate::executor::execute;
use crate::executor::notice::Notice;
use crate::executor::outcome::{Allowed, Failure, JobOutcome};
use crate::executor::run_context::RunContext;
use crate::executor::run_store::RunStore;
use crate::executor::shutdown::Shutdown;
use crate::plan::job_plan::{AllowFailure, JobPlan};
use crate::schedule::job_state::JobState;
use crate::store::{EndState, RunFolder};

/// The jobs of a run while they run.
pub(super) struct Running<'p> {
    pub(super) in_store: RunInStore<'p>,
    pub(super) options: &'p JobArtifactsOptions,
    pub(super) script_exit_code: ScriptExitCode,
}

/// How the jobs have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RunEnding {
    code: u8,
    state: EndState,
}

impl Running<'_> {
    /// Runs the jobs, after a failure those whose `when` admits it, and returns the exit code.
    pub(super) async fn run(&mut self, steps: Vec<PlannedStep<'_>>, mut context: RunContext) -> u8 {
        let run = self.in_store.begin(&context).await;
        context.store = run.clone().and_then(|run| self.run_store(run));
        let facts = self.in_store.facts(run.as_deref(), 1, steps.iter().map(run_job).collect());
        let mut told = RunEvents::begin(facts, context.events.clone());
        let shutdown = context.shutdown.clone();
        if run.is_none() && steps.len() > 1 && !shutdown.is_requested() {
            self.in_store.tell_unusable();
            let (code, status) = (exit_code::SYSTEM_FAILED, JobState::Failed);
            told.finish(RunResult { code, status, is_stopped: false });
            return code;
        }
        let kept = KeptFiles::of(steps.iter().map(|step| step.decision.job));
        // Beside the first job, whose engine is what takes time.
        let tidying = run.as_ref().and_then(|run| self.in_store.begin_tidying(run.id()));
        let ending = self.run_steps(steps, context, run.as_ref(), &mut told).await;
        if let Some(run) = run {
            self.in_store.end(run, tidying, kept, ending.state).await;
        }
        let code = match ending.code {
            exit_code::PASSED if self.in_store.lacks_copies => exit_code::SYSTEM_FAILED,
            code => code,
        };
        told.finish(RunResult { code, status: ending.state.into(), is_stopped: shutdown.is_requested() });
        code
    }

    fn run_store(&self, run: Arc<RunFolder>) -> Option<RunStore> {
        let project = self.in_store.store.clone()?;
        let KeptFilesOptions { archive_bytes_max, dotenv_limits, .. } = self.options.kept;
        Some(RunStore::new(project, run, archive_bytes_max, dotenv_limits))
    }

    async fn run_steps(
        &mut self,
        steps: Vec<PlannedStep<'_>>,
        context: RunContext,
        run: Option<&Arc<RunFolder>>,
        told: &mut RunEvents,
    ) -> RunEnding {
        let total = steps.len();
        let last = steps.last().map(|step| step.name().to_owned()).unwrap_or_default();
        let conditions: Vec<StartCondition> = steps.iter().map(|step| step.start.clone()).collect();
        let (mut passed, mut ended, mut failed) = (Vec::new(), Vec::new(), None);
        let mut ending = RunEnding { code: exit_code::PASSED, state: EndState::Success };
        for (number, step) in (1..).zip(steps) {
            let place = passed.len();
            if !next_runs(&conditions, &passed) {
                told.job_omitted(place, JobState::Skipped, told.failed_before());
                passed.push(false);
                continue;
            }
            let name = step.name().to_owned();
            let plan = match self.plan(step, &ended) {
                Ok(plan) => plan,
                Err(error) => {
                    told.job_omitted(place, JobState::Failed, None);
                    self.in_store.messages.extend(error.messages);
                    return RunEnding { code: exit_code::of_error(error.kind), state: EndState::Failed };
                }
            };
            if total > 1 {
                context.events.notice(Notice::JobOfRun { job: name.clone(), number, total });
            }
            let images = WrittenImages::of(&plan);
            told.job_starts(place);
            let executed = execute(plan, context.clone()).await;
            let outcome = Arc::clone(&executed.outcome);
            told.job_ended(place, executed);
            context.terminals.pass_on(&name);
            let explained = images.explain(&outcome, &context.engine, &self.in_store.project.renderer);
            self.in_store.messages.extend(context.shutdown.unless(explained).await.unwrap_or_default());
            let of_job = self.ending(&outcome);
            ending = ending.and(of_job);
            // After the last job, nobody but the user takes something.
            if number < total || self.in_store.copied_to.is_some() {
                match run {
                    Some(run) => self.in_store.take_over(run.id(), &name, &context).await,
                    None => self.in_store.lacks_copies = true,
                }
            }
            passed.push(of_job.state == EndState::Success);
            if context.shutdown.is_requested() || !last_can_run(&conditions, &passed) {
                if name != last {
                    self.in_store.messages.push(not_run(&last, &name, of_job.state));
                    if ending.state == EndState::Success {
                        ending = RunEnding::stopped(&context.shutdown).await;
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
            self.in_store.messages.push(UserMessage::Error(error));
        }
        ending
    }

    /// How a job with this outcome ends the run.
    fn ending(&self, outcome: &JobOutcome) -> RunEnding {
        RunEnding { code: exit_code::of_job(outcome, self.script_exit_code), state: state(outcome) }
    }

    /// The plan of a job, made again if a producer has run meanwhile.
    fn plan(&mut self, step: PlannedStep<'_>, ended: &[String]) -> Result<JobPlan, CommandError> {
        let lost = step.producers.iter().find(|producer| {
            ended.iter().any(|ended| ended == *producer) && !self.in_store.given.has(producer)
        });
        if let Some(producer) = lost {
            let error = format!(
                "`{}` was not run: the artifacts and variables of `{producer}` are not in the store",
                step.name()
            );
            return Err(CommandError::new(CommandErrorKind::System, error));
        }
        let is_known = !step.producers.iter().any(|producer| ended.iter().any(|ended| ended == producer));
        let terminal = step.terminal;
        let mut plan = match step.plan {
            Some(plan) if is_known => plan,
            early => {
                let inputs = self.in_store.given.inputs(&step.producers);
                let (plan, warnings) =
                    self.in_store.project.plan_as(&step.decision, step.identity, &inputs)?;
                // Those of an early plan have been told before.
                self.in_store.messages.extend(if early.is_some() { Vec::new() } else { warnings });
                plan
            }
        };
        if self.options.kept.caches == CacheUse::Ignored {
            plan.caches.clear();
        }
        // Only a pipeline goes on without a manual job; here, the user has asked for the job itself.
        if plan.allow_failure == AllowFailure::Manual {
            plan.allow_failure = AllowFailure::No;
        }
        Ok(plan.with_terminal(terminal))
    }
}

impl RunEnding {
    /// The signal came after the result of a job, and the job that the user named has none.
    async fn stopped(shutdown: &Shutdown) -> Self {
        Self { code: exit_code::of_signal(shutdown.requested().await), state: EndState::Canceled }
    }

    /// How the run ends with a further job: with the first failure, unless the user stops it.
    fn and(self, job: Self) -> Self {
        match (self.state, job.state) {
            (EndState::Success, _) | (_, EndState::Canceled) => job,
            _ => self,
        }
    }
}

/// How a job with this outcome ends the run.
fn state(outcome: &JobOutcome) -> EndState {
    match outcome {
        JobOutcome::Passed | JobOutcome::Failed(_, Allowed::Yes) => EndState::Success,
        JobOutcome::Failed(Failure::Interrupted(_), _) => EndState::Canceled,
        JobOutcome::Failed(_, Allowed::No) => EndState::Failed,
    }
}

impl From<EndState> for JobState {
    fn from(state: EndState) -> Self {
        match state {
            EndState::Success => Self::Success,
            EndState::Failed => Self::Failed,
            EndState::Canceled => Self::Canceled,
            EndState::Skipped => Self::Skipped,
        }
    }
}

/// The message about the job that the user named and that has not run because of another one.
fn not_run(last: &str, name: &str, state: EndState) -> UserMessage {
    let verb = match state {
        EndState::Failed => "failed",
        EndState::Success | EndState::Canceled | EndState::Skipped => "was stopped",
    };
    UserMessage::Error(format!("`{name}` {verb}, so `{last}` was not run"))
}
