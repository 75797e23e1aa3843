//! The jobs of a run in their order, and their plans.

use crate::cli::command::exec::after_failure::StartCondition;
use crate::cli::command_error::CommandError;
use crate::cli::project::LoadedProject;
use crate::cli::run::given::Given;
use crate::cli::user_message::UserMessage;
use crate::pipeline::when::When;
use crate::plan::decision::Decision;
use crate::plan::identity::{JobIdentity, Slot};
use crate::plan::job_plan::{JobPlan, TerminalUse};
use crate::plan::producers::JobOrder;
use crate::plan::selection::Selector;

/// A job of the run.
pub(super) struct Step<'p> {
    pub(super) job: &'p str,
    /// The jobs whose artifacts it receives, in GitLab's order.
    pub(super) producers: Vec<&'p str>,
}

/// A job of the run with its plan.
pub(super) struct PlannedStep<'p> {
    pub(super) decision: Decision<'p>,
    pub(super) producers: Vec<&'p str>,
    pub(super) start: StartCondition,
    pub(super) identity: JobIdentity,
    /// The plan, as far as what the producers give is known before they run; `None` if it depends on their variables.
    pub(super) plan: Option<JobPlan>,
    /// When a person gets a terminal in the job's container.
    pub(super) terminal: TerminalUse,
}

impl<'p> PlannedStep<'p> {
    /// The name of the job.
    pub(super) fn name(&self) -> &'p str {
        &self.decision.job.name.value
    }
}

/// The jobs of the file, the order in which GitLab delivers their artifacts, and what the rules decide about them.
pub(super) struct Jobs<'p> {
    project: &'p LoadedProject,
    selector: &'p Selector<'p>,
    order: JobOrder<'p>,
}

impl<'p> Jobs<'p> {
    pub(super) fn new(project: &'p LoadedProject, selector: &'p Selector<'p>) -> Self {
        Self { project, selector, order: JobOrder::new(&project.pipeline, selector) }
    }

    /// The jobs whose artifacts a job receives, in GitLab's order.
    pub(super) fn producers(&self, job: &str) -> Vec<&'p str> {
        let Some(job) = self.project.pipeline.jobs.get(job) else { return Vec::new() };
        let producers = self.order.producers(&self.selector.decide(job));
        producers.iter().map(|job| &*job.name.value).collect()
    }

    /// Refuses a job that needs jobs which the pipeline of this branch or tag does not have.
    ///
    /// # Errors
    /// GitLab would not create a pipeline with the job.
    pub(super) fn ensure_needs(&self, job: &str) -> Result<(), CommandError> {
        let Some(job) = self.project.pipeline.jobs.get(job) else { return Ok(()) };
        self.project.ensure_needs(&self.selector.decide(job), self.selector)
    }

    /// The `when` of a job that a pipeline starts only by hand or after a failure.
    pub(super) fn hold(&self, job: &str) -> Option<When> {
        let job = self.project.pipeline.jobs.get(job)?;
        let when = self.selector.decide(job).selection.when;
        matches!(when, When::Manual | When::OnFailure).then_some(when)
    }

    /// What decides whether a job starts after those of the run before it.
    fn start(&self, decision: &Decision<'_>, before: &[PlannedStep<'_>]) -> StartCondition {
        let awaited = self.order.direct(decision);
        let is_awaited = |name: &str| awaited.iter().any(|job| job.name.value == name);
        let places = (0..).zip(before).filter(|(_, step)| is_awaited(step.name()));
        StartCondition { when: decision.selection.when, awaited: places.map(|(place, _)| place).collect() }
    }

    /// Whether a job gives variables to later ones.
    fn has_dotenv(&self, job: &str) -> bool {
        self.project.pipeline.jobs.get(job).is_some_and(|job| job.artifacts.has_dotenv())
    }
}

/// Plans all jobs of the run, so that mistakes are found before the first one starts. The messages are warnings, and
/// notes about the jobs.
///
/// # Errors
/// A job cannot be planned, whatever variables the jobs before it give.
pub(super) fn plan_steps<'p>(
    jobs: &Jobs<'p>,
    steps: Vec<Step<'p>>,
    slot: Slot,
    given: &Given,
    terminal: TerminalUse,
) -> Result<(Vec<PlannedStep<'p>>, Vec<UserMessage>), CommandError> {
    let Jobs { project, selector, .. } = jobs;
    let (mut planned, mut messages) = (Vec::<PlannedStep<'_>>::new(), Vec::new());
    let last = steps.len();
    for (number, Step { job, producers }) in (1_u64..).zip(steps) {
        let job = project.job(job).map_err(|error| error.after(std::mem::take(&mut messages)))?;
        let decision = selector.decide(job);
        let identity = JobIdentity::new(project.facts.pipeline_id, number, slot);
        let gives_later =
            |step: &PlannedStep<'_>| producers.contains(&step.name()) && jobs.has_dotenv(step.name());
        let plan = match project.plan_as(&decision, identity, &given.inputs(&producers)) {
            Ok((plan, warnings)) => {
                messages.extend(warnings);
                Some(plan)
            }
            Err(_) if planned.iter().any(gives_later) => None,
            Err(error) => return Err(error.after(messages)),
        };
        messages.extend(match planned.len() + 1 == last {
            true => project.notes(&decision),
            false => LoadedProject::delay_note(&decision).into_iter().collect(),
        });
        let start = jobs.start(&decision, &planned);
        // A shell takes the place of the named job alone, the last one.
        let terminal = match terminal {
            TerminalUse::InPlaceOfScript if planned.len() + 1 < last => TerminalUse::Never,
            terminal => terminal,
        };
        planned.push(PlannedStep { decision, producers, start, identity, plan, terminal });
    }
    Ok((planned, messages))
}
