//! The log while a shell in a job's container has the user's terminal.

use super::event::EventKind;
use super::event_channel::EventSender;
use super::terminal_turn::{OpenShell, TerminalTurn, TerminalTurns};

/// The log shows nothing until this value is dropped. It goes on, and holds back what it would show.
#[derive(Debug)]
pub struct SilentLog {
    events: EventSender,
    _shell: OpenShell,
}

impl SilentLog {
    /// Waits until the log has shown everything that was sent before, and holds back the rest. A log that is gone shows
    /// nothing.
    pub async fn begin(events: &EventSender, terminals: &TerminalTurns) -> Self {
        let silent = Self { events: events.clone(), _shell: terminals.open_shell() };
        let (turn, shown) = TerminalTurn::new();
        events.send(EventKind::ActivityEnded);
        events.send(EventKind::TerminalTurn(turn));
        let _ = shown.await;
        silent
    }
}

impl Drop for SilentLog {
    fn drop(&mut self) {
        self.events.send(EventKind::TerminalReturned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::event_channel::channel;

    #[tokio::test]
    async fn the_log_says_when_everything_before_is_shown_and_learns_of_the_end() {
        let (turns, (events, mut receiver)) = (TerminalTurns::default(), channel());
        let log = async {
            let mut kinds = Vec::new();
            loop {
                let kind = receiver.next().await.unwrap().kind;
                kinds.push(format!("{kind:?}").split('(').next().unwrap_or_default().to_owned());
                match kind {
                    EventKind::TerminalTurn(turn) => turn.give(),
                    EventKind::TerminalReturned => return kinds,
                    _ => {}
                }
            }
        };
        let job = async {
            let silent = SilentLog::begin(&events, &turns).await;
            assert!(turns.is_taken());
            drop(silent);
            assert!(!turns.is_taken());
        };
        let (kinds, ()) = tokio::join!(log, job);
        assert_eq!(kinds, ["ActivityEnded", "TerminalTurn", "TerminalReturned"]);
    }

    #[tokio::test]
    async fn a_log_that_is_gone_is_not_waited_for() {
        let (events, receiver) = channel();
        drop(receiver);
        drop(SilentLog::begin(&events, &TerminalTurns::default()).await);
    }
}
