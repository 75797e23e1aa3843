//! Commands in a container of ours, beside its first process.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::exec::ExecId;
use crate::engine::exec::create::ExecConfig;
use crate::engine::name::Name;

/// How long the engine may take to know the exit code of a command whose output has ended. Podman closes the output first.
const EXIT_CODE_WITHIN: Duration = Duration::from_secs(5);

/// The pause between two questions for the exit code.
const EXIT_CODE_PAUSE: Duration = Duration::from_millis(10);

/// Runs a command, and waits for the end of its output. Its exit code can then be asked for.
///
/// # Errors
/// The engine does not run the command, or the connection breaks.
pub(super) async fn run_command(
    engine: &Engine,
    container: &Name,
    config: &ExecConfig,
) -> Result<ExecId, EngineError> {
    let exec = engine.exec_create(container, config).await?;
    let mut output = engine.exec_start(&exec).await?;
    while output.next().await?.is_some() {}
    Ok(exec)
}

/// The exit code of a command whose output has ended; `None` if the engine does not know it in time.
///
/// # Errors
/// The engine does not know the command any more, or does not answer.
pub(super) async fn ended_exec_code(engine: &Engine, exec: &ExecId) -> Result<Option<i64>, EngineError> {
    let known_by = Instant::now() + EXIT_CODE_WITHIN;
    loop {
        let state = engine.exec_inspect(exec).await?;
        if !state.running && state.exit_code.is_some() {
            return Ok(state.exit_code);
        }
        if Instant::now() >= known_by {
            return Ok(None);
        }
        sleep(EXIT_CODE_PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::testing::{engine_deciding, json_answer};

    #[tokio::test(start_paused = true)]
    async fn a_run_is_over_when_the_engine_says_so() {
        let states = [
            r#"{"Running": true, "ExitCode": 0}"#,
            r#"{"Running": true}"#,
            r#"{"Running": false, "ExitCode": 3}"#,
        ];
        let states = std::sync::Mutex::new(states.into_iter());
        let (engine, _serving) = engine_deciding(None, move |line| {
            let exec_or_state = if line.ends_with("/exec") {
                r#"{"Id": "e"}"#
            } else {
                states.lock().unwrap().next().unwrap()
            };
            std::future::ready(json_answer(exec_or_state))
        })
        .await;
        let config = ExecConfig { cmd: vec!["check".to_owned()], user: None };
        let exec = engine.exec_create(&Name::new("c"), &config).await.unwrap();
        assert_eq!(ended_exec_code(&engine, &exec).await.unwrap(), Some(3));
    }
}
