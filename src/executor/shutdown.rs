//! Being told to stop. Cancellation is a message: whoever waits for long listens for it and tidies up.

use std::fmt;

use tokio::sync::watch;

/// What asked for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal is gone.
    Hangup,
    /// Nobody reads the log any more.
    Pipe,
}

impl Signal {
    /// The signal's number on Linux; the process exits with 128 more than that.
    pub fn number(self) -> u8 {
        match self {
            Self::Hangup => 1,
            Self::Interrupt => 2,
            Self::Pipe => 13,
            Self::Terminate => 15,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Interrupt => "interrupt",
            Self::Terminate => "terminated",
            Self::Hangup => "hangup",
            Self::Pipe => "broken pipe",
        })
    }
}

/// What has been asked for so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Nothing: go on.
    None,
    /// Stop the job, let its processes end by themselves, remove everything.
    Stop(Signal),
    /// Asked twice: kill the job's processes now. Everything is still removed.
    Kill(Signal),
}

/// The sending end, for whoever gets the signals.
#[derive(Debug)]
pub struct ShutdownSender(watch::Sender<Request>);

/// The listening end.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<Request>);

/// Both ends.
pub fn channel() -> (ShutdownSender, Shutdown) {
    let (sender, receiver) = watch::channel(Request::None);
    (ShutdownSender(sender), Shutdown(receiver))
}

impl ShutdownSender {
    /// Passes a signal on: the first asks to stop, any later one to kill.
    pub fn signal(&self, signal: Signal) {
        self.0.send_modify(|request| {
            *request = match request {
                Request::None => Request::Stop(signal),
                Request::Stop(first) | Request::Kill(first) => Request::Kill(*first),
            };
        });
    }
}

impl Shutdown {
    /// Returns when a stop was asked for, at once if it was already.
    pub async fn requested(&self) -> Signal {
        match self.wait(|request| request != Request::None).await {
            Request::Stop(signal) | Request::Kill(signal) => signal,
            // The sender is gone without having asked for anything, so nobody ever will.
            Request::None => std::future::pending().await,
        }
    }

    /// Returns when a kill was asked for.
    pub async fn forced(&self) {
        if !matches!(self.wait(|request| matches!(request, Request::Kill(_))).await, Request::Kill(_)) {
            std::future::pending::<()>().await;
        }
    }

    /// The result of `work`, unless a stop is asked for first; `work` is dropped then.
    pub async fn unless<T>(&self, work: impl Future<Output = T>) -> Result<T, Signal> {
        tokio::select! {
            biased;
            signal = self.requested() => Err(signal),
            result = work => Ok(result),
        }
    }

    async fn wait(&self, condition: impl Fn(Request) -> bool) -> Request {
        let mut receiver = self.0.clone();
        match receiver.wait_for(|request| condition(*request)).await {
            Ok(request) => *request,
            Err(_) => Request::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_signal_stops_and_the_second_kills() {
        let (sender, shutdown) = channel();
        assert_eq!(shutdown.unless(async { 7 }).await, Ok(7));
        sender.signal(Signal::Terminate);
        assert_eq!(shutdown.unless(async { 7 }).await, Err(Signal::Terminate));
        sender.signal(Signal::Interrupt);
        shutdown.forced().await;
        assert_eq!(shutdown.requested().await, Signal::Terminate);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_that_is_gone_asks_for_nothing() {
        let (sender, shutdown) = channel();
        drop(sender);
        let patience = std::time::Duration::from_secs(1);
        assert!(tokio::time::timeout(patience, shutdown.requested()).await.is_err());
        assert!(tokio::time::timeout(patience, shutdown.forced()).await.is_err());
    }
}
