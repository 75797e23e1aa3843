//! Signs of life of a job that prints nothing.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::executor::event::EventKind;
use crate::executor::event_channel::EventSender;

/// How long a log may be silent. Services that run jobs for others stop those that print nothing, after ten minutes or
/// more; people begin to wonder after one.
pub const SILENCE: Duration = Duration::from_secs(60);

/// Says after every [`SILENCE`] that what began at `begun` still runs.
pub async fn heartbeat(events: &EventSender, begun: Instant) -> Infallible {
    loop {
        let heard = events.last_heard();
        sleep_until(heard + SILENCE).await;
        if events.last_heard() == heard {
            events.send(EventKind::StillRunning { elapsed: begun.elapsed() });
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::executor::event_channel::channel;
    use crate::executor::notice::Notice;

    #[tokio::test(start_paused = true)]
    async fn every_minute_of_silence_ends_with_a_sign_of_life() {
        let (run, mut receiver) = channel();
        let (events, begun) = (run.for_job("rspec"), Instant::now());
        let work = async {
            sleep(Duration::from_secs(10)).await;
            events.notice(Notice::SourcesSkipped);
            // Progress is no part of the log.
            sleep(Duration::from_secs(30)).await;
            events.progress(EventKind::ActivityEnded);
            sleep(Duration::from_secs(100)).await;
        };
        tokio::select! {
            never = heartbeat(&events, begun) => match never {},
            () = work => {}
        }
        let mut told = Vec::new();
        while let Ok(Some(event)) = timeout(Duration::ZERO, receiver.next()).await {
            if let EventKind::StillRunning { elapsed } = event.kind {
                assert_eq!(event.job.as_deref(), Some("rspec"));
                told.push(elapsed.as_secs());
            }
        }
        assert_eq!(told, [70, 130]);
    }
}
