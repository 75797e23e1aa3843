use std::sync::Arc;

use super::*;
use crate::executor::event::Event;
use crate::executor::event_channel::channel;
use crate::executor::testing::{
    engine_deciding, engine_that_refuses, image, json_answer, no_content, plan, run_context,
};
use crate::executor::{outcome::Allowed, shutdown};
use crate::pipeline::retry::RetryWhen;
use crate::plan::job_plan::{ImagePlan, ProjectDirContent, Retry, ScriptItem};
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
    let attempt = run_once(Arc::new(plan), context, None, std::time::Instant::now());
    let ((outcome, _), times, ()) = tokio::join!(attempt, listening, stopping);
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

/// Runs the job of `plan` on an engine that does everything at once, but never answers a request whose line contains
/// `silent`, and on which no container ends. Returns the failure and when it came.
async fn run_on_silent_engine(mut plan: JobPlan, silent: &'static str) -> (String, u64) {
    plan.image.pull_policies = vec![PullPolicy::IfNotPresent];
    let decide = move |line: String| async move {
        if line.contains(silent) {
            std::future::pending::<()>().await;
        }
        let head = |status: &str, headers: &str| format!("HTTP/1.1 {status}\r\n{headers}\r\n\r\n");
        match line.rsplit(['/', '?']).find(|part| part.chars().all(|c| c.is_ascii_lowercase())) {
            Some("attach") => head("101 UPGRADED", "Connection: Upgrade\r\nUpgrade: tcp"),
            Some("wait") => head("200 OK", "Transfer-Encoding: chunked"),
            Some("archive") => head("200 OK", "Content-Length: 0"),
            _ if line.contains("/containers/create") || line.starts_with("GET ") => {
                json_answer(r#"{"Id":"sha256:0"}"#)
            }
            _ => no_content(),
        }
    };
    let (engine, _serving) = engine_deciding(None, decide).await;
    let (events, mut receiver) = channel();
    let (context, _signals) = run_context(engine, events);
    let began = Instant::now();
    let listening = async {
        let mut ended = Duration::ZERO;
        while let Some(event) = receiver.next().await {
            if let EventKind::Finished(_) = event.kind {
                ended = began.elapsed();
            }
        }
        ended
    };
    let running = run_once(Arc::new(plan), context, None, std::time::Instant::now());
    let ((outcome, _), ended) = tokio::join!(running, listening);
    (outcome.failure().map(|failure| chain(failure)).unwrap_or_default(), ended.as_secs())
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_the_engine_does_not_take_ends_by_its_own_limit_or_by_the_jobs() {
    let image = ImagePlan { user: Some("1000".to_owned()), ..image("a:1") };
    let minutes =
        |minutes: u64| JobPlan { timeout: Duration::from_secs(60 * minutes), image: image.clone(), ..plan() };
    let (failure, ended) = run_on_silent_engine(minutes(10), "/archive").await;
    assert!(failure.contains("cannot copy files into container"), "{failure}");
    assert!(failure.contains("no answer after 120 s"), "{failure}");
    assert_eq!(ended, 120);
    let expect = "execution took longer than 1 min".to_owned();
    assert_eq!(run_on_silent_engine(minutes(1), "/archive").await, (expect, 60));
}

#[tokio::test(start_paused = true)]
async fn a_container_that_does_not_take_its_files_is_given_up_by_its_own_limit_or_by_the_jobs() {
    let minutes = |minutes: u64| JobPlan { timeout: Duration::from_secs(60 * minutes), ..plan() };
    let (failure, ended) = run_on_silent_engine(minutes(10), "never").await;
    assert!(failure.contains("its command has neither taken files nor reported for 120s"), "{failure}");
    assert_eq!(ended, 120);
    let expect = "execution took longer than 1 min".to_owned();
    assert_eq!(run_on_silent_engine(minutes(1), "never").await, (expect, 60));
}

#[tokio::test(start_paused = true)]
async fn the_jobs_timeout_ends_a_hook_and_the_clearing_of_the_project_directory() {
    let expect = ("execution took longer than 1 min".to_owned(), 60);
    let hook = JobPlan { pre_get_sources: vec![ScriptItem::of_runner("sleep 1h")], ..plan() };
    assert_eq!(run_on_silent_engine(hook, "never").await, expect);
    let project_dir_content = ProjectDirContent::Removed { but: Vec::new() };
    let clearing = JobPlan { project_dir_content, ..plan() };
    assert_eq!(run_on_silent_engine(clearing, "never").await, expect);
}

#[test]
fn a_job_that_the_user_has_stopped_is_not_retried_whatever_its_result() {
    let plan = JobPlan { retry: Retry { max: 2, when: RetryWhen::Always, exit_codes: Vec::new() }, ..plan() };
    let outcome = JobOutcome::Failed(Failure::script(3), Allowed::No);
    let (signals, shutdown) = shutdown::channel();
    assert!(may_retry(&plan, &outcome, &shutdown));
    signals.signal(Signal::Interrupt);
    assert!(!may_retry(&plan, &outcome, &shutdown));
}
