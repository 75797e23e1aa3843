//! Runs a pipeline whose jobs are chosen: in the store, on the engine, and to its report.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::cli::command::pipeline::ending::{BlockedExitCode, RunCircumstances, end_state, report};
use crate::cli::command::pipeline::jobs::{ChosenJobs, PipelineJob, PipelineJobs};
use crate::cli::command::pipeline::resource_groups::ResourceGroups;
use crate::cli::command::pipeline::running::{EndedJobs, JobsSoFar, RunningPipeline};
use crate::cli::exit_code;
use crate::cli::options::CacheUse;
use crate::cli::run::in_store::{KeptFiles, RunInStore};
use crate::cli::user_message::UserMessage;
use crate::executor::event::EventKind;
use crate::executor::image::pulls_ahead::PullsAhead;
use crate::executor::run_context::RunContext;
use crate::executor::run_report::{JobReport, RunFacts, RunJob, RunReport};
use crate::executor::run_store::{DotenvLimits, RunStore};
use crate::pipeline::auto_cancel::OnJobFailure;
use crate::schedule::decision::DelayedStart;
use crate::schedule::graph::JobGraph;
use crate::schedule::job_state::JobState;
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
    let facts = Arc::new(facts(jobs, schedule.graph(), in_store, run.as_deref(), settings.slots));
    context.events.send(EventKind::RunStarted(Arc::clone(&facts)));
    let Some((store, run)) = in_store.store.clone().zip(run) else {
        return without_store(facts, in_store, &context).await;
    };
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
    let running = RunningPipeline {
        jobs,
        in_store: &mut *in_store,
        resources: ResourceGroups::new(
            Arc::clone(&store),
            run.id().as_str().to_owned(),
            jobs.resource_groups(),
        ),
        store,
        run: run.id().clone(),
        pulls: Some(pulls(jobs, chosen, &context)),
        schedule,
        context: context.clone(),
        slots: settings.slots,
        delayed: settings.delayed,
        on_job_failure: settings.on_job_failure,
        chosen,
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

/// Ends a run of which nothing can be stored, or that the user has stopped before it began.
async fn without_store(facts: Arc<RunFacts>, in_store: &mut RunInStore<'_>, context: &RunContext) -> u8 {
    let (code, status) = match context.shutdown.is_requested() {
        true => (exit_code::of_signal(context.shutdown.requested().await), JobState::Canceled),
        false => {
            let error = "no job has run: artifacts reach later jobs through the store, which cannot be used";
            in_store.messages.push(UserMessage::Error(error.to_owned()));
            (exit_code::SYSTEM_FAILED, JobState::Failed)
        }
    };
    let jobs = facts.jobs.iter().map(|_| JobReport::not_run(JobState::Created, None)).collect();
    let report = RunReport { facts, status, has_warnings: false, code, wall: Duration::ZERO, jobs };
    context.events.send(EventKind::RunFinished(Arc::new(report)));
    code
}

/// Begins to pull the images of the jobs that will probably run.
fn pulls(jobs: &PipelineJobs<'_>, chosen: &ChosenJobs, context: &RunContext) -> PullsAhead {
    let mut pulls = PullsAhead::new(context.clone());
    let known = jobs.all().iter().filter(|job| chosen.let_run(job)).filter_map(|job| job.early_plan.as_ref());
    known.for_each(|plan| pulls.begin(plan));
    pulls
}

/// What is known of the run when it begins.
fn facts(
    jobs: &PipelineJobs<'_>,
    graph: &JobGraph,
    in_store: &RunInStore<'_>,
    run: Option<&RunFolder>,
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
        run: run.map(|run| run.id().as_str().to_owned()),
        pipeline_id: project_facts.pipeline_id,
        commit: in_store.sources.commit.clone(),
        is_dirty: in_store.sources.is_dirty,
        started: project_facts.now,
        slots,
        jobs: jobs.all().iter().zip(&graph.jobs).map(job).collect(),
    }
}
