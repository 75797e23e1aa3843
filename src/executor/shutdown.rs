//! Stopping a run. Cancellation is a message: every long wait listens for it and cleans up.

use std::fmt;

use tokio::sync::watch;

/// The signal that stops a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, sent by Ctrl-C.
    Interrupt,
    /// SIGTERM, sent by `kill` and service managers.
    Terminate,
    /// SIGHUP: the terminal was closed.
    Hangup,
    /// SIGQUIT, sent by Ctrl-\.
    Quit,
    /// The reader of the log closed the pipe. No signal is received: writing fails.
    Pipe,
    /// Another job of the pipeline has failed, which stops this one (`workflow:auto_cancel:on_job_failure`). No signal is
    /// received.
    JobFailure,
}

impl Signal {
    /// The signal's number on Linux. The exit code is 128 plus that.
    pub fn number(self) -> u8 {
        match self {
            Self::Hangup => 1,
            Self::Interrupt => 2,
            Self::Quit => 3,
            Self::Pipe => 13,
            // The processes of the job get it.
            Self::Terminate | Self::JobFailure => 15,
        }
    }
}

impl fmt::Display for Signal {
    /// The name as in `kill -l`, such as `SIGINT`; that another job has failed is said in words.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::Hangup => "SIGHUP",
            Self::Quit => "SIGQUIT",
            Self::Pipe => "SIGPIPE",
            Self::JobFailure => "another job has failed",
        })
    }
}

/// What signals have requested so far. A later one asks for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopRequest {
    /// No signal has arrived.
    None,
    /// After the first signal: processes get SIGTERM and time to end; then everything is removed.
    Stop(Signal),
    /// After a second signal: processes are killed at once. Everything is still removed.
    Kill(Signal),
    /// After a third signal: nothing more is removed.
    Abandon(Signal),
}

/// The sender, for the task that receives signals.
#[derive(Debug)]
pub struct ShutdownSender(watch::Sender<StopRequest>);

/// The receiver, for work that must stop. Clones receive the same requests.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// The requests for the run.
    run: watch::Receiver<StopRequest>,
    /// Those for one of its jobs.
    job: Option<watch::Receiver<StopRequest>>,
}

/// Creates a connected sender and receiver.
pub fn channel() -> (ShutdownSender, Shutdown) {
    let (sender, receiver) = watch::channel(StopRequest::None);
    (ShutdownSender(sender), Shutdown { run: receiver, job: None })
}

impl ShutdownSender {
    /// Passes a signal on: the first one requests a stop, the second one a kill, the third one to leave everything.
    pub fn signal(&self, signal: Signal) {
        self.0.send_modify(|request| {
            *request = match request {
                StopRequest::None => StopRequest::Stop(signal),
                StopRequest::Stop(first) => StopRequest::Kill(*first),
                StopRequest::Kill(first) | StopRequest::Abandon(first) => StopRequest::Abandon(*first),
            };
        });
    }
}

impl Shutdown {
    /// A receiver for one job, which gets the requests for the run, and those of the returned sender.
    pub fn for_job(&self) -> (ShutdownSender, Self) {
        let (sender, receiver) = watch::channel(StopRequest::None);
        (ShutdownSender(sender), Self { run: self.run.clone(), job: Some(receiver) })
    }

    /// The requests for the run alone. As in GitLab, the files of a job that another one's failure has stopped are kept.
    pub fn of_run(&self) -> Self {
        Self { run: self.run.clone(), job: None }
    }

    /// Whether a signal has arrived.
    pub fn is_requested(&self) -> bool {
        self.request() != StopRequest::None
    }

    /// Returns as soon as a stop has been requested.
    pub async fn requested(&self) -> Signal {
        match self.wait(|request| request != StopRequest::None).await {
            StopRequest::Stop(signal) | StopRequest::Kill(signal) | StopRequest::Abandon(signal) => signal,
            // The sender was dropped without a request, so none can come.
            StopRequest::None => std::future::pending().await,
        }
    }

    /// Returns as soon as a kill has been requested.
    pub async fn forced(&self) -> Signal {
        match self.wait(|request| matches!(request, StopRequest::Kill(_) | StopRequest::Abandon(_))).await {
            StopRequest::Kill(signal) | StopRequest::Abandon(signal) => signal,
            StopRequest::None | StopRequest::Stop(_) => std::future::pending().await,
        }
    }

    /// Returns as soon as the user does not even wait for the removal.
    pub async fn abandoned(&self) {
        if !matches!(
            self.wait(|request| matches!(request, StopRequest::Abandon(_))).await,
            StopRequest::Abandon(_)
        ) {
            std::future::pending::<()>().await;
        }
    }

    /// Returns the result of `work`, or drops `work` as soon as a stop is requested.
    pub async fn unless<T>(&self, work: impl Future<Output = T>) -> Result<T, Signal> {
        tokio::select! {
            biased;
            signal = self.requested() => Err(signal),
            result = work => Ok(result),
        }
    }

    /// What has been requested of the job: of two requests the one that asks for more, and else that for the run.
    fn request(&self) -> StopRequest {
        let of_run = *self.run.borrow();
        let of_job = self.job.as_ref().map_or(StopRequest::None, |job| *job.borrow());
        if of_job.level() > of_run.level() { of_job } else { of_run }
    }

    /// The first request that meets the condition; `None` if no further one can come.
    async fn wait(&self, condition: impl Fn(StopRequest) -> bool) -> StopRequest {
        let mut receiver = self.clone();
        loop {
            let request = receiver.request();
            if condition(request) {
                return request;
            }
            if receiver.changed().await.is_err() {
                return StopRequest::None;
            }
        }
    }

    /// Waits for a change.
    ///
    /// # Errors
    /// All senders are gone.
    async fn changed(&mut self) -> Result<(), watch::error::RecvError> {
        let Some(job) = &mut self.job else { return self.run.changed().await };
        tokio::select! {
            changed = self.run.changed() => match changed {
                Ok(()) => Ok(()),
                Err(_) => job.changed().await,
            },
            changed = job.changed() => match changed {
                Ok(()) => Ok(()),
                Err(_) => self.run.changed().await,
            },
        }
    }
}

impl StopRequest {
    /// How much the request asks for.
    fn level(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Stop(_) => 1,
            Self::Kill(_) => 2,
            Self::Abandon(_) => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_signal_stops_the_second_kills_and_the_third_leaves_everything() {
        let (sender, shutdown) = channel();
        assert_eq!(shutdown.unless(async { 7 }).await, Ok(7));
        sender.signal(Signal::Terminate);
        assert_eq!(shutdown.unless(async { 7 }).await, Err(Signal::Terminate));
        sender.signal(Signal::Interrupt);
        assert_eq!(shutdown.forced().await, Signal::Terminate);
        assert_eq!(shutdown.requested().await, Signal::Terminate);
        let patience = std::time::Duration::from_millis(1);
        assert!(tokio::time::timeout(patience, shutdown.abandoned()).await.is_err());
        sender.signal(Signal::Interrupt);
        shutdown.abandoned().await;
        assert_eq!(shutdown.forced().await, Signal::Terminate);
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_gets_the_requests_for_the_run_and_its_own() {
        let (run_sender, run) = channel();
        let (job_sender, job) = run.for_job();
        let (_other_sender, other) = run.for_job();
        job_sender.signal(Signal::Terminate);
        assert_eq!(job.requested().await, Signal::Terminate);
        assert!(!other.is_requested() && !run.is_requested());
        run_sender.signal(Signal::Interrupt);
        assert_eq!(other.requested().await, Signal::Interrupt);
        let patience = std::time::Duration::from_secs(1);
        assert!(tokio::time::timeout(patience, job.forced()).await.is_err());
        run_sender.signal(Signal::Interrupt);
        assert_eq!((job.forced().await, other.forced().await), (Signal::Interrupt, Signal::Interrupt));
        drop((run_sender, job_sender));
        assert!(tokio::time::timeout(patience, job.abandoned()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_sender_requests_nothing() {
        let (sender, shutdown) = channel();
        drop(sender);
        let patience = std::time::Duration::from_secs(1);
        assert!(tokio::time::timeout(patience, shutdown.requested()).await.is_err());
        assert!(tokio::time::timeout(patience, shutdown.forced()).await.is_err());
        assert!(tokio::time::timeout(patience, shutdown.abandoned()).await.is_err());
    }
}
