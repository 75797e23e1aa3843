//! Pulls of images for jobs of a run that have not begun. The jobs find what is pulled here in the pulls that they share, and
//! wait for what is on its way.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::job_images::JobImages;
use super::pull::Puller;
use crate::executor::event::EventKind;
use crate::executor::event_channel::{EventReceiver, EventSender, channel};
use crate::executor::run_context::RunContext;
use crate::plan::job_plan::JobPlan;

/// The pulls of a run in advance. Dropping it ends them.
pub struct PullsAhead {
    context: RunContext,
    /// Takes the events of these pulls, of which the run shows the progress alone: the logs of the jobs say the rest.
    events: EventSender,
    /// Reference and platform of the images that have been asked for.
    known: HashSet<(String, Option<String>)>,
    running: JoinSet<()>,
}

impl PullsAhead {
    /// No pull has begun.
    pub fn new(context: RunContext) -> Self {
        let (events, receiver) = channel();
        let mut running = JoinSet::new();
        running.spawn(show_progress(receiver, context.events.clone()));
        Self { context, events, known: HashSet::new(), running }
    }

    /// Begins to provide the images of a job, according to their pull policies. A failure is for the job to tell, which
    /// tries again.
    pub fn begin(&mut self, plan: &JobPlan) {
        self.context.events.send(EventKind::Secrets(plan.secrets.clone()));
        let RunContext { engine, pulls, helpers, .. } = &self.context;
        let puller =
            Puller::new(engine.clone(), self.events.clone(), plan.credentials.clone(), Arc::clone(helpers));
        let images = JobImages::new(puller, pulls.clone(), pulls.created());
        for image in std::iter::once(&plan.image).chain(plan.services.iter().map(|service| &service.image)) {
            if self.known.insert((image.reference.clone(), image.platform.clone())) {
                let (images, image) = (images.clone(), image.clone());
                self.running.spawn(async move {
                    let _ = images.ensure(&image).await;
                });
            }
        }
    }
}

async fn show_progress(mut receiver: EventReceiver, shown: EventSender) {
    while let Some(event) = receiver.next().await {
        if !event.kind.is_in_log() {
            shown.send(event.kind);
        }
    }
}
