//! Whose turn it is to write to the user's terminal: the log's, or that of a process in a container.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

/// The log's part of the agreement, which travels to the log behind everything that it has to write before.
#[derive(Debug, Clone)]
pub struct TerminalTurn(Arc<Mutex<Option<TurnOfLog>>>);

#[derive(Debug)]
struct TurnOfLog {
    written: oneshot::Sender<()>,
    over: oneshot::Receiver<()>,
}

/// The log writes nothing until this value is dropped.
#[derive(Debug)]
pub struct SilentLog {
    _over: oneshot::Sender<()>,
}

/// The wait for the log to have written everything.
#[derive(Debug)]
pub struct AwaitedLog {
    written: oneshot::Receiver<()>,
    held: SilentLog,
}

/// Both parts of a new agreement.
pub fn terminal_turn() -> (TerminalTurn, AwaitedLog) {
    let (written, log_has_written) = oneshot::channel();
    let (over, turn_is_over) = oneshot::channel();
    let part = TurnOfLog { written, over: turn_is_over };
    let held = SilentLog { _over: over };
    (TerminalTurn(Arc::new(Mutex::new(Some(part)))), AwaitedLog { written: log_has_written, held })
}

impl TerminalTurn {
    /// Says that everything is written, and blocks until the terminal is the log's again.
    pub fn give(&self) {
        let part = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(TurnOfLog { written, over }) = part
            && written.send(()).is_ok()
        {
            // The other part answers by ending.
            let _ = over.blocking_recv();
        }
    }
}

impl AwaitedLog {
    /// Waits until the log has written everything. A log that is gone writes nothing.
    pub async fn held(self) -> SilentLog {
        let _ = self.written.await;
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_log_waits_until_the_terminal_is_free() {
        let (turn, awaited) = terminal_turn();
        let log = std::thread::spawn(move || turn.give());
        let held = awaited.held().await;
        assert!(!log.is_finished());
        drop(held);
        log.join().unwrap();
    }

    #[tokio::test]
    async fn neither_part_waits_for_one_that_is_gone() {
        let (turn, awaited) = terminal_turn();
        drop(turn);
        awaited.held().await;
        let (turn, awaited) = terminal_turn();
        drop(awaited);
        turn.give();
    }
}
