//! Signs of life of a job that prints nothing.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::executor::event::EventKind;
use crate::executor::event_channel::EventSender;
use crate::executor::terminal_turn::TerminalTurns;

/// How long a log may be silent. Services that run jobs for others stop those that print nothing, after ten minutes or
/// more; people begin to wonder after one.
pub const SILENCE: Duration = Duration::from_secs(60);

/// Says after every [`SILENCE`] that what began at `begun` still runs, unless a shell has the terminal: a person who types
/// needs no sign of life, and would get all of them at its end.
pub async fn heartbeat(events: &EventSender, terminals: &TerminalTurns, begun: Instant) -> Infallible {
    let mut silent_since = events.last_heard();
    loop {
        sleep_until(silent_since + SILENCE).await;
        let heard = events.last_heard();
        silent_since = if heard > silent_since {
            heard
        } else if terminals.is_taken() {
            Instant::now()
        } else {
            events.send(EventKind::StillRunning { elapsed: begun.elapsed() });
            events.last_heard()
        };
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::executor::event_channel::channel;
    use crate::executor::notice::Notice;
    use crate::executor::silent_log::SilentLog;

    #[tokio::test(start_paused = true)]
    async fn every_minute_of_silence_ends_with_a_sign_of_life() {
        let (run, mut receiver) = channel();
        let (events, terminals, begun) = (run.for_job("rspec"), TerminalTurns::default(), Instant::now());
        let work = async {
            sleep(Duration::from_secs(10)).await;
            events.notice(Notice::SourcesSkipped);
            // Progress is no part of the log.
            sleep(Duration::from_secs(30)).await;
            events.progress(EventKind::ActivityEnded);
            sleep(Duration::from_secs(100)).await;
            let shell = timeout(Duration::from_secs(1000), SilentLog::begin(&events, &terminals));
            assert!(shell.await.is_err());
            sleep(Duration::from_secs(65)).await;
        };
        tokio::select! {
            never = heartbeat(&events, &terminals, begun) => match never {},
            () = work => {}
        }
        let mut told = Vec::new();
        while let Ok(Some(event)) = timeout(Duration::ZERO, receiver.next()).await {
            if let EventKind::StillRunning { elapsed } = event.kind {
                assert_eq!(event.job.as_deref(), Some("rspec"));
                told.push(elapsed.as_secs());
            }
        }
        // At 190, 250 and so on the terminal was taken.
        assert_eq!(told, [70, 130, 1150]);
    }
}
