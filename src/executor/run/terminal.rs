//! A terminal of the user in the container of a job whose script waits for it.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use bytes::BytesMut;
use tokio::time::{sleep_until, timeout};

use super::terminate::run_in_container;
use crate::engine::error::EngineError;
use crate::engine::exec::ExecId;
use crate::engine::exec::create::ExecConfig;
use crate::engine::exec::terminal::{ExecTerminal, UpgradedReader, UpgradedWriter};
use crate::engine::name::Name;
use crate::error_chain::chain;
use crate::executor::create::terminal;
use crate::executor::event::EventKind;
use crate::executor::failed_command::{FailedCommand, ScriptPosition};
use crate::executor::job_context::JobContext;
use crate::executor::terminal_notice::TerminalNotice;
use crate::executor::terminal_turn::terminal_turn;
use crate::plan::job_plan::TerminalUse;
use crate::terminal::{RawTerminal, SizeChanges};

/// How long the engine may take to let the script go on.
const CLOSES_WITHIN: Duration = Duration::from_secs(10);

/// How many typed bytes are passed on at once; a person types one, and a paste has more.
const TYPED_BYTES_MAX: usize = 4096;

/// A script that waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct WaitingScript {
    /// The exit code that it will have.
    pub(super) exit_code: i64,
    /// Where it is.
    pub(super) at: Option<ScriptPosition>,
}

/// Why a terminal could not be opened or has ended early.
#[derive(Debug, thiserror::Error)]
enum TerminalError {
    #[error("cannot use the terminal of this process: {0}")]
    User(#[from] io::Error),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Opens a terminal in the container, and lets the script go on when it is over.
pub(super) async fn offer(context: &JobContext, container: &Name, script: WaitingScript) {
    let (plan, events) = (&context.plan, &context.events);
    // Any command can write the report. Nobody but the user decides that the terminal is given away.
    if plan.terminal == TerminalUse::Never {
        return;
    }
    if plan.terminal == TerminalUse::AfterFailure {
        let command = script.at.and_then(|at| FailedCommand::at(at, &plan.script));
        let exit_code = script.exit_code;
        events.send(EventKind::Terminal(TerminalNotice::AfterFailure { exit_code, command }));
    }
    let ended = tokio::select! {
        ended = open(context, container) => ended,
        // The container's processes are stopped next.
        _ = context.shutdown.requested() => return,
        // The session ends the script next.
        () = sleep_until(context.deadline) => return,
    };
    let of_shell = match (ended, plan.terminal) {
        (Ok(exit_code), TerminalUse::InPlaceOfScript) => exit_code,
        (Ok(_), _) => None,
        (Err(error), terminal) => {
            events.send(EventKind::Terminal(TerminalNotice::Failed { error: chain(&error) }));
            (terminal == TerminalUse::InPlaceOfScript).then_some(1)
        }
    };
    let closed = timeout(CLOSES_WITHIN, close(context, container, of_shell)).await;
    if !matches!(closed, Ok(Ok(Some(0)))) {
        // The command can fail, for instance on a full disk. A container that has ended has no script that waits.
        let _ = context.engine.container_stop(container, Duration::ZERO).await;
    }
}

/// Lets the script go on. Returns the exit code of the command that does it.
async fn close(
    context: &JobContext,
    container: &Name,
    of_shell: Option<i64>,
) -> Result<Option<i64>, EngineError> {
    let command = terminal::close_shell(&context.plan, of_shell);
    let exec = run_in_container(context, container, command).await?;
    Ok(context.engine.exec_inspect(&exec).await?.exit_code)
}

/// Runs a shell in the container on the user's terminal. Returns its exit code, if the engine knows it.
async fn open(context: &JobContext, container: &Name) -> Result<Option<i64>, TerminalError> {
    let config = ExecConfig { cmd: terminal::open_shell(&context.plan), user: None };
    let exec = context.engine.exec_create_with_terminal(container, &config).await?;
    let (turn, awaited) = terminal_turn();
    context.events.send(EventKind::ActivityEnded);
    context.events.send(EventKind::TerminalTurn(turn));
    let _held = awaited.held().await;
    let mut changes = SizeChanges::listen()?;
    let user = RawTerminal::open()?;
    let ExecTerminal { output, input } = context.engine.exec_start_with_terminal(&exec).await?;
    tokio::select! {
        ended = show(output, &user) => ended?,
        ended = pass_on(input, &user) => ended?,
        never = follow_size(context, &exec, &user, &mut changes) => match never {},
    }
    drop(user);
    Ok(context.engine.exec_inspect(&exec).await?.exit_code)
}

/// Shows what the shell writes, until it ends.
async fn show(mut output: UpgradedReader, user: &RawTerminal) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    while output.read(&mut buffer).await? > 0 {
        user.write(&buffer.split()).await?;
    }
    Ok(())
}

/// Passes on what the user types, until the terminal is gone.
async fn pass_on(mut input: UpgradedWriter, user: &RawTerminal) -> io::Result<()> {
    let mut typed = vec![0; TYPED_BYTES_MAX];
    loop {
        match user.read(&mut typed).await? {
            0 => return Ok(()),
            length => input.write(typed.get(..length).unwrap_or_default()).await?,
        }
    }
}

/// Gives the shell's terminal the size of the user's, now and whenever it changes.
async fn follow_size(
    context: &JobContext,
    exec: &ExecId,
    user: &RawTerminal,
    changes: &mut SizeChanges,
) -> Infallible {
    loop {
        if let Some(size) = user.size() {
            // A shell that has just ended has no size.
            let _ = context.engine.exec_resize(exec, size.rows, size.columns).await;
        }
        changes.next().await;
    }
}
