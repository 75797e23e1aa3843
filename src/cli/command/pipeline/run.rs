//! Runs a pipeline whose jobs are chosen: in the store, on the engine, and to its report.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tokio::time::Instant;

use crate::cli::command::pipeline::ending::{BlockedExitCode, RunCircumstances, end_state, report};
use crate::cli::command::pipeline::jobs::{PipelineJob, PipelineJobs};
use crate::cli::command::pipeline::resource_groups::ResourceGroups;
use crate::cli::command::pipeline::running::{EndedJobs, JobsSoFar, RunningPipeline};
use crate::cli::exit_code;
use crate::cli::options::CacheUse;
use crate::cli::run::in_store::{KeptFiles, RunInStore};
use crate::cli::user_message::UserMessage;
use crate::executor::event::EventKind;
use crate::executor::image::pulls_ahead::PullsAhead;
use crate::executor::run_context::RunContext;
use crate::executor::run_report::{RunFacts, RunJob};
use crate::executor::run_store::{DotenvLimits, RunStore};
use crate::pipeline::auto_cancel::OnJobFailure;
use crate::pipeline::when::When;
use crate::schedule::decision::DelayedStart;
use crate::schedule::graph::JobGraph;
use crate::schedule::progress::Schedule;
use crate::store::RunFolder;
use crate::workspace::pack::SourceSnapshot;

/// What the user has decided about the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunSettings {
    /// How many jobs may run at the same time.
    pub(super) slots: usize,
    pub(super) delayed: DelayedStart,
    pub(super) on_job_failure: OnJobFailure,
    pub(super) blocked: BlockedExitCode,
    pub(super) caches: CacheUse,
    pub(super) archive_bytes_max: u64,
    pub(super) dotenv_limits: DotenvLimits,
}

/// The jobs that the user has chosen to be treated apart, by their places.
pub(super) struct ChosenJobs {
    /// Those that the user starts.
    pub(super) started: BTreeSet<usize>,
    /// Those that have passed in an earlier run, and are not repeated.
    pub(super) reused: Vec<usize>,
}

/// Runs the jobs, and returns the exit code.
pub(super) async fn run<'p>(
    jobs: &PipelineJobs<'p>,
    schedule: Schedule,
    chosen: &ChosenJobs,
    in_store: &mut RunInStore<'p>,
    settings: RunSettings,
    mut context: RunContext,
) -> u8 {
    let begun = Instant::now();
    let run = in_store.begin(&context).await;
    let Some((store, run)) = in_store.store.clone().zip(run) else {
        if context.shutdown.is_requested() {
            return exit_code::of_signal(context.shutdown.requested().await);
        }
        let error = "no job has run: artifacts reach later jobs through the store, which cannot be used";
        in_store.messages.push(UserMessage::Error(error.to_owned()));
        return exit_code::SYSTEM_FAILED;
    };
    let facts = Arc::new(facts(jobs, schedule.graph(), in_store, &run, settings.slots));
    context.events.send(EventKind::RunStarted(Arc::clone(&facts)));
    let kept = KeptFiles::of(jobs.all().iter().map(|job| job.decision.job));
    let tidying = in_store.begin_tidying(run.id());
    let snapshot = Arc::new(SourceSnapshot::new(Arc::clone(&run)));
    let RunSettings { archive_bytes_max, dotenv_limits, .. } = settings;
    context.store = Some(RunStore {
        project: Arc::clone(&store),
        run: Arc::clone(&run),
        archive_bytes_max,
        dotenv_limits,
        snapshot: Some(Arc::clone(&snapshot)),
    });
    let groups = jobs.all().iter().enumerate();
    let groups: HashMap<usize, String> =
        groups.filter_map(|(place, job)| Some((place, job.resource_group()?))).collect();
    let running = RunningPipeline {
        jobs,
        in_store: &mut *in_store,
        resources: ResourceGroups::new(Arc::clone(&store), run.id().as_str().to_owned(), groups),
        store,
        run: run.id().clone(),
        pulls: Some(pulls(jobs, chosen, &context)),
        schedule,
        context: context.clone(),
        slots: settings.slots,
        delayed: settings.delayed,
        on_job_failure: settings.on_job_failure,
        caches: settings.caches,
        state: JobsSoFar::default(),
    };
    let EndedJobs { schedule, reports, signal } = running.run(&chosen.reused).await;
    if snapshot.is_too_large() {
        let warning =
            "the sources are too large for a copy, so that each job got the working tree as it was then";
        in_store.messages.push(UserMessage::Warning(warning.to_owned()));
    }
    let RunSettings { blocked, .. } = settings;
    let end =
        RunCircumstances { signal, blocked, lacks_copies: in_store.lacks_copies, wall: begun.elapsed() };
    let report = report(facts, schedule.status(), reports, end);
    let (code, state) = (report.code, end_state(&report));
    context.events.send(EventKind::RunFinished(Arc::new(report)));
    drop((context, snapshot));
    in_store.end(run, tidying, kept, state).await;
    code
}

/// Begins to pull the images of the jobs that will probably run.
fn pulls(jobs: &PipelineJobs<'_>, chosen: &ChosenJobs, context: &RunContext) -> PullsAhead {
    let mut pulls = PullsAhead::new(context.clone());
    for (place, job) in jobs.all().iter().enumerate() {
        let waits_for_failure =
            job.decision.selection.when == When::OnFailure && !chosen.started.contains(&place);
        let runs = !waits_for_failure && !chosen.reused.contains(&place);
        if let Some(plan) = job.early_plan.as_ref().filter(|_| runs) {
            pulls.begin(plan);
        }
    }
    pulls
}

/// What is known of the run when it begins.
fn facts(
    jobs: &PipelineJobs<'_>,
    graph: &JobGraph,
    in_store: &RunInStore<'_>,
    run: &RunFolder,
    slots: usize,
) -> RunFacts {
    let name = |place: &usize| jobs.all().get(*place).map(|job| job.name().to_owned());
    let job = |(job, node): (&PipelineJob<'_>, &crate::schedule::graph::JobNode)| RunJob {
        name: job.name().to_owned(),
        stage: job.decision.job.stage.clone(),
        needs: node.needs.as_ref().map(|needs| needs.iter().filter_map(name).collect()),
        when: node.when,
    };
    let project_facts = &in_store.project.facts;
    RunFacts {
        run: Some(run.id().as_str().to_owned()),
        pipeline_id: project_facts.pipeline_id,
        commit: in_store.sources.commit.clone(),
        is_dirty: in_store.sources.is_dirty,
        started: project_facts.now,
        slots,
        jobs: jobs.all().iter().zip(&graph.jobs).map(job).collect(),
    }
}
