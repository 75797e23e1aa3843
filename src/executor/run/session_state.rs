//! How far a session is: what has arrived of output and exit code, what is waited for, and until when. Pure.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::script_receipt::{ScriptReceipt, ScriptState};
use super::terminate::TERMINATION_GRACE;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::stream::stdcopy::OutputChunk;
use crate::error_chain::chain;
use crate::executor::failed_command::ScriptPosition;
use crate::executor::notice::OutputProblem;
use crate::executor::outcome::{Failure, ScriptArrival};
use crate::executor::shutdown::Signal;
use crate::plan::job_plan::TERMINAL_TIMEOUT;

/// How long output may still arrive after the container has exited, counted from the last byte; and how long the
/// listener may take for a piece of output once the job's time is over or the user has stopped it.
pub const OUTPUT_GRACE: Duration = Duration::from_secs(5);

/// How long the exit code may arrive after the end of the output, before the container is inspected.
pub const EXIT_GRACE: Duration = Duration::from_secs(10);

/// How long a slow listener may take altogether for the output of an ended container, once the job's time is over or
/// the user has stopped it.
pub const READER_GRACE: Duration = Duration::from_secs(60);

/// How long after the report that a script waits for a terminal its last output may arrive: that is another stream.
pub const WAIT_SETTLES: Duration = Duration::from_millis(200);

/// A point in time that nothing reaches, for states without a limit.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// The process that a container starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstProcess {
    /// The command that finds a shell, which then reads the script.
    ShellFinder,
    /// The command that can unpack the job's files, and then finds a shell.
    FileReceiver,
    /// An entrypoint. It may read no script, and is then the job itself.
    Entrypoint,
}

/// How the run of a container ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// The script ended with this exit code, at this position.
    Exited { exit_code: i64, position: Option<ScriptPosition> },
    /// The processes were told to end. Without an exit code they have not: the container may still run.
    Stopped { reason: StopReason, exit_code: Option<i64> },
}

/// Why a session was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    TimeLimit,
    Signal(Signal),
}

/// What has happened in a session so far.
pub(super) struct SessionState {
    deadline: Instant,
    reader_deadline: Instant,
    receipt: ScriptReceipt,
    exit_code: Option<i64>,
    stop: Option<StopState>,
    is_stopped_by_user: bool,
    output: OutputState,
    /// The script waits for a terminal: its exit code, and when the terminal opens.
    waits: Option<(i64, Instant)>,
    /// Since when a terminal is open, or waited for.
    terminal_since: Option<Instant>,
    /// A piece of output that waits for room in the event queue.
    held: Option<Bytes>,
    /// When a byte of output arrived or was taken by the listener, or the container exited.
    last_activity: Instant,
}

struct StopState {
    reason: StopReason,
    kill_at: Instant,
    /// Whether the processes have got SIGTERM.
    is_signalled: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum OutputState {
    Open,
    Ended { at: Instant },
    Incomplete { problem: OutputProblem, at: Instant },
}

/// What happens when no event comes in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expiry {
    /// The session has reached its time limit: its processes must be told to end.
    TimeLimit,
    /// The processes did not end in time after SIGTERM.
    Termination,
    /// The engine does not report the exit code.
    Exit,
    /// Output does not end, or is not taken.
    Output,
    /// The script waits for a terminal, with this exit code.
    Terminal(i64),
}

impl SessionState {
    pub(super) fn new(deadline: Instant, reader_deadline: Instant) -> Self {
        Self {
            deadline,
            reader_deadline,
            receipt: ScriptReceipt::default(),
            exit_code: None,
            stop: None,
            is_stopped_by_user: false,
            output: OutputState::Open,
            waits: None,
            terminal_since: None,
            held: None,
            last_activity: Instant::now(),
        }
    }

    /// Takes over from whoever has read the output until now: `receipt` has seen all of it, and `output` is the rest that
    /// nobody has been told of.
    pub(super) fn after(self, receipt: ScriptReceipt, output: Bytes) -> Self {
        let mut state = Self { receipt, held: (!output.is_empty()).then_some(output), ..self };
        state.look_for_wait();
        state
    }

    /// Whether nothing more can come.
    pub(super) fn is_complete(&self) -> bool {
        self.exit_code.is_some() && self.output != OutputState::Open && self.held.is_none()
    }

    /// The next limit, and what happens when it is reached.
    pub(super) fn next_expiry(&self) -> (Instant, Expiry) {
        if let (None, Some((exit_code, opens)), None) = (&self.stop, self.waits, &self.held) {
            return (opens, Expiry::Terminal(exit_code));
        }
        match self.exit_code {
            Some(_) => (self.output_limit(), Expiry::Output),
            None => self.exit_limit(),
        }
    }

    /// Until when the rest of an ended container's output may arrive and be taken.
    fn output_limit(&self) -> Instant {
        match (&self.held, &self.output) {
            (Some(_), _) => {
                let since = self.last_activity.max(self.reader_deadline);
                (since + OUTPUT_GRACE).min(self.reader_deadline + READER_GRACE)
            }
            (None, OutputState::Open) => self.last_activity + OUTPUT_GRACE,
            (None, _) => self.last_activity + NEVER,
        }
    }

    /// Until when the container may run, or its exit code may be missing.
    fn exit_limit(&self) -> (Instant, Expiry) {
        let closed_at = match self.output {
            OutputState::Open => None,
            OutputState::Ended { at } | OutputState::Incomplete { at, .. } => Some(at),
        };
        match (&self.stop, closed_at) {
            (Some(stop), Some(at)) if at + EXIT_GRACE < stop.kill_at => (at + EXIT_GRACE, Expiry::Exit),
            (Some(stop), _) => (stop.kill_at, Expiry::Termination),
            // All processes have closed their output, so the script has ended within its time.
            (None, Some(at)) => (at + EXIT_GRACE, Expiry::Exit),
            (None, None) => match self.terminal_since {
                Some(since) => (since + TERMINAL_TIMEOUT, Expiry::TimeLimit),
                None => (self.deadline, Expiry::TimeLimit),
            },
        }
    }

    /// Whether output waits for room in the event queue.
    pub(super) fn has_output(&self) -> bool {
        self.held.is_some()
    }

    pub(super) fn take_output(&mut self) -> Option<Bytes> {
        self.last_activity = Instant::now();
        self.held.take()
    }

    /// Whether the next chunk of output may be read.
    pub(super) fn wants_output(&self) -> bool {
        self.output == OutputState::Open && self.held.is_none()
    }

    /// Takes a chunk, and returns what the job's processes wrote of it.
    pub(super) fn push_output(&mut self, chunk: OutputChunk) -> &[u8] {
        self.last_activity = Instant::now();
        let bytes = self.receipt.output(chunk);
        self.look_for_wait();
        self.held = (!bytes.is_empty()).then_some(bytes);
        self.held.as_deref().unwrap_or_default()
    }

    fn look_for_wait(&mut self) {
        if let Some(exit_code) = self.receipt.take_wait() {
            self.waits = Some((exit_code, Instant::now() + WAIT_SETTLES));
        }
    }

    /// A terminal opens. The time limit does not count until it is closed.
    pub(super) fn terminal_opens(&mut self) {
        self.waits = None;
        self.terminal_since = Some(Instant::now());
    }

    /// The terminal is over, and the script goes on. Returns how long it took.
    pub(super) fn terminal_closed(&mut self) -> Duration {
        let took = self.terminal_since.take().map(|since| since.elapsed()).unwrap_or_default();
        self.deadline += took;
        self.reader_deadline += took;
        took
    }

    /// Where the script is.
    pub(super) fn position(&self) -> Option<ScriptPosition> {
        self.receipt.position()
    }

    pub(super) fn output_ended(&mut self) {
        self.close_output(OutputState::Ended { at: Instant::now() });
    }

    pub(super) fn output_failed(&mut self, error: &EngineError) {
        let problem = OutputProblem::Broken { error: chain(error) };
        self.close_output(OutputState::Incomplete { problem, at: Instant::now() });
    }

    /// Gives up output that does not end, or that the listener does not take.
    pub(super) fn output_stalled(&mut self) {
        let problem = match self.held.take() {
            Some(_) => OutputProblem::NotTaken,
            None => OutputProblem::Endless { after: OUTPUT_GRACE },
        };
        self.output = OutputState::Incomplete { problem, at: Instant::now() };
    }

    /// The container is killed. Output that waits for the listener is given up.
    pub(super) fn killed(&mut self) {
        if self.held.is_some() {
            self.output_stalled();
        }
    }

    fn close_output(&mut self, output: OutputState) {
        let rest = self.receipt.rest();
        self.held = (!rest.is_empty()).then_some(rest);
        self.output = output;
    }

    pub(super) fn exit_code(&self) -> Option<i64> {
        self.exit_code
    }

    pub(super) fn exited(&mut self, exit_code: i64) {
        self.last_activity = Instant::now();
        self.exit_code = Some(exit_code);
    }

    /// The time limit is reached: the processes are to end.
    pub(super) fn time_is_over(&mut self) {
        self.begin_stop(StopReason::TimeLimit);
    }

    /// The user has stopped the session. The reason stays the first one, and an exit code that is known stays the
    /// result; the listener gets little time from now on.
    pub(super) fn stopped_by_user(&mut self, signal: Signal) {
        self.is_stopped_by_user = true;
        self.reader_deadline = self.reader_deadline.min(Instant::now());
        if self.exit_code.is_none() && self.stop.is_none() {
            self.begin_stop(StopReason::Signal(signal));
        }
    }

    fn begin_stop(&mut self, reason: StopReason) {
        self.reader_deadline = self.reader_deadline.min(Instant::now());
        let kill_at = Instant::now() + TERMINATION_GRACE;
        self.stop = Some(StopState { reason, kill_at, is_signalled: false });
    }

    pub(super) fn is_stopped_by_user(&self) -> bool {
        self.is_stopped_by_user
    }

    /// Whether the processes have been told to end.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// Whether the processes are to get SIGTERM.
    pub(super) fn is_terminating(&self) -> bool {
        self.exit_code.is_none() && self.stop.as_ref().is_some_and(|stop| !stop.is_signalled)
    }

    pub(super) fn processes_signalled(&mut self) {
        if let Some(stop) = &mut self.stop {
            stop.is_signalled = true;
        }
    }

    /// Why output may be missing.
    pub(super) fn output_problem(&self) -> Option<&OutputProblem> {
        match &self.output {
            OutputState::Incomplete { problem, .. } => Some(problem),
            OutputState::Open | OutputState::Ended { .. } => None,
        }
    }

    /// Whether the container has ended although nothing in it has read the script.
    pub(super) fn script_was_ignored(&self) -> bool {
        self.stop.is_none() && self.receipt.state() == ScriptState::Unreported
    }

    /// The end of the session. An exit code is the script's only if a shell has received the whole script, or if an
    /// entrypoint takes its place.
    ///
    /// # Errors
    /// The exit code says nothing about the script.
    pub(super) fn end(&self, container: &Name, first_process: FirstProcess) -> Result<SessionEnd, Failure> {
        if let Some(StopState { reason, .. }) = self.stop {
            return Ok(SessionEnd::Stopped { reason, exit_code: self.exit_code });
        }
        let is_result = match (self.receipt.state(), first_process) {
            (ScriptState::Received | ScriptState::NoShell, _) => true,
            (ScriptState::Unreported, FirstProcess::Entrypoint) => self.output_problem().is_none(),
            (ScriptState::Unreported, FirstProcess::ShellFinder | FirstProcess::FileReceiver)
            | (
                ScriptState::FilesWanted
                | ScriptState::NoTar
                | ScriptState::FilesRefused
                | ScriptState::ShellStarted,
                _,
            ) => false,
        };
        match self.exit_code {
            Some(exit_code) if is_result => {
                Ok(SessionEnd::Exited { exit_code, position: self.receipt.position() })
            }
            Some(exit_code) => {
                let arrival = match (self.receipt.state(), self.output_problem()) {
                    (ScriptState::ShellStarted, None) => ScriptArrival::Cut,
                    _ => ScriptArrival::Unknown,
                };
                Err(Failure::ScriptNotReceived { container: container.to_string(), exit_code, arrival })
            }
            None => {
                let detail = "the engine does not tell its exit code".to_owned();
                Err(Failure::Lost { container: container.to_string(), detail })
            }
        }
    }
}

#[cfg(test)]
mod tests;
