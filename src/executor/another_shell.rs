//! A further shell in the container of a job that runs, beside its script.

use std::future::Future;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::cleanup::process_label::own_label;
use super::container_command::{ended_exec_code, run_command};
use super::create::terminal::{another_shell, hang_up_shell, is_there_a_shell};
use super::run::user_terminal::{TerminalError, run_on_terminal};
use super::shutdown::Signal;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::exec::create::ExecConfig;
use crate::engine::name::Name;

/// The exit code of a process that SIGKILL has ended.
const KILLED: i64 = 137;

/// How long the engine may take to end a shell whose user is gone; the job's end ends it otherwise.
const HANG_UP_WITHIN: Duration = Duration::from_secs(5);

/// How long the engine may take to know that the container has ended whose end has killed the shell.
const JOB_ENDS_WITHIN: Duration = Duration::from_secs(2);

/// The pause between two questions for it.
const JOB_END_PAUSE: Duration = Duration::from_millis(50);

/// How the shell has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellEnd {
    /// By itself, with this exit code.
    Exited(i64),
    /// With the container: the script has ended.
    WithJob,
    /// By this signal to this process.
    Signalled(Signal),
}

/// Why there is no shell.
#[derive(Debug, thiserror::Error)]
pub enum AnotherShellError {
    /// No shell can be run in the container.
    #[error("the image has no shell")]
    NoShell,
    /// The terminal cannot be used, or the engine does not run the shell.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
}

/// Runs an interactive shell in the container on the user's terminal, until it ends or `signal` arrives.
///
/// # Errors
/// The image has no shell, the engine does not run it, or the user's terminal is gone.
pub async fn run_shell(
    engine: &Engine,
    container: &Name,
    signal: impl Future<Output = Signal>,
) -> Result<ShellEnd, AnotherShellError> {
    if !has_shell(engine, container).await {
        return Err(AnotherShellError::NoShell);
    }
    let mark = own_label().unwrap_or_else(|| std::process::id().to_string());
    let config = ExecConfig { cmd: another_shell(&mark), user: None };
    let before = first_process(engine, container).await;
    let ended = tokio::select! {
        ended = run_on_terminal(engine, container, &config) => ended,
        signal = signal => {
            hang_up(engine, container, &mark).await;
            return Ok(ShellEnd::Signalled(signal));
        }
    };
    match ended {
        Ok(Some(code)) if code != KILLED => Ok(ShellEnd::Exited(code)),
        _ if ends_soon(engine, container, before).await => Ok(ShellEnd::WithJob),
        Ok(code) => Ok(ShellEnd::Exited(code.unwrap_or(KILLED))),
        Err(error) => Err(error.into()),
    }
}

/// Whether a shell runs in the container. Without one, some engines refuse the command, and others let it fail.
async fn has_shell(engine: &Engine, container: &Name) -> bool {
    matches!(exec_code(engine, container, is_there_a_shell()).await, Ok(Some(0)))
}

/// Ends the shell with that mark: engines let it run on when its connection ends.
async fn hang_up(engine: &Engine, container: &Name, mark: &str) {
    // What is not ended now ends with the job.
    let _ = timeout(HANG_UP_WITHIN, exec_code(engine, container, hang_up_shell(mark))).await;
}

/// Runs a command in the container, and returns its exit code, if the engine knows it.
async fn exec_code(engine: &Engine, container: &Name, cmd: Vec<String>) -> Result<Option<i64>, EngineError> {
    let exec = run_command(engine, container, &ExecConfig { cmd, user: None }).await?;
    ended_exec_code(engine, &exec).await
}

/// Whether the container no longer runs with this first process, now or soon: `after_script` starts it once more.
async fn ends_soon(engine: &Engine, container: &Name, process: Option<i64>) -> bool {
    let ended = async {
        while first_process(engine, container).await == process {
            sleep(JOB_END_PAUSE).await;
        }
    };
    timeout(JOB_ENDS_WITHIN, ended).await.is_ok()
}

/// The number of the container's first process on the engine's machine; `None` if the container does not run.
async fn first_process(engine: &Engine, container: &Name) -> Option<i64> {
    let state = engine.container_inspect(container).await.ok()?.state;
    state.running.then_some(state.pid)
}
