//! The output of services, which is read while they run, for the log and for the store.
//!
//! A stream costs the engine one request, and nobody waits for it. It is read as fast as the listener takes its pieces, and
//! given up with the attempt at the job.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::log_chunks::LogChunks;
use super::settings::{ServiceLogUse, ServiceSettings};
use crate::engine::Engine;
use crate::engine::container::logs::{Follow, LogOptions, Timestamps};
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::error_chain::chain;
use crate::executor::event::EventKind;
use crate::executor::event_channel::EventSender;
use crate::executor::service_output::{LoggedService, ServiceLogDisplay, ServiceOutput, ServiceOutputPiece};
use crate::plan::job_plan::{JobPlan, ServicePlan};

/// How long the streams may take to end when the services are removed, which ends them.
const ENDS_WITHIN: Duration = Duration::from_millis(500);

/// The streams of the services of an attempt at a job. Clones share them; dropping the last one ends all.
#[derive(Debug, Clone)]
pub struct ServiceLogs {
    /// `None` if nobody wants to know what services print, so that the engine is not asked.
    display: Option<ServiceLogDisplay>,
    streams: Arc<Mutex<JoinSet<()>>>,
}

/// What becomes of the services of a job at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServicesEnd {
    /// They are removed.
    Removed,
    /// They run on.
    Kept,
}

impl ServiceLogs {
    /// The streams of a job without services so far. `is_stored` tells whether a store keeps what they print.
    pub fn new(plan: &JobPlan, settings: ServiceSettings, is_stored: bool) -> Self {
        let is_shown = plan.log.debug_services || settings.logs == ServiceLogUse::Always;
        let display = match (is_shown, is_stored) {
            (true, _) => Some(ServiceLogDisplay::Shown),
            (false, true) => Some(ServiceLogDisplay::Hidden),
            (false, false) => None,
        };
        Self { display, streams: Arc::default() }
    }

    /// Begins to read what a service prints, which has been started as `container`, if somebody wants to know.
    pub(super) fn follow(
        &self,
        (position, service): (usize, &ServicePlan),
        container: &Name,
        engine: &Engine,
        events: &EventSender,
    ) {
        let Some(display) = self.display else { return };
        let names = match &*service.aliases {
            [] => vec![service.image.reference.clone()],
            aliases => aliases.to_vec(),
        };
        let service = Arc::new(LoggedService { position, names, display });
        let (container, engine, events) = (container.clone(), engine.clone(), events.clone());
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.spawn(async move {
            let error = pass_on(&engine, &events, &service, &container).await.err();
            let error = error.map(|error| chain(&error));
            send(&events, &service, ServiceOutputPiece::End { error }).await;
        });
    }

    /// Ends the streams. Those of services that have been removed get a moment for what is left in them.
    pub async fn end(&self, services: ServicesEnd) {
        let mut streams = std::mem::take(&mut *self.streams.lock().unwrap_or_else(PoisonError::into_inner));
        if services == ServicesEnd::Removed {
            let all = async { while streams.join_next().await.is_some() {} };
            // What takes longer is given up with the tasks.
            let _ = timeout(ENDS_WITHIN, all).await;
        }
        streams.shutdown().await;
    }
}

/// Passes on what the container prints, until it has ended, or the listener has.
async fn pass_on(
    engine: &Engine,
    events: &EventSender,
    service: &Arc<LoggedService>,
    container: &Name,
) -> Result<(), EngineError> {
    let options = LogOptions { follow: Follow::UntilExit, timestamps: Timestamps::Shown, tail: None };
    let mut log = LogChunks::open(engine, container, &options).await?;
    while let Some((channel, bytes)) = log.next().await? {
        send(events, service, ServiceOutputPiece::Bytes { channel, bytes }).await;
    }
    Ok(())
}

/// Sends a piece as soon as the queue has room. The next one is read only then.
async fn send(events: &EventSender, service: &Arc<LoggedService>, piece: ServiceOutputPiece) {
    let output = ServiceOutput { service: Arc::clone(service), piece };
    if let Ok(permit) = events.reserve().await {
        permit.send(EventKind::ServiceOutput(output));
    }
}

#[cfg(test)]
mod tests;
