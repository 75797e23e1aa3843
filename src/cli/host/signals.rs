//! Signals of the process, passed on as requests to stop.

use std::convert::Infallible;
use std::io;

use tokio::signal::unix::{self, SignalKind, signal};

use crate::executor::shutdown::{ShutdownSender, Signal};

/// The signals that stop a run. From when this is made none of them ends the process.
pub struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hangup: unix::Signal,
}

impl Signals {
    /// Begins to listen for SIGINT, SIGTERM and SIGHUP.
    ///
    /// # Errors
    /// The system refuses.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.hangup.recv() => Signal::Hangup,
        }
    }

    /// Passes them on, for as long as it is polled.
    pub async fn forward(mut self, sender: ShutdownSender) -> Infallible {
        loop {
            sender.signal(self.next().await);
        }
    }
}
