//! One run of a container with a script: attach, start, write the script, pass the output on, get the exit code.

use std::future::pending;
use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep_until, timeout};

use super::output_record::OutputRecord;
use super::script_receipt::ScriptReceipt;
use super::session_state::{EXIT_GRACE, Expiry, FirstProcess, SessionEnd, SessionState};
use super::terminal::{self, WaitingScript};
use super::terminate;
use crate::engine::container::attach::{Attached, UpgradedWriter};
use crate::engine::container::wait::{Exit, Wait, WaitCondition};
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::stream::frames::Frames;
use crate::executor::create::shell::SCRIPT_FOLLOWS;
use crate::executor::event::EventKind;
use crate::executor::job_context::JobContext;
use crate::executor::notice::{Activity, Notice};
use crate::executor::outcome::Failure;
use crate::executor::shutdown::Signal;

/// How long a shell may still write after its container has ended.
const TERMINAL_SETTLES: Duration = Duration::from_secs(1);

/// A container that has not been started. Its output, input and exit are connected.
pub struct Session {
    pub(super) container: Name,
    first_process: FirstProcess,
    pub(super) attached: Attached,
    pub(super) wait: Wait,
}

/// Writes the script to the shell. Never returns, so that `select!` polls it beside everything else.
type Writing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A terminal in the container, until it is closed.
type OpenTerminal<'t> = Pin<Box<dyn Future<Output = ()> + Send + 't>>;

/// A container that has been started and gets its script.
pub struct RunningSession {
    container: Name,
    first_process: FirstProcess,
    output: Frames,
    wait: Wait,
    writing: Writing,
    receipt: ScriptReceipt,
    /// Output that was read with the reports, and that nobody has been told of.
    early: Bytes,
}

/// What ends a session besides the container itself.
pub struct Stop<S> {
    /// When the time limit is reached.
    pub deadline: Instant,
    /// Until when the listener may take any time to read what a container has printed that has ended.
    pub reader_deadline: Instant,
    /// Completes when the user stops the session.
    pub signal: S,
}

impl Session {
    /// Attaches to `container` and registers the wait, so that neither output nor exit can be missed.
    pub async fn open(
        context: &JobContext,
        container: &Name,
        first_process: FirstProcess,
    ) -> Result<Self, EngineError> {
        let engine = &context.engine;
        let (attached, wait) = tokio::try_join!(
            engine.container_attach(container),
            engine.container_wait(container, WaitCondition::NextExit)
        )?;
        Ok(Self { container: container.clone(), first_process, attached, wait })
    }

    /// Starts the container and writes `script` to its shell once `ready` completes. That may be before the engine
    /// reports the start: the script then waits in the connection.
    pub async fn start(
        self,
        context: &JobContext,
        script: String,
        ready: impl Future<Output = ()> + Send + 'static,
    ) -> Result<RunningSession, EngineError> {
        let Self { container, first_process, attached: Attached { output, input }, wait } = self;
        let mut writing: Writing = Box::pin(async move {
            ready.await;
            write_script(input, first_process, &script).await;
            pending().await
        });
        tokio::select! {
            started = context.engine.container_start(&container) => started?,
            () = &mut writing => {}
        }
        let (receipt, early) = (ScriptReceipt::default(), Bytes::new());
        Ok(RunningSession { container, first_process, output, wait, writing, receipt, early })
    }
}

impl RunningSession {
    /// A session whose shell has got its script with the files of the job. `receipt` has seen all output but `early`.
    pub(super) fn delivered(
        container: Name,
        output: Frames,
        wait: Wait,
        receipt: ScriptReceipt,
        early: Bytes,
    ) -> Self {
        let (first_process, writing) = (FirstProcess::FileReceiver, Box::pin(pending()));
        Self { container, first_process, output, wait, writing, receipt, early }
    }

    /// Passes the output on until the container has exited, or has been stopped because of `stop`.
    ///
    /// # Errors
    /// The engine does not tell the exit code, or the shell did not receive the whole script.
    pub async fn run(
        self,
        context: &JobContext,
        stop: Stop<impl Future<Output = Signal>>,
        record: &mut OutputRecord,
    ) -> Result<SessionEnd, Failure> {
        let Self { container, first_process, mut output, wait, mut writing, receipt, early } = self;
        record.begin();
        record.push(&early);
        let (mut exit, mut signal) = (pin!(wait.exit()), pin!(stop.signal));
        let mut terminating = pin!(terminate::terminate(context, &container));
        let mut state = SessionState::new(stop.deadline, stop.reader_deadline).after(receipt, early);
        let mut terminal: Option<OpenTerminal<'_>> = None;
        while !state.is_complete() {
            let (expires, expiry) = state.next_expiry();
            tokio::select! {
                // The next piece is read only once the event queue has room for this one: a full queue blocks the job.
                permit = context.events.reserve(), if state.has_output() => match (permit, state.take_output()) {
                    (Ok(permit), Some(bytes)) => permit.send(EventKind::Output(bytes)),
                    _ => return Err(Failure::Interrupted(Signal::Pipe)),
                },
                chunk = output.next(), if state.wants_output() => match chunk {
                    Ok(Some(chunk)) => record.push(state.push_output(chunk)),
                    Ok(None) => state.output_ended(),
                    Err(error) => state.output_failed(&error),
                },
                () = &mut writing => {}
                ended = &mut exit, if state.exit_code().is_none() => match exit_code(&container, ended) {
                    Ok(exit_code) => state.exited(exit_code),
                    // The processes have been told to end: whether they have is not known.
                    Err(_) if state.is_stopped() => break,
                    Err(failure) => return Err(failure),
                },
                () = closed(&mut terminal) => {
                    terminal = None;
                    context.deadline.postpone(state.terminal_closed());
                }
                sent = &mut signal, if !state.is_stopped_by_user() => {
                    terminal = None;
                    state.stopped_by_user(sent);
                    context.events.send(EventKind::Activity(Activity::Stop));
                }
                () = &mut terminating, if state.is_terminating() => state.processes_signalled(),
                () = sleep_until(expires) => match expiry {
                    Expiry::TimeLimit => {
                        terminal = None;
                        state.time_is_over();
                    }
                    Expiry::Exit => match inspected_exit_code(context, &container).await {
                        Ok(exit_code) => state.exited(exit_code),
                        Err(_) if state.is_stopped() => break,
                        Err(failure) => return Err(failure),
                    },
                    Expiry::Terminal(exit_code) => {
                        let script = WaitingScript { exit_code, at: state.position() };
                        terminal = Some(Box::pin(terminal::offer(context, &container, script)));
                        state.terminal_opens();
                    }
                    Expiry::Output => state.output_stalled(),
                    Expiry::Termination => break,
                },
            }
        }
        settle(terminal).await;
        if state.exit_code().is_none() {
            state.killed();
        }
        drop(output);
        end(context, &state, &container, first_process)
    }
}

/// Tells what is to be said of the output, and returns how the session has ended.
fn end(
    context: &JobContext,
    state: &SessionState,
    container: &Name,
    first_process: FirstProcess,
) -> Result<SessionEnd, Failure> {
    if state.is_stopped_by_user() {
        context.events.send(EventKind::ActivityEnded);
    }
    if let Some(problem) = state.output_problem() {
        context.events.notice(Notice::OutputIncomplete { problem: problem.clone() });
    }
    let end = state.end(container, first_process)?;
    if state.script_was_ignored() {
        context.events.notice(Notice::ScriptIgnored);
    }
    Ok(end)
}

/// Waits for the last output of a shell whose container has ended.
async fn settle(terminal: Option<OpenTerminal<'_>>) {
    if let Some(terminal) = terminal {
        let _ = timeout(TERMINAL_SETTLES, terminal).await;
    }
}

/// Returns when the terminal is closed; never if none is open.
async fn closed(terminal: &mut Option<OpenTerminal<'_>>) {
    match terminal {
        Some(terminal) => terminal.await,
        None => pending().await,
    }
}

/// Ignores errors: a process may exit without reading its input. What counts is whether the shell reports that it has
/// received the script.
async fn write_script(mut input: UpgradedWriter, first_process: FirstProcess, script: &str) {
    let announced = match first_process {
        FirstProcess::FileReceiver => [SCRIPT_FOLLOWS, script].concat(),
        FirstProcess::ShellFinder | FirstProcess::Entrypoint => script.to_owned(),
    };
    if input.write(announced.as_bytes()).await.is_ok() {
        let _ = input.close().await;
    }
}

/// The exit code that the engine reports.
///
/// # Errors
/// The wait has failed, or the engine has no exit code but a message.
pub(super) fn exit_code(container: &Name, ended: Result<Exit, EngineError>) -> Result<i64, Failure> {
    let Exit { status_code, error } = ended?;
    match error.map(|error| error.message).filter(|message| !message.is_empty()) {
        Some(detail) => Err(Failure::Lost { container: container.to_string(), detail }),
        None => Ok(status_code),
    }
}

/// Asks for the exit code if the engine has not reported it although the output has ended. That end alone proves
/// nothing: it also comes if the engine dies.
async fn inspected_exit_code(context: &JobContext, container: &Name) -> Result<i64, Failure> {
    let lost = |detail: &str| Failure::Lost { container: container.to_string(), detail: detail.to_owned() };
    match timeout(EXIT_GRACE, context.engine.container_inspect(container)).await {
        Err(_) => Err(lost("its output has ended, and the engine does not answer")),
        Ok(inspected) => match inspected?.state {
            state if state.running => Err(lost("its output has ended, but it still runs")),
            state => Ok(state.exit_code),
        },
    }
}
