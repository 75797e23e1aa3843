//! Signals of the process, passed on as requests to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

use crate::executor::shutdown::{ShutdownSender, Signal};

/// Passes SIGINT, SIGTERM and SIGHUP on, for as long as it is polled.
pub async fn forward(sender: ShutdownSender) -> io::Error {
    let streams = signal(SignalKind::interrupt()).and_then(|interrupt| {
        Ok((interrupt, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?))
    });
    let (mut interrupt, mut terminate, mut hangup) = match streams {
        Ok(streams) => streams,
        Err(error) => return error,
    };
    loop {
        let received = tokio::select! {
            Some(()) = interrupt.recv() => Signal::Interrupt,
            Some(()) = terminate.recv() => Signal::Terminate,
            Some(()) = hangup.recv() => Signal::Hangup,
        };
        sender.signal(received);
    }
}
