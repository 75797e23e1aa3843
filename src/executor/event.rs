//! What the executor tells of a job while it runs. Whoever listens decides how it looks.

#![warn(missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::image::pull_progress::PullProgress;
use super::outcome::JobOutcome;
use super::run::coverage::Finding;
use crate::secret::Secret;

/// How many events may wait for the listener. With output pieces of at most 64 KiB this bounds the memory that a slow
/// terminal costs to 1 MiB; a full queue holds up the job's own writes, as a slow pipe would.
pub const EVENTS_MAX: usize = 16;

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A stage of the job begins.
    Section(Section),
    /// A line of the runner's own.
    Line(Tone, String),
    /// What the job's processes wrote: any bytes, cut anywhere.
    Output(Bytes),
    /// A service did not come up; the job goes on.
    ServiceWarning(Box<ServiceWarning>),
    /// Something takes its time: shown for as long as it lasts where there is a terminal.
    Busy(String),
    /// It is over.
    Idle,
    /// How far a pull is: shown likewise.
    Pulling(PullProgress),
    /// The pull of this image is over.
    Pulled(String),
    /// Texts that must not be seen from now on.
    Secrets(Vec<Secret>),
    /// How the job ended. Sent before anything is removed.
    Finished(Arc<JobOutcome>),
    /// What its output has for `coverage`. Sent after how it ended.
    Coverage(Finding),
    /// All is removed: how long each phase took.
    Timings(Vec<(Phase, Duration)>),
}

/// The stages of a job's log, named and worded as GitLab Runner does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Section {
    /// `prepare_executor`
    PrepareExecutor,
    /// `prepare_script`
    PrepareScript,
    /// `get_sources`
    GetSources,
    /// `step_script`
    StepScript,
    /// `after_script`
    AfterScript,
}

/// What kind of line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Said in passing.
    Plain,
    /// Something is not as it should be.
    Warning,
    /// Something has failed.
    Error,
}

/// The warning on a service that did not come up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceWarning {
    /// The service's container.
    pub container: String,
    /// What is wrong.
    pub error: String,
    /// What the prober tried, where it tried something.
    pub check_log: Option<String>,
    /// The end of the service's own log, or why it could not be read.
    pub service_log: String,
}

/// Parts of a job's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Images, network, and starting services.
    Prepare,
    /// Until services answered.
    Services,
    /// Creating the container and copying the sources.
    Sources,
    /// The script.
    Script,
    /// The after_script.
    AfterScript,
    /// Removing everything.
    Cleanup,
}

/// Where the executor sends its events.
#[derive(Debug, Clone)]
pub struct Events(mpsc::Sender<Event>);

/// The listener has gone away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenerGone;

/// A bounded queue of events, and its two ends.
pub fn channel() -> (Events, mpsc::Receiver<Event>) {
    let (sender, receiver) = mpsc::channel(EVENTS_MAX);
    (Events(sender), receiver)
}

impl Events {
    /// Sends an event, waiting for room. A listener that has gone away is noticed by [`Events::closed`].
    pub async fn send(&self, event: Event) {
        let _ = self.0.send(event).await;
    }

    /// Sends a line.
    pub async fn line(&self, tone: Tone, text: impl Into<String>) {
        self.send(Event::Line(tone, text.into())).await;
    }

    /// Waits for room for one event.
    pub async fn reserve(&self) -> Result<mpsc::Permit<'_, Event>, ListenerGone> {
        self.0.reserve().await.map_err(|_| ListenerGone)
    }

    /// Returns once the listener has gone away, as it does when the log's reader closes the pipe.
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}
