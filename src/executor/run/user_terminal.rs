//! The user's terminal, connected with a shell in a container.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::time::Duration;

use bytes::BytesMut;
use tokio::time::{Instant, sleep};

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::exec::ExecId;
use crate::engine::exec::create::ExecConfig;
use crate::engine::exec::terminal::{ExecTerminal, UpgradedReader, UpgradedWriter};
use crate::engine::name::Name;
use crate::executor::container_command::ended_exec_code;
use crate::terminal::{RawTerminal, SizeChanges};

/// How many typed bytes are passed on at once; a person types one, and a paste has more.
const TYPED_BYTES_MAX: usize = 4096;

/// How long a process may take to have the terminal whose size it is told: engines answer before it has one.
const FIRST_SIZE_WITHIN: Duration = Duration::from_secs(2);

/// The pause between two tries to tell the first size.
const FIRST_SIZE_PAUSE: Duration = Duration::from_millis(100);

/// Why a terminal could not be opened, or has ended early.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// This process cannot use its terminal.
    #[error("cannot use the terminal of this process: {0}")]
    User(#[from] io::Error),
    /// The connection to the shell is lost.
    #[error("the connection to the shell is lost: {0}")]
    Connection(io::Error),
    /// The engine does not run the shell.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Runs a command in the container on the user's terminal. Returns its exit code, if the engine knows it. Whoever drops the
/// future gives the terminal back.
///
/// # Errors
/// The engine does not run the command, or the user's terminal is gone.
pub async fn run_on_terminal(
    engine: &Engine,
    container: &Name,
    config: &ExecConfig,
) -> Result<Option<i64>, TerminalError> {
    let exec = engine.exec_create_with_terminal(container, config).await?;
    let mut changes = SizeChanges::listen()?;
    let user = RawTerminal::open()?;
    let ExecTerminal { output, input } = engine.exec_start_with_terminal(&exec).await?;
    tokio::select! {
        ended = show(output, &user) => ended?,
        ended = pass_on(input, &user) => ended?,
        never = follow_size(engine, &exec, &user, &mut changes) => match never {},
    }
    drop(user);
    Ok(ended_exec_code(engine, &exec).await?)
}

/// Shows what the shell writes, until it ends.
async fn show(mut output: UpgradedReader, user: &RawTerminal) -> Result<(), TerminalError> {
    let mut buffer = BytesMut::new();
    while output.read(&mut buffer).await.map_err(TerminalError::Connection)? > 0 {
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
            length => {
                if input.write(typed.get(..length).unwrap_or_default()).await.is_err() {
                    // The shell has ended, or the connection is lost; its output says which.
                    pending::<()>().await;
                }
            }
        }
    }
}

/// Gives the shell's terminal the size of the user's, now and whenever it changes.
async fn follow_size(
    engine: &Engine,
    exec: &ExecId,
    user: &RawTerminal,
    changes: &mut SizeChanges,
) -> Infallible {
    let tried_until = Instant::now() + FIRST_SIZE_WITHIN;
    while !tell_size(engine, exec, user).await && Instant::now() < tried_until {
        sleep(FIRST_SIZE_PAUSE).await;
    }
    loop {
        changes.next().await;
        // A shell that has just ended has no size.
        let _ = tell_size(engine, exec, user).await;
    }
}

/// Whether the shell's terminal has the size of the user's now.
async fn tell_size(engine: &Engine, exec: &ExecId, user: &RawTerminal) -> bool {
    match user.size() {
        Some(size) => engine.exec_resize(exec, size.rows, size.columns).await.is_ok(),
        // A terminal that does not tell its size has none to pass on.
        None => true,
    }
}
