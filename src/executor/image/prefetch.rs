//! Pulls of the images of several jobs in advance, for the command `pull`.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::job_images::JobImages;
use super::pull::Puller;
use super::shared_pulls::{CONCURRENT_PULLS_MAX, SharedPulls};
use crate::credentials::memory::Helpers;
use crate::engine::Engine;
use crate::error_chain::chain;
use crate::executor::event::EventKind;
use crate::executor::event_channel::EventSender;
use crate::executor::notice::Notice;
use crate::executor::outcome::Failure;
use crate::executor::run::heartbeat::heartbeat;
use crate::executor::shutdown::{Shutdown, Signal};
use crate::executor::terminal_turn::TerminalTurns;
use crate::plan::job_plan::{ImagePlan, JobPlan};

/// How the pulls of `pull` ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefetchOutcome {
    /// The engine has all images.
    Complete,
    /// At least one image is unavailable.
    Incomplete,
    /// The user stopped the pulls.
    Interrupted(Signal),
}

/// Ensures that the engine has the images of `plans`, according to their pull policies.
pub async fn prefetch(
    plans: &[JobPlan],
    engine: Engine,
    events: EventSender,
    shutdown: Shutdown,
) -> PrefetchOutcome {
    let secrets = plans.iter().flat_map(|plan| plan.secrets.iter().cloned()).collect();
    events.send(EventKind::Secrets(secrets));
    let requests = requests(plans, &engine, &events);
    let all = requests.len();
    let mut running = JoinSet::new();
    let terminals = TerminalTurns::default();
    let failed = tokio::select! {
        failed = shutdown.unless(ensure_all(requests, &mut running, &events)) => failed,
        () = events.closed_without_signal(&shutdown) => Err(Signal::Pipe),
        never = heartbeat(&events, &terminals, Instant::now()) => match never {},
    };
    // Running pulls keep the event queue open; end them so that the log can finish.
    running.shutdown().await;
    events.send(EventKind::ActivityEnded);
    match failed {
        Ok(0) => {
            events.notice(Notice::ImagesProvided { count: all });
            PrefetchOutcome::Complete
        }
        Ok(failed) => {
            events.notice(Notice::ImagesMissing { missing: failed, count: all });
            PrefetchOutcome::Incomplete
        }
        Err(signal) => {
            events.notice(Notice::Interrupted { signal });
            PrefetchOutcome::Interrupted(signal)
        }
    }
}

/// Each image once, with the credentials of the first job that has it.
fn requests(plans: &[JobPlan], engine: &Engine, events: &EventSender) -> VecDeque<(JobImages, ImagePlan)> {
    let pulls = SharedPulls::new();
    let puller = Puller::new(engine.clone(), events.clone(), Vec::new(), Arc::new(Helpers::new(None)));
    let mut requests: VecDeque<(JobImages, ImagePlan)> = VecDeque::new();
    for plan in plans {
        let puller = puller.with_credentials(plan.credentials.clone());
        let images = JobImages::new(puller, pulls.clone(), pulls.created());
        for image in std::iter::once(&plan.image).chain(plan.services.iter().map(|service| &service.image)) {
            if !requests.iter().any(|(_, known)| is_same(known, image)) {
                requests.push_back((images.clone(), image.clone()));
            }
        }
    }
    requests
}

fn is_same(one: &ImagePlan, other: &ImagePlan) -> bool {
    (&one.reference, &one.platform) == (&other.reference, &other.platform)
}

/// Processes the requests, a few at the same time. Returns how many images are unavailable.
async fn ensure_all(
    mut requests: VecDeque<(JobImages, ImagePlan)>,
    running: &mut JoinSet<Result<(), Failure>>,
    events: &EventSender,
) -> usize {
    let mut failed = 0_usize;
    loop {
        while running.len() < CONCURRENT_PULLS_MAX
            && let Some((images, plan)) = requests.pop_front()
        {
            running.spawn(async move { images.ensure(&plan).await.map(|_| ()) });
        }
        match running.join_next().await {
            Some(Ok(Ok(()))) => {}
            Some(Ok(Err(failure))) => {
                failed = failed.saturating_add(1);
                events.notice(Notice::ImageFailed { error: chain(&failure) });
            }
            // The panic of a task has been printed.
            Some(Err(_)) => failed = failed.saturating_add(1),
            None => return failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::event_channel::channel;
    use crate::executor::shutdown;
    use crate::executor::testing::{self, Recorder};
    use crate::registry::pull_policy::PullPolicy;

    #[tokio::test]
    async fn a_pull_reports_its_steps_in_order() {
        let steps = concat!(
            r#"{"status":"Pulling from library/a","id":"1"}"#,
            r#"{"status":"Pulling fs layer","id":"0a"}"#,
            r#"{"status":"Downloading","id":"0a","progressDetail":{"current":500,"total":1000}}"#,
            r#"{"status":"Pull complete","id":"0a"}"#,
        );
        let inspected = r#"{"Id":"sha256:0b","RepoDigests":["a@sha256:0c"]}"#;
        let answers = [steps, inspected].map(testing::json_answer).to_vec();
        let (engine, _serving) = testing::engine_with(answers).await;
        let mut plan = testing::plan();
        plan.image.pull_policies = vec![PullPolicy::Always];
        let (events, receiver) = channel();
        let mut recorder = Recorder::default();
        let listener = std::thread::spawn(move || receiver.deliver(&mut recorder).map(|()| recorder));
        let (_sender, shutdown) = shutdown::channel();
        assert_eq!(prefetch(&[plan], engine, events, shutdown).await, PrefetchOutcome::Complete);
        insta::assert_snapshot!(listener.join().unwrap().unwrap().lines());
    }
}
