//! One run of a container with a script: attach, start, write the script, pass the output on, get the exit code.

use std::convert::Infallible;
use std::future::pending;
use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep_until, timeout};

use super::coverage::Coverage;
use super::terminate;
use crate::engine::container::attach::{Attached, UpgradedWriter};
use crate::engine::container::wait::{Wait, WaitCondition};
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::stream::frames::Frames;
use crate::executor::event::EventKind;
use crate::executor::job_context::JobContext;
use crate::executor::outcome::Failure;
use crate::executor::shutdown::Signal;

/// How long output may still arrive after the container has exited, counted from the last byte.
const OUTPUT_GRACE: Duration = Duration::from_secs(5);

/// How long the exit code may arrive after the end of the output, before the container is inspected.
const EXIT_GRACE: Duration = Duration::from_secs(10);

/// A container that has not been started. Its output, input and exit are connected.
pub struct Session {
    container: Name,
    attached: Attached,
    wait: Wait,
}

/// Writes the script to the shell. Never returns, so that `select!` polls it beside everything else.
type Writing = Pin<Box<dyn Future<Output = Infallible> + Send>>;

/// A container that has been started and gets its script.
pub struct RunningSession {
    container: Name,
    output: Frames,
    wait: Wait,
    writing: Writing,
}

/// How the run of a container ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// The container exited with this code.
    Exited(i64),
    /// The time limit was reached; processes of the container may still run.
    TimedOut,
    /// The user stopped the job; processes got SIGTERM and may still run.
    Interrupted(Signal),
}

impl SessionEnd {
    /// Turns every end but exit code 0 into a failure. `limit` was the time limit.
    pub fn success(self, limit: Duration) -> Result<(), Failure> {
        match self {
            Self::Exited(0) => Ok(()),
            Self::Exited(exit_code) => Err(Failure::Script { exit_code }),
            Self::TimedOut => Err(Failure::Timeout { after: limit }),
            Self::Interrupted(signal) => Err(Failure::Interrupted(signal)),
        }
    }
}

impl Session {
    /// Attaches to `container` and registers the wait, so that neither output nor exit can be missed.
    pub async fn open(context: &JobContext, container: &Name) -> Result<Self, EngineError> {
        let engine = &context.engine;
        let (attached, wait) = tokio::try_join!(
            engine.container_attach(container),
            engine.container_wait(container, WaitCondition::NextExit)
        )?;
        Ok(Self { container: container.clone(), attached, wait })
    }

    /// Starts the container and writes `script` to its shell once `ready` completes. That may be before the engine
    /// reports the start: the script then waits in the connection.
    pub async fn start(
        self,
        context: &JobContext,
        script: String,
        ready: impl Future<Output = ()> + Send + 'static,
    ) -> Result<RunningSession, EngineError> {
        let Self { container, attached: Attached { output, input }, wait } = self;
        let mut writing: Writing = Box::pin(async move {
            ready.await;
            write(input, script).await;
            pending().await
        });
        tokio::select! {
            started = context.engine.container_start(&container) => started?,
            never = &mut writing => match never {},
        }
        Ok(RunningSession { container, output, wait, writing })
    }
}

impl RunningSession {
    /// Passes the output on until the container exits, `limit` is reached, or the user stops the job.
    pub async fn run(
        self,
        context: &JobContext,
        limit: Duration,
        coverage: &mut Coverage,
    ) -> Result<SessionEnd, Failure> {
        let Self { container, mut output, wait, mut writing } = self;
        let mut exit = pin!(wait.exit());
        let mut terminating = pin!(terminate::terminate(context, &container));
        let (mut code, mut stopped) = (None, None);
        let mut held: Option<Bytes> = None;
        let deadline = Instant::now() + limit;
        let mut last_output = Instant::now();
        loop {
            tokio::select! {
                // The next piece is read only once the event queue has room for this one: a full queue blocks the job.
                permit = context.events.reserve(), if held.is_some() => match (permit, held.take()) {
                    (Ok(permit), Some(bytes)) => permit.send(EventKind::Output(bytes)),
                    _ => return Ok(SessionEnd::Interrupted(Signal::Pipe)),
                },
                piece = output.next(), if held.is_none() => match piece? {
                    Some(piece) => {
                        coverage.push(&piece.bytes);
                        (held, last_output) = (Some(piece.bytes), Instant::now());
                    }
                    None => break,
                },
                never = &mut writing => match never {},
                ended = &mut exit, if code.is_none() => {
                    code = Some(ended?.status_code);
                    last_output = Instant::now();
                }
                signal = context.shutdown.requested(), if stopped.is_none() => stopped = Some(signal),
                () = &mut terminating, if stopped.is_some() => break,
                () = sleep_until(deadline), if stopped.is_none() => return Ok(SessionEnd::TimedOut),
                () = sleep_until_some(code.map(|_| last_output + OUTPUT_GRACE)), if held.is_none() => break,
            }
        }
        drop(output);
        if let Some(signal) = stopped {
            return Ok(SessionEnd::Interrupted(signal));
        }
        match code {
            Some(code) => Ok(SessionEnd::Exited(code)),
            None => exit_code(context, &container, exit).await.map(SessionEnd::Exited),
        }
    }
}

/// Ignores errors: a process may exit without reading its input.
async fn write(mut input: UpgradedWriter, script: String) {
    if input.write(script.as_bytes()).await.is_ok() {
        let _ = input.close().await;
    }
}

/// Sleeps until `instant`; without one it never returns.
async fn sleep_until_some(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => pending().await,
    }
}

/// Gets the exit code after the end of the output. That end alone proves nothing: it also comes if the engine dies.
async fn exit_code(
    context: &JobContext,
    container: &Name,
    exit: impl Future<Output = Result<crate::engine::container::wait::Exit, EngineError>>,
) -> Result<i64, Failure> {
    match timeout(EXIT_GRACE, exit).await {
        Ok(exit) => Ok(exit?.status_code),
        Err(_) => {
            let state = context.engine.container_inspect(container).await?.state;
            if state.running {
                let detail = "its output has ended, but it still runs".to_owned();
                return Err(Failure::Lost { container: container.to_string(), detail });
            }
            Ok(state.exit_code)
        }
    }
}
