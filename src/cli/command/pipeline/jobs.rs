//! The jobs of a pipeline and their plans. A job is planned for good when it may start: variables of its producers reach its
//! image, services, caches and artifacts. What can be planned before finds mistakes before anything starts.

use std::collections::{BTreeSet, HashMap};

use crate::cli::command_error::CommandError;
use crate::cli::project::LoadedProject;
use crate::cli::run::given::Given;
use crate::cli::user_message::UserMessage;
use crate::pipeline::job::JobKind;
use crate::pipeline::when::When;
use crate::plan::decision::Decision;
use crate::plan::identity::{JobIdentity, Slot};
use crate::plan::job_plan::JobPlan;
use crate::plan::producers::JobOrder;
use crate::plan::resource_group::resource_group;
use crate::plan::selection::Selector;

/// The jobs that the user has chosen to be treated apart, by their places.
pub(super) struct ChosenJobs {
    /// Those that the user starts.
    pub(super) started: BTreeSet<usize>,
    /// Those that have passed in an earlier run, and are not repeated.
    pub(super) reused: Vec<usize>,
}

impl ChosenJobs {
    /// Whether the job runs if nothing fails before it.
    pub(super) fn let_run(&self, job: &PipelineJob<'_>) -> bool {
        let waits_for_failure = job.decision.selection.when == When::OnFailure;
        self.may_run(job) && (!waits_for_failure || self.started.contains(&job.place))
    }

    /// Whether the job may run in this run, by itself or because the user starts it.
    fn may_run(&self, job: &PipelineJob<'_>) -> bool {
        let Decision { job: of_file, selection, .. } = &job.decision;
        let waits_for_user = selection.when == When::Manual && !self.started.contains(&job.place);
        of_file.kind != JobKind::Trigger && !waits_for_user && !self.reused.contains(&job.place)
    }
}

/// The jobs of a pipeline, in its order.
pub(super) struct PipelineJobs<'p> {
    project: &'p LoadedProject,
    jobs: Vec<PipelineJob<'p>>,
}

/// A job of a pipeline.
pub(super) struct PipelineJob<'p> {
    /// Its place in the pipeline.
    pub(super) place: usize,
    pub(super) decision: Decision<'p>,
    /// The names of the jobs whose artifacts and variables it receives, in GitLab's order.
    producers: Vec<&'p str>,
    /// The plan before its producers have run; `None` if it depends on their variables, or the job does not start by itself.
    pub(super) early_plan: Option<JobPlan>,
}

impl<'p> PipelineJobs<'p> {
    /// The jobs with these decisions; producers that are not among them give nothing.
    pub(super) fn new(
        project: &'p LoadedProject,
        selector: &'p Selector<'p>,
        decisions: Vec<Decision<'p>>,
    ) -> Self {
        let order = JobOrder::new(&project.pipeline, selector);
        let names: BTreeSet<&str> = decisions.iter().map(|decision| &*decision.job.name.value).collect();
        let jobs = decisions.into_iter().enumerate().map(|(place, decision)| {
            let producers = order.producers(&decision).into_iter().map(|job| &*job.name.value);
            let producers = producers.filter(|producer| names.contains(producer)).collect();
            PipelineJob { place, decision, producers, early_plan: None }
        });
        Self { project, jobs: jobs.collect() }
    }

    /// The resource groups of the jobs that have one, by their places.
    pub(super) fn resource_groups(&self) -> HashMap<usize, String> {
        let facts = &self.project.facts;
        let group = |job: &PipelineJob<'_>| Some((job.place, resource_group(&job.decision, facts)?));
        self.jobs.iter().filter_map(group).collect()
    }

    pub(super) fn all(&self) -> &[PipelineJob<'p>] {
        &self.jobs
    }

    /// Plans the jobs that may run, so that mistakes are found before the first one starts. The messages are warnings.
    ///
    /// # Errors
    /// A job cannot be planned, whatever variables the jobs before it give.
    pub(super) fn plan_early(
        &mut self,
        chosen: &ChosenJobs,
        given: &Given,
    ) -> Result<Vec<UserMessage>, CommandError> {
        let (mut plans, mut messages) = (Vec::new(), Vec::new());
        for job in &self.jobs {
            if !chosen.may_run(job) {
                plans.push(None);
                continue;
            }
            plans.push(match self.plan(job, Slot::FIRST, given) {
                Ok((plan, warnings)) => {
                    // Jobs of one template share their warnings.
                    let new = warnings.into_iter().filter(|warning| !messages.contains(warning));
                    let new: Vec<UserMessage> = new.collect();
                    messages.extend(new);
                    Some(plan)
                }
                Err(_) if self.awaits_variables(job, given) => None,
                Err(error) => return Err(error.after(messages)),
            });
        }
        for (job, plan) in self.jobs.iter_mut().zip(plans) {
            job.early_plan = plan;
        }
        Ok(messages)
    }

    /// Plans a job with what its producers have given. The messages are warnings.
    ///
    /// # Errors
    /// The job cannot be planned.
    pub(super) fn plan(
        &self,
        job: &PipelineJob<'_>,
        slot: Slot,
        given: &Given,
    ) -> Result<(JobPlan, Vec<UserMessage>), CommandError> {
        // Job ids begin with 1.
        let number = u64::try_from(job.place).unwrap_or(u64::MAX).saturating_add(1);
        let identity = JobIdentity::new(self.project.facts.pipeline_id, number, slot);
        self.project.plan_as(&job.decision, identity, &given.inputs(&job.producers))
    }

    /// Whether a producer of the job may still give variables.
    fn awaits_variables(&self, job: &PipelineJob<'_>, given: &Given) -> bool {
        let jobs = &self.project.pipeline.jobs;
        let has_variables = |name: &str| jobs.get(name).is_some_and(|job| job.artifacts.has_dotenv());
        job.producers.iter().any(|producer| has_variables(producer) && !given.has(producer))
    }

    /// The jobs that receive what `producer` gives, and await no variables of others.
    pub(super) fn complete_with(
        &self,
        producer: &str,
        given: &Given,
    ) -> impl Iterator<Item = &PipelineJob<'p>> {
        let receives = move |job: &&PipelineJob<'_>| {
            job.producers.contains(&producer) && !self.awaits_variables(job, given)
        };
        self.jobs.iter().filter(receives)
    }
}

impl<'p> PipelineJob<'p> {
    /// Its name.
    pub(super) fn name(&self) -> &'p str {
        &self.decision.job.name.value
    }
}
