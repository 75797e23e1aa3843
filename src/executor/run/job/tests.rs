use std::sync::Arc;

use super::*;
use crate::executor::event::Event;
use crate::executor::event_channel::channel;
use crate::executor::testing::{engine_that_refuses, plan, run_context};
use crate::registry::pull_policy::PullPolicy;

/// The phases and the total that an attempt reports whose image no registry gives. `stop_after` is when the user stops
/// it.
async fn reported_times(stop_after: Option<Duration>) -> (Duration, Vec<(Phase, Duration)>) {
    let (outcome, times) = run_unpullable(plan(), stop_after).await;
    assert!(outcome.failure().is_some());
    times
}

/// Runs the job of `plan`, whose image no registry gives.
async fn run_unpullable(
    mut plan: JobPlan,
    stop_after: Option<Duration>,
) -> (Arc<JobOutcome>, (Duration, Vec<(Phase, Duration)>)) {
    let refuse = |request: &str| match request.contains("/images/create") {
        true => (500, "dial tcp 127.0.0.1:9: connect: connection refused"),
        false => (404, "no such object"),
    };
    let (engine, _serving) = engine_that_refuses(refuse).await;
    plan.image.pull_policies = vec![PullPolicy::Always];
    let (events, mut receiver) = channel();
    let (context, signals) = run_context(engine, events);
    let stopping = async {
        if let Some(delay) = stop_after {
            tokio::time::sleep(delay).await;
            signals.signal(Signal::Interrupt);
        }
    };
    let listening = async {
        let mut times = None;
        while let Some(Event { kind, .. }) = receiver.next().await {
            if let EventKind::Timings { total, phases } = kind {
                times = Some((total, phases));
            }
        }
        times.unwrap()
    };
    let attempt = run_once(Arc::new(plan), context, std::time::Instant::now());
    let (outcome, times, ()) = tokio::join!(attempt, listening, stopping);
    (outcome, times)
}

#[tokio::test(start_paused = true)]
async fn the_total_is_wall_clock_time_and_the_failed_phase_is_reported() {
    let (total, phases) = reported_times(None).await;
    let tries = Duration::from_secs(6);
    assert!(total >= tries && total < tries * 2, "{total:?} {phases:?}");
    let names: Vec<Phase> = phases.iter().map(|(phase, _)| *phase).collect();
    assert_eq!(names, [Phase::Prepare, Phase::Cleanup]);
    assert!(phases[0].1 >= tries && total >= phases[0].1.saturating_add(phases[1].1), "{total:?} {phases:?}");
}

#[tokio::test(start_paused = true)]
async fn a_phase_that_the_user_stops_is_reported() {
    let (total, phases) = reported_times(Some(Duration::from_secs(1))).await;
    assert_eq!((phases[0].0, phases[0].1.as_secs()), (Phase::Prepare, 1), "{total:?} {phases:?}");
    assert!(total >= Duration::from_secs(1), "{total:?}");
}

#[tokio::test(start_paused = true)]
async fn the_jobs_timeout_covers_its_preparation() {
    let timeout = Duration::from_secs(3);
    let (outcome, (total, _)) = run_unpullable(JobPlan { timeout, ..plan() }, None).await;
    assert!(
        matches!(outcome.failure(), Some(Failure::Timeout { after }) if *after == timeout),
        "{outcome:?}"
    );
    assert_eq!(total.as_secs(), 3);
}
