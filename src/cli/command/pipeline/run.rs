//! Runs a pipeline whose jobs are chosen: in the store, on the engine, and to its report.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::cli::command::pipeline::ending::{RunCircumstances, end_state, report};
use crate::cli::command::pipeline::jobs::{ChosenJobs, PipelineJob, PipelineJobs};
use crate::cli::command::pipeline::resource_groups::ResourceGroups;
use crate::cli::command::pipeline::running::{EndedJobs, JobsSoFar, RunSettings, RunningPipeline};
use crate::cli::exit_code;
use crate::cli::run::in_store::{KeptFiles, RunInStore};
use crate::cli::user_message::UserMessage;
use crate::executor::event::EventKind;
use crate::executor::image::pulls_ahead::PullsAhead;
use crate::executor::run_context::RunContext;
use crate::executor::run_report::{JobReport, RunFacts, RunJob, RunReport};
use crate::executor::run_store::RunStore;
use crate::schedule::graph::{JobGraph, JobNode};
use crate::schedule::job_state::JobState;
use crate::schedule::progress::Schedule;
use crate::workspace::pack::SourceSnapshot;

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
    let facts = Arc::new(in_store.facts(run.as_deref(), settings.slots, run_jobs(jobs, schedule.graph())));
    context.events.send(EventKind::RunStarted(Arc::clone(&facts)));
    let Some((store, run)) = in_store.store.clone().zip(run) else {
        return without_store(facts, in_store, &context).await;
    };
    let kept = KeptFiles::of(jobs.all().iter().map(|job| job.decision.job));
    let tidying = in_store.begin_tidying(run.id());
    let snapshot = Arc::new(SourceSnapshot::new(Arc::clone(&run)));
    let RunSettings { archive_bytes_max, dotenv_limits, .. } = settings;
    let mut run_store = RunStore::new(Arc::clone(&store), Arc::clone(&run), archive_bytes_max, dotenv_limits);
    run_store.snapshot = Some(Arc::clone(&snapshot));
    context.store = Some(run_store);
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
        settings,
        chosen,
        state: JobsSoFar::default(),
    };
    let EndedJobs { schedule, reports, signal } = running.run().await;
    if snapshot.is_too_large() {
        let warning = "the sources are too large to be copied once for all jobs: each job got the working tree \
                       as it was when the job started";
        in_store.messages.push(UserMessage::Warning(warning.to_owned()));
    }
    let RunSettings { when_blocked, .. } = settings;
    let end =
        RunCircumstances { signal, when_blocked, lacks_copies: in_store.lacks_copies, wall: begun.elapsed() };
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
            in_store.tell_unusable();
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

/// The jobs as the run begins with them.
fn run_jobs(jobs: &PipelineJobs<'_>, graph: &JobGraph) -> Vec<RunJob> {
    let name = |place: &usize| jobs.all().get(*place).map(|job| job.name().to_owned());
    let job = |(job, node): (&PipelineJob<'_>, &JobNode)| RunJob {
        name: job.name().to_owned(),
        stage: job.decision.job.stage.clone(),
        needs: node.needs.as_ref().map(|needs| needs.iter().filter_map(name).collect()),
        when: node.when,
    };
    jobs.all().iter().zip(&graph.jobs).map(job).collect()
}
