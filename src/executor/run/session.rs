//! One run of the job's container: attach, start, write the script, pass the output on, learn the exit code.

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
use crate::executor::context::Context;
use crate::executor::event::EventKind;
use crate::executor::outcome::Failure;
use crate::executor::shutdown::Signal;

/// How long output may still come after the container has ended, counted from its last byte.
const OUTPUT_GRACE: Duration = Duration::from_secs(5);

/// How long the exit code may lag behind the end of the output, before the container is inspected.
const EXIT_GRACE: Duration = Duration::from_secs(10);

/// A container that is attached to and waited for, but not started.
pub struct Session {
    container: Name,
    attached: Attached,
    wait: Wait,
}

/// The script on its way to the shell. Never ends, so that it can be driven beside whatever else goes on.
type Writing = Pin<Box<dyn Future<Output = Infallible> + Send>>;

/// A container that has been started.
pub struct Running {
    container: Name,
    output: Frames,
    wait: Wait,
    writing: Writing,
}

/// How a run of the container came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By itself.
    Exited(i64),
    /// Its time was over; its processes may still run.
    TimedOut,
    /// The user stopped it; its processes have been told, and may still run.
    Interrupted(Signal),
}

impl Ended {
    /// Only exit code 0 is a success. `limit` is the time that it had.
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
    pub async fn open(context: &Context, container: &Name) -> Result<Self, EngineError> {
        let engine = &context.engine;
        let (attached, wait) = tokio::try_join!(
            engine.container_attach(container),
            engine.container_wait(container, WaitCondition::NextExit)
        )?;
        Ok(Self { container: container.clone(), attached, wait })
    }

    /// Starts the container and gives `script` to its shell as soon as `ready` is over, which may be before the engine
    /// says that it has started: what is written then waits for the shell.
    pub async fn start(
        self,
        context: &Context,
        script: String,
        ready: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Running, EngineError> {
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
        Ok(Running { container, output, wait, writing })
    }
}

impl Running {
    /// Passes the container's output on until it ends, its time is over, or the user stops it.
    pub async fn run(
        self,
        context: &Context,
        limit: Duration,
        coverage: &mut Coverage,
    ) -> Result<Ended, Failure> {
        let Self { container, mut output, wait, mut writing } = self;
        let mut exit = pin!(wait.exit());
        let mut terminating = pin!(terminate::terminate(context, &container));
        let (mut code, mut stopped) = (None, None);
        let mut held: Option<Bytes> = None;
        let deadline = Instant::now() + limit;
        let mut last_output = Instant::now();
        loop {
            tokio::select! {
                // A piece is only read when the one before it has found room, which holds up the job's own writes.
                permit = context.events.reserve(), if held.is_some() => match (permit, held.take()) {
                    (Ok(permit), Some(bytes)) => permit.send(EventKind::Output(bytes)),
                    _ => return Ok(Ended::Interrupted(Signal::Pipe)),
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
                () = sleep_until(deadline), if stopped.is_none() => return Ok(Ended::TimedOut),
                () = after(code.map(|_| last_output + OUTPUT_GRACE)), if held.is_none() => break,
            }
        }
        drop(output);
        if let Some(signal) = stopped {
            return Ok(Ended::Interrupted(signal));
        }
        match code {
            Some(code) => Ok(Ended::Exited(code)),
            None => exit_code(context, &container, exit).await.map(Ended::Exited),
        }
    }
}

/// A process that ends without reading its input breaks the pipe, which is its own affair.
async fn write(mut input: UpgradedWriter, script: String) {
    if input.write(script.as_bytes()).await.is_ok() {
        let _ = input.close().await;
    }
}

/// Never without an instant.
async fn after(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => pending().await,
    }
}

/// The exit code when the output has ended first. The end of the output alone proves nothing: it also comes when the
/// engine dies.
async fn exit_code(
    context: &Context,
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
