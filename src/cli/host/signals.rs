//! Signals of the process, forwarded to the run as requests to stop.

use std::convert::Infallible;
use std::io;

use tokio::signal::unix::{self, SignalKind, signal};

use crate::executor::shutdown::{ShutdownSender, Signal};

/// The signals that stop a run. Once this value exists, they no longer end the process by themselves.
pub struct StopSignals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hangup: unix::Signal,
}

impl StopSignals {
    /// Starts to listen for SIGINT, SIGTERM and SIGHUP.
    ///
    /// # Errors
    /// The system refuses a handler.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.hangup.recv() => Signal::Hangup,
        }
    }

    /// Forwards signals to `sender` for as long as the future is polled.
    pub async fn forward(mut self, sender: ShutdownSender) -> Infallible {
        loop {
            sender.signal(self.next().await);
        }
    }
}
