//! A terminal of the user in the container of a job whose script waits for it.

use std::future::pending;
use std::time::Duration;

use tokio::time::timeout;

use super::terminate::run_in_container;
use super::user_terminal::{TerminalError, run_on_terminal};
use crate::engine::error::EngineError;
use crate::engine::exec::create::ExecConfig;
use crate::engine::name::Name;
use crate::error_chain::chain;
use crate::executor::container_command::ended_exec_code;
use crate::executor::create::terminal;
use crate::executor::event::EventKind;
use crate::executor::failed_command::{FailedCommand, ScriptPosition};
use crate::executor::job_context::JobContext;
use crate::executor::silent_log::SilentLog;
use crate::executor::terminal_notice::TerminalNotice;
use crate::plan::job_plan::TerminalUse;

/// How long the engine may take to let the script go on.
const CLOSES_WITHIN: Duration = Duration::from_secs(10);

/// A script that waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct WaitingScript {
    /// The exit code that it will have.
    pub(super) exit_code: i64,
    /// Where it is.
    pub(super) at: Option<ScriptPosition>,
}

/// Opens a terminal in the container once it is the job's turn, and lets the script go on when it is over. Whoever drops
/// the future gives the terminal back.
pub(super) async fn offer(context: &JobContext, container: &Name, script: WaitingScript) {
    let (plan, events) = (&context.plan, &context.events);
    // Any command can write the report. Nobody but the user decides that the terminal is given away.
    if plan.terminal == TerminalUse::Never {
        return;
    }
    let place = context.terminals.enqueue(&plan.name);
    let WaitingScript { exit_code, at } = script;
    let command = || at.and_then(|at| FailedCommand::at(at, &plan.script));
    if let Some(holder) = place.holder() {
        events.send(EventKind::Terminal(TerminalNotice::Waits { exit_code, command: command(), holder }));
    }
    let turn = place.turn().await;
    if context.shutdown.is_requested() {
        // The session stops the script next, and drops this.
        pending::<()>().await;
    }
    if plan.terminal == TerminalUse::AfterFailure {
        let (command, followers) = (command(), turn.followers());
        events.send(EventKind::Terminal(TerminalNotice::AfterFailure { exit_code, command, followers }));
    }
    let of_shell = match (open(context, container).await, plan.terminal) {
        (Ok(exit_code), TerminalUse::InPlaceOfScript) => exit_code,
        (Ok(_), _) => None,
        (Err(error), terminal) => {
            events.send(EventKind::Terminal(TerminalNotice::Failed { error: chain(&error) }));
            (terminal == TerminalUse::InPlaceOfScript).then_some(1)
        }
    };
    context.terminals.keep_until_end(turn);
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
    ended_exec_code(&context.engine, &exec).await
}

/// Runs a shell in the container on the user's terminal. Returns its exit code, if the engine knows it.
async fn open(context: &JobContext, container: &Name) -> Result<Option<i64>, TerminalError> {
    let _silent = SilentLog::begin(&context.events, &context.terminals).await;
    let config = ExecConfig { cmd: terminal::open_shell(&context.plan), user: None };
    run_on_terminal(&context.engine, container, &config).await
}
