//! Signals of the process, forwarded to the run as requests to stop.

use std::convert::Infallible;
use std::future::pending;
use std::io;

use tokio::signal::unix::{self, SignalKind, signal};

use crate::executor::shutdown::{ShutdownSender, Signal};
use crate::linux::process::ignores_signal;

/// The signals that stop a run. Once this value exists, they no longer end the process by themselves.
pub struct StopSignals {
    interrupt: Option<unix::Signal>,
    quit: Option<unix::Signal>,
    terminate: Option<unix::Signal>,
    hangup: Option<unix::Signal>,
}

impl StopSignals {
    /// Starts to listen for SIGINT, SIGQUIT, SIGTERM and SIGHUP. Those that this process ignored when it started stay
    /// ignored, as `nohup` and a shell's `&` want it.
    ///
    /// # Errors
    /// The system refuses a handler.
    pub fn listen() -> io::Result<Self> {
        let unless_ignored = |which: Signal, kind: SignalKind| match ignores_signal(which.number()) {
            true => Ok(None),
            false => signal(kind).map(Some),
        };
        Ok(Self {
            interrupt: unless_ignored(Signal::Interrupt, SignalKind::interrupt())?,
            quit: unless_ignored(Signal::Quit, SignalKind::quit())?,
            terminate: unless_ignored(Signal::Terminate, SignalKind::terminate())?,
            hangup: unless_ignored(Signal::Hangup, SignalKind::hangup())?,
        })
    }

    /// Waits for the next signal. Of those that are pending together, the one with the lowest number comes first, as the
    /// kernel delivers them: SIGHUP, SIGINT, SIGQUIT, SIGTERM.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            () = receive(&mut self.hangup) => Signal::Hangup,
            () = receive(&mut self.interrupt) => Signal::Interrupt,
            () = receive(&mut self.quit) => Signal::Quit,
            () = receive(&mut self.terminate) => Signal::Terminate,
        }
    }

    /// Forwards signals to `sender` for as long as the future is polled.
    pub async fn forward(&mut self, sender: &ShutdownSender) -> Infallible {
        loop {
            sender.signal(self.next().await);
        }
    }
}

/// Waits for a signal; for ever if it is ignored.
async fn receive(signal: &mut Option<unix::Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, id};

    use super::*;

    /// Only of signals that nobody sends to a test that runs too long: they no longer end this process.
    #[tokio::test]
    async fn of_pending_signals_the_lowest_number_comes_first() {
        let mut signals = StopSignals {
            interrupt: None,
            quit: Some(signal(SignalKind::quit()).unwrap()),
            terminate: None,
            hangup: Some(signal(SignalKind::hangup()).unwrap()),
        };
        // A signal reaches all that listen for it at once.
        let mut quit = signal(SignalKind::quit()).unwrap();
        let mut hangup = signal(SignalKind::hangup()).unwrap();
        for _ in 0..10 {
            for which in ["-QUIT", "-HUP"] {
                // Every shell has `kill`; not every image has the program.
                let kill = ["-c", "kill \"$0\" \"$1\"", which, &id().to_string()];
                let sent = Command::new("sh").args(kill).status().unwrap();
                assert!(sent.success());
            }
            assert!(quit.recv().await.is_some() && hangup.recv().await.is_some());
            assert_eq!(signals.next().await, Signal::Hangup);
            assert_eq!(signals.next().await, Signal::Quit);
        }
    }
}
